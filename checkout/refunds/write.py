"""A refund is written down: its row, its parts, its lines, and what its orders count of it. Joins the transaction that
holds the payment's lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.money import Money, total
from checkout.db.statement import execute
from checkout.orders.giving_back import give_back
from checkout.orders.shares import OrderShare, change_share
from checkout.refunds import statements
from checkout.refunds.payment import RefundedPayment
from checkout.refunds.refund import Part


@dataclass(frozen=True, slots=True)
class NewRefund:
    """`request` is what will be sent to the PSP; None where it is not asked. The amount is what the parts come to and
    `beside` them: money of no order."""

    id: UUID
    kind: Literal["requested", "unapplied", "external"]
    status: Literal["awaiting_approval", "requested"]
    payment: RefundedPayment
    parts: Sequence[Part]
    beside: Money
    excess: Money
    destination: str = "card"
    reason: str | None = None
    note: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    intent_id: str | None = None
    charge_id: str | None = None
    request: Mapping[str, str] | None = None
    psp_refund_id: str | None = None
    lines: Mapping[UUID, int] = field(default_factory=dict)

    @property
    def card(self) -> Money:
        return total([part.card for part in self.parts], self.beside.currency) + self.beside

    @property
    def wallet(self) -> Money:
        return total([part.wallet for part in self.parts], self.beside.currency)

    @property
    def amount(self) -> Money:
        return self.card + self.wallet


def part_of_share(share: OrderShare, card: Money, wallet: Money, *, with_logistics: bool) -> Part:
    """What of an order goes back, and the fees that go with it."""
    back = give_back(share, card + wallet, with_logistics=with_logistics)
    return Part(
        order_id=share.id,
        seller_id=share.seller_id,
        storefront_id=share.storefront_id,
        card=card,
        wallet=wallet,
        commission=back.commission,
        logistics_fee=back.logistics_fee,
        tax=back.tax,
    )


def write(session: Session, new: NewRefund, *, cause: Cause, now: datetime) -> None:
    """Its orders wait for it from now on, where anything of it goes to the card."""
    in_flight = bool(new.card) or new.status == "awaiting_approval"
    execute(
        session,
        statements.INSERT,
        id=new.id,
        payment_id=new.payment.id,
        kind=new.kind,
        status=new.status,
        amount=new.amount.amount_minor,
        card=new.card.amount_minor,
        wallet=new.wallet.amount_minor,
        excess=new.excess.amount_minor,
        currency=new.beside.currency,
        destination=new.destination,
        reason=new.reason,
        note=new.note,
        metadata=Jsonb(dict(new.metadata)),
        cause=str(cause),
        in_flight=in_flight,
        psp=new.payment.psp,
        intent_id=new.intent_id,
        charge_id=new.charge_id,
        request=None if new.request is None else Jsonb(dict(new.request)),
        psp_refund_id=new.psp_refund_id,
        now=now,
    )
    if new.parts:
        _write_parts(session, new)
    if new.lines:
        lines, quantities = list(new.lines), list(new.lines.values())
        execute(session, statements.INSERT_LINES, id=new.id, lines=lines, quantities=quantities)
    for part in new.parts:
        change_share(
            session,
            part.order_id,
            now=now,
            refunded=part.amount.amount_minor,
            refunded_to_wallet=part.wallet.amount_minor,
            logistics_returned=part.logistics_fee.amount_minor,
            refunds_in_flight=1 if in_flight else 0,
        )


def _write_parts(session: Session, new: NewRefund) -> None:
    execute(
        session,
        statements.INSERT_PARTS,
        id=new.id,
        orders=[part.order_id for part in new.parts],
        cards=[part.card.amount_minor for part in new.parts],
        wallets=[part.wallet.amount_minor for part in new.parts],
        commissions=[part.commission.amount_minor for part in new.parts],
        logistics_fees=[part.logistics_fee.amount_minor for part in new.parts],
        taxes=[part.tax.amount_minor for part in new.parts],
    )
