"""The postings of money that goes back to the shopper: refunds, and what a bank takes in a dispute. Pure, as recipes.py.

What an order gives comes from where its money lies: held for the seller, released to the seller (then the platform
gives back its part of the fees), or apart, where the order was canceled. What the PSP numbers is keyed by its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger.chart import (
    COMMISSION_REVENUE,
    DISPUTE_FEES,
    LOGISTICS_REVENUE,
    SELLER_LOSSES,
    TAX_PAYABLE,
    customer_wallet,
    psp_balance,
    refund_in_transit,
    seller_available,
    seller_pending,
    unapplied,
)
from checkout.ledger.entry import Entry, Posting, PspNumber, credit, debit, legs
from checkout.ledger.recipes import WalletPart

HeldIn = Literal["pending", "available", "unapplied"]
TakenFrom = HeldIn | Literal["wallet"]


@dataclass(frozen=True, slots=True)
class OrderTake:
    """What is taken from an order, or given back to it. The fees are the platform's share of `amount`; they are posted
    only where the order is released, for only then were they booked. `order_id` None: money that was no order's, or a
    customer's store credit ("wallet", of `customer_id`)."""

    order_id: UUID | None
    seller_id: UUID | None
    payment_id: UUID
    held_in: TakenFrom
    amount: Money
    commission: Money
    logistics_fee: Money
    tax: Money
    customer_id: UUID | None = None


def take_legs(take: OrderTake) -> list[Posting]:
    """The debits: `amount` in all, wherever it lies."""
    amount = take.amount
    if take.held_in == "unapplied":
        return [debit(unapplied(take.payment_id), amount, order_id=take.order_id)]
    if take.held_in == "wallet":
        assert take.customer_id is not None, "store credit is a customer's"
        return [debit(customer_wallet(take.customer_id), amount)]
    assert take.seller_id is not None, "an order's money is a seller's"
    if take.held_in == "pending":
        return [debit(seller_pending(take.seller_id), amount, order_id=take.order_id)]
    of_the_seller = amount - take.commission - take.logistics_fee - take.tax
    return [
        debit(seller_available(take.seller_id), of_the_seller, order_id=take.order_id),
        debit(COMMISSION_REVENUE, take.commission, order_id=take.order_id),
        debit(LOGISTICS_REVENUE, take.logistics_fee, order_id=take.order_id),
        debit(TAX_PAYABLE, take.tax, order_id=take.order_id),
    ]


def return_legs(take: OrderTake) -> list[Posting]:
    """The credits: the opposite of take_legs()."""
    return [Posting(leg.account, -leg.amount, leg.order_id) for leg in take_legs(take)]


def refund_requested(
    *,
    refund_id: UUID,
    take: OrderTake,
    psp: str,
    card: Money,
    wallet: WalletPart | None = None,
    effective_at: datetime | None = None,
) -> Entry:
    """A refund's part on one order, before the PSP is asked: `card` goes to the card, the rest to the wallet."""
    refund = encode("re", refund_id)
    assert take.order_id is not None, "unapplied_refund_requested() is for money of no order"
    credits = [credit(refund_in_transit(psp), card, order_id=take.order_id)]
    if wallet is not None:
        credits.append(credit(customer_wallet(wallet.customer_id), wallet.amount, order_id=take.order_id))
    return Entry(
        kind="refund_requested",
        source_key=f"{refund}:{encode('ord', take.order_id)}",
        source=refund,
        postings=legs(*take_legs(take), *credits),
        effective_at=effective_at,
    )


def unapplied_refund_requested(
    *, refund_id: UUID, payment_id: UUID, psp: str, amount: Money, effective_at: datetime | None = None
) -> Entry:
    """Money that belongs to no live order goes back to the card it came from."""
    refund = encode("re", refund_id)
    return Entry(
        kind="refund_requested",
        source_key=refund,
        source=refund,
        postings=legs(debit(unapplied(payment_id), amount), credit(refund_in_transit(psp), amount)),
        effective_at=effective_at,
    )


def refund_sent(
    *, refund_id: UUID, psp: str, number: str, amount: Money, effective_at: datetime | None = None
) -> Entry:
    """The PSP has taken the refund from our balance, under this number."""
    return _numbered(
        "refund_sent",
        encode("re", refund_id),
        PspNumber(psp, number),
        effective_at,
        debit(refund_in_transit(psp), amount),
        credit(psp_balance(psp), amount),
    )


