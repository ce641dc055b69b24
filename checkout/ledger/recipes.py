"""The posting rules, one function for each fact. Pure: they say the postings as an accountant would.

A leg of zero is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger.chart import PSP_FEES, customer_wallet_held, psp_balance, seller_pending, unapplied
from checkout.ledger.entry import Entry, Posting, PspNumber, credit, debit, legs


@dataclass(frozen=True, slots=True)
class OrderPart:
    """What of a payment belongs to one seller's order."""

    order_id: UUID
    seller_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class WalletPart:
    """Store credit that the checkout holds and the capture uses up."""

    customer_id: UUID
    amount: Money


def payment_captured(
    *,
    payment_id: UUID,
    psp: str,
    charge_id: str,
    amount: Money,
    orders: Sequence[OrderPart],
    wallet: WalletPart | None = None,
    effective_at: datetime | None = None,
) -> Entry:
    """The PSP holds the shopper's money, and each seller's order is paid. `amount` is what was charged."""
    return Entry(
        kind="payment_captured",
        source_key=charge_id,
        source=encode("pay", payment_id),
        postings=legs(
            debit(psp_balance(psp), amount),
            *wallet_leg(wallet),
            *order_legs(orders),
        ),
        effective_at=effective_at,
    )


def payment_unapplied(
    *, payment_id: UUID, psp: str, charge_id: str, amount: Money, effective_at: datetime | None = None
) -> Entry:
    """The PSP took money that belongs to no live order: late, or not what was asked for."""
    return Entry(
        kind="payment_unapplied",
        source_key=charge_id,
        source=encode("pay", payment_id),
        postings=legs(
            debit(psp_balance(psp), amount),
            credit(unapplied(payment_id), amount),
        ),
        effective_at=effective_at,
    )


def unapplied_applied(
    *,
    payment_id: UUID,
    amount: Money,
    orders: Sequence[OrderPart],
    wallet: WalletPart | None = None,
    effective_at: datetime | None = None,
) -> Entry:
    """A review was approved: the money that waited becomes the orders'. Once per payment."""
    return Entry(
        kind="unapplied_applied",
        source_key=encode("pay", payment_id),
        source=encode("pay", payment_id),
        postings=legs(
            debit(unapplied(payment_id), amount),
            *wallet_leg(wallet),
            *order_legs(orders),
        ),
        effective_at=effective_at,
    )


def psp_fee(*, source: str, psp: str, number: str, fee: Money, effective_at: datetime | None = None) -> Entry:
    """The PSP's fee for the movement that it numbers so. A negative fee was given back: the sides are swapped.

    `source` is the public id of what the fee is for. The fee may stand in another currency than the charge.
    """
    return Entry(
        kind="psp_fee",
        source_key=number,
        source=source,
        postings=legs(
            debit(PSP_FEES, fee),
            credit(psp_balance(psp), fee),
        ),
        effective_at=effective_at,
        psp_number=PspNumber(psp, number, part="fee"),
    )


def reversal(
    *, entry_id: UUID, source: str, postings: Sequence[Posting], effective_at: datetime | None = None
) -> Entry:
    """The opposite of a posted entry, leg by leg. journal.reverse() says when it may be."""
    return Entry(
        kind="reversal",
        source_key=encode("jrn", entry_id),
        source=source,
        postings=tuple(Posting(posting.account, -posting.amount, posting.order_id) for posting in postings),
        effective_at=effective_at,
        reverses_entry_id=entry_id,
    )


def order_legs(orders: Sequence[OrderPart]) -> list[Posting]:
    """Each order's money, held for its seller."""
    return [credit(seller_pending(part.seller_id), part.amount, order_id=part.order_id) for part in orders]


def wallet_leg(wallet: WalletPart | None) -> list[Posting]:
    """The store credit that is used up, where there is any."""
    return [debit(customer_wallet_held(wallet.customer_id), wallet.amount)] if wallet else []
