"""What a refund takes of which order, and how much of it may go to the card. Pure; every refusal points at the field.

The orders' parts always add up to what was asked for; nothing of it goes beyond what is left of an order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from checkout.core.errors import FieldError, InvalidParameter
from checkout.core.money import Money, allocate, total
from checkout.orders.shares import OrderShare
from checkout.refunds.commands import Destination, RequestRefund
from checkout.refunds.errors import PaymentDisputed, RefundExceedsCaptured

UNKNOWN_ORDER: Final = "is no order of this payment"
UNKNOWN_LINE: Final = "is no line of this payment"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was ordered, and how much of it has gone back."""

    id: UUID
    order_id: UUID
    quantity: int
    refunded: int
    unit_amount: Money

    @property
    def left(self) -> int:
        return self.quantity - self.refunded


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for of one order; `lines` are the pieces it was asked by."""

    share: OrderShare
    amount: Money
    lines: Mapping[UUID, int] = field(default_factory=dict)


def spread(command: RequestRefund, shares: Sequence[OrderShare], lines: Sequence[Line]) -> list[Wanted]:
    """What is asked for, order by order, in the payment's order; never nothing.

    Raises:
        InvalidParameter: an order or line that is not the payment's, twice the same one, more than one way to say it.
        RefundExceedsCaptured, PaymentDisputed: less is left.
    """
    ways = sum((command.amount_minor is not None, bool(command.orders), bool(command.lines)))
    if ways > 1:
        raise InvalidParameter.at(
            "/amount", "amount, orders and lines exclude one another: say it in one way", "exclusive"
        )
    if command.only_order is not None:
        shares = [share for share in shares if share.id == command.only_order]
    if command.orders:
        wanted = _by_order(command, shares)
    elif command.lines:
        wanted = _by_line(command, shares, lines)
    else:
        wanted = _by_amount(command.amount_minor, shares)
    return sorted((each for each in wanted if each.amount), key=lambda each: each.share.position)


def cards(wanted: Sequence[Wanted], destination: Destination, step_minor: int) -> list[Money]:
    """Of each order's part, what goes to the card: as much as may, in all a multiple of the PSP's step. What that
    leaves over, and all the rest, goes to the wallet."""
    if destination == "wallet":
        return [Money.zero(each.amount.currency) for each in wanted]
    minors = [min(each.amount, each.share.card_left).amount_minor for each in wanted]
    over = sum(minors) % step_minor
    for index in reversed(range(len(minors))):
        taken = min(over, minors[index])
        minors[index], over = minors[index] - taken, over - taken
    return [Money(minor, each.amount.currency) for minor, each in zip(minors, wanted, strict=True)]


def _by_amount(amount_minor: int | None, shares: Sequence[OrderShare]) -> list[Wanted]:
    """All that is left, or an amount by the largest remainder over what is left of each."""
    currency = shares[0].amount.currency
    left = total([share.left for share in shares], currency)
    amount = left if amount_minor is None else Money(amount_minor, currency)
    if amount > left or not amount:
        raise _too_much("/amount", amount, left, shares)
    parts = allocate(amount, [share.left.amount_minor for share in shares])
    return [Wanted(share, part) for share, part in zip(shares, parts, strict=True)]


def _by_order(command: RequestRefund, shares: Sequence[OrderShare]) -> list[Wanted]:
    by_id = {share.id: share for share in shares}
    wanted: dict[UUID, Wanted] = {}
    for index, each in enumerate(command.orders):
        pointer = f"/orders/{index}"
        share = by_id.get(each.order_id)
        if share is None:
            raise InvalidParameter.at(f"{pointer}/order", UNKNOWN_ORDER, "unknown_order")
        if share.id in wanted:
            raise InvalidParameter.at(f"{pointer}/order", "stands twice in the refund", "given_twice")
        amount = share.left if each.amount_minor is None else Money(each.amount_minor, share.amount.currency)
        if amount > share.left or not amount:
            raise _too_much(f"{pointer}/amount", amount, share.left, [share])
        wanted[share.id] = Wanted(share, amount)
    return list(wanted.values())


def _by_line(command: RequestRefund, shares: Sequence[OrderShare], lines: Sequence[Line]) -> list[Wanted]:
    by_id = {line.id: line for line in lines}
    shares_by_id = {share.id: share for share in shares}
    pieces: dict[UUID, dict[UUID, int]] = {}
    for index, each in enumerate(command.lines):
        line = by_id.get(each.line_id)
        if line is None or line.order_id not in shares_by_id:
            raise InvalidParameter.at(f"/lines/{index}/line", UNKNOWN_LINE, "unknown_line")
        of_order = pieces.setdefault(line.order_id, {})
        if line.id in of_order:
            raise InvalidParameter.at(f"/lines/{index}/line", "stands twice in the refund", "given_twice")
        if each.quantity > line.left:
            detail = f"only {line.left} of {line.quantity} have not been refunded"
            raise RefundExceedsCaptured(
                detail, pointers=[FieldError(f"/lines/{index}/quantity", "exceeds_ordered", detail)]
            )
        of_order[line.id] = each.quantity
    return [_of_lines(shares_by_id[id], of_order, by_id) for id, of_order in pieces.items()]


def _of_lines(share: OrderShare, pieces: Mapping[UUID, int], lines: Mapping[UUID, Line]) -> Wanted:
    currency = share.amount.currency
    amount = total(
        [Money(lines[id].unit_amount.amount_minor * count, currency) for id, count in pieces.items()],
        currency,
    )
    if amount > share.left or not amount:
        raise _too_much("/lines", amount, share.left, [share])
    return Wanted(share, amount, pieces)


def _too_much(
    pointer: str, amount: Money, left: Money, shares: Sequence[OrderShare]
) -> RefundExceedsCaptured | PaymentDisputed:
    """A dispute is the reason where it would be enough without it."""
    withdrawn = total([share.withdrawn for share in shares], amount.currency)
    if withdrawn and amount <= left + withdrawn:
        return PaymentDisputed(f"{left} are left: the shopper's bank has taken {withdrawn} in a dispute")
    detail = f"{left} are left to be refunded" if left else "nothing is left to be refunded"
    return RefundExceedsCaptured(detail, pointers=[FieldError(pointer, "exceeds_left", detail)])