def refund_bounced(
    *, refund_id: UUID, psp: str, number: str, amount: Money, effective_at: datetime | None = None
) -> Entry:
    """The shopper's bank did not take it: the PSP has put the refund back into our balance."""
    return _numbered(
        "refund_bounced",
        encode("re", refund_id),
        PspNumber(psp, number),
        effective_at,
        debit(psp_balance(psp), amount),
        credit(refund_in_transit(psp), amount),
    )


def refund_failed(
    *,
    refund_id: UUID,
    psp: str,
    takes: Sequence[OrderTake],
    losses: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """The card's part never arrived, or came back: it lies with its orders again, as they stand now. `takes` holds the
    fees that the platform earns again; `losses` what had been nobody's (only where the refund was not ours)."""
    refund = encode("re", refund_id)
    amount = losses
    for take in takes:
        amount = amount + take.amount
    return Entry(
        kind="refund_failed",
        source_key=refund,
        source=refund,
        postings=legs(
            debit(refund_in_transit(psp), amount),
            *(leg for take in takes for leg in return_legs(take)),
            credit(SELLER_LOSSES, losses),
        ),
        effective_at=effective_at,
    )


def external_refund(
    *,
    refund_id: UUID,
    psp: str,
    number: str,
    takes: Sequence[OrderTake],
    excess: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """A refund that was made with the PSP and not by us. `excess` is beyond what was left of the orders: no seller's."""
    return _numbered(
        "external_refund",
        encode("re", refund_id),
        PspNumber(psp, number),
        effective_at,
        *(leg for take in takes for leg in take_legs(take)),
        debit(SELLER_LOSSES, excess),
        credit(psp_balance(psp), _together(takes, excess)),
    )


def dispute_withdrawn(
    *,
    dispute_id: UUID,
    psp: str,
    number: str,
    takes: Sequence[OrderTake],
    excess: Money,
    fee: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """The bank has taken the disputed amount, and the PSP its fee. The seller bears the amount, the platform the fee."""
    return _numbered(
        "dispute_withdrawn",
        encode("dp", dispute_id),
        PspNumber(psp, number),
        effective_at,
        *(leg for take in takes for leg in take_legs(take)),
        debit(SELLER_LOSSES, excess),
        debit(DISPUTE_FEES, fee),
        credit(psp_balance(psp), _together(takes, excess) + fee),
    )


def dispute_fee(
    *, dispute_id: UUID, psp: str, number: str, fee: Money, effective_at: datetime | None = None
) -> Entry:
    """A fee of the dispute by itself. Given back, it is negative: the sides are swapped."""
    return _numbered(
        "dispute_fee",
        encode("dp", dispute_id),
        PspNumber(psp, number),
        effective_at,
        debit(DISPUTE_FEES, fee),
        credit(psp_balance(psp), fee),
    )


def dispute_reinstated(
    *,
    dispute_id: UUID,
    psp: str,
    number: str,
    takes: Sequence[OrderTake],
    losses: Money,
    fee_back: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """The bank has given back: first what nobody had borne, then the orders' parts, as they stand now."""
    return _numbered(
        "dispute_reinstated",
        encode("dp", dispute_id),
        PspNumber(psp, number),
        effective_at,
        debit(psp_balance(psp), _together(takes, losses) + fee_back),
        *(leg for take in takes for leg in return_legs(take)),
        credit(SELLER_LOSSES, losses),
        credit(DISPUTE_FEES, fee_back),
    )


def seller_recharged(
    *,
    source: str,
    seller_id: UUID,
    amount: Money,
    onto: Literal["dispute_fees", "seller_losses"],
    order_id: UUID | None = None,
    effective_at: datetime | None = None,
) -> Entry:
    """What the platform had borne is the seller's after all. Once per `source` (a dispute's id) and seller."""
    relieved = DISPUTE_FEES if onto == "dispute_fees" else SELLER_LOSSES
    return Entry(
        kind="seller_recharged",
        source_key=f"{source}:{encode('sel', seller_id)}:{onto}",
        source=source,
        postings=legs(
            debit(seller_available(seller_id), amount, order_id=order_id),
            credit(relieved, amount, order_id=order_id),
        ),
        effective_at=effective_at,
    )


def _numbered(
    kind: str, source: str, number: PspNumber, effective_at: datetime | None, *postings: Posting
) -> Entry:
    return Entry(
        kind=kind,
        source_key=number.number,
        source=source,
        postings=legs(*postings),
        effective_at=effective_at,
        psp_number=number,
    )


def _together(takes: Sequence[OrderTake], more: Money) -> Money:
    amount = more
    for take in takes:
        amount = amount + take.amount
    return amount
