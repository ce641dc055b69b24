"""What the shopper sees on the PSP's page, and the registration that is sent for it. Pure.

The stored request does not hold the shopper's email: it stands in one table only. A stand-in is stored, and replaced
by the same address each time the request is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.payments.commands import NewOrder
from checkout.psp import HostedLine, RegisterPayment, StoredRequest

SESSION_LIFETIME: Final = timedelta(minutes=60)
EMAIL_STAND_IN: Final = "withheld@shopper.invalid"
LINES_SHOWN_MAX: Final = 100  # the most that the PSP takes
NAME_LENGTH: Final = 250
SELLERS_NAMED_MAX: Final = 16  # of 30 characters and a comma each, within the 500 of a value of metadata


# What is asked for: the orders; what store credit leaves of them; store credit itself.
PageKind = Literal["orders", "rest", "top_up"]
_ONE_LINE: Final = {"rest": "Your order, less store credit", "top_up": "Store credit"}


def registration(
    *,
    payment_id: UUID,
    amount: Money,
    kind: PageKind,
    orders: Sequence[NewOrder],
    seller_names: Sequence[str],
    charge_step_minor: int,
    locale: str | None,
    status_url: str,
    now: datetime,
) -> RegisterPayment:
    """The request for a payment's hosted page. The shopper comes back to the status page, paid or not."""
    reference = encode("pay", payment_id)
    return RegisterPayment(
        reference=reference,
        idempotency_key=f"{reference}:register",
        amount=amount,
        lines=_lines(kind, amount, orders, seller_names, charge_step_minor),
        customer_email=EMAIL_STAND_IN,
        locale=locale,
        success_url=f"{status_url}?from=psp",
        cancel_url=status_url,
        expires_at=now + SESSION_LIFETIME,
        metadata={"payment": reference, **({"sellers": _sellers(orders)} if orders else {})},
    )


def stored_request(
    *, payment_id: UUID, idempotency_key: str, amount: Money, wire: Mapping[str, str], email: str
) -> StoredRequest:
    """The request as it was written down, with the shopper's email where its stand-in stands."""
    return StoredRequest(
        reference=encode("pay", payment_id),
        idempotency_key=idempotency_key,
        amount=amount,
        wire={name: email if value == EMAIL_STAND_IN else value for name, value in wire.items()},
    )


def _sellers(orders: Sequence[NewOrder]) -> str:
    """Whose goods they are, as far as a value of metadata is long enough: support reads it at the PSP."""
    ids = dict.fromkeys(encode("sel", order.seller_id) for order in orders if order.seller_id)
    return ",".join(list(ids)[:SELLERS_NAMED_MAX])


def _lines(
    kind: PageKind, amount: Money, orders: Sequence[NewOrder], seller_names: Sequence[str], step_minor: int
) -> tuple[HostedLine, ...]:
    if kind == "orders":
        return hosted_lines(amount, orders, seller_names, step_minor)
    return (HostedLine(_ONE_LINE[kind], 1, amount),)


def hosted_lines(
    amount: Money, orders: Sequence[NewOrder], seller_names: Sequence[str], step_minor: int
) -> tuple[HostedLine, ...]:
    """The orders' own lines where each is a multiple of the PSP's step and they are few enough; else a line for each
    order; else one for all: only the total must be a multiple."""
    several = len(orders) > 1
    per_line = [
        HostedLine(_name(line.name, seller if several else None), line.quantity, line.unit_amount)
        for order, seller in zip(orders, seller_names, strict=True)
        for line in order.lines or ()
    ]
    per_order = [
        HostedLine(_name(_order_name(order), seller), 1, order.amount)
        for order, seller in zip(orders, seller_names, strict=True)
    ]
    every_order_has_lines = all(order.lines for order in orders)
    for lines in ([per_line] if every_order_has_lines else []) + [per_order]:
        if len(lines) <= LINES_SHOWN_MAX and not any(x.unit_amount.amount_minor % step_minor for x in lines):
            return tuple(lines)
    return (HostedLine("Your order", 1, amount),)


def _order_name(order: NewOrder) -> str:
    return f"Order {order.reference}" if order.reference else "Order"


def _name(text: str, seller: str | None) -> str:
    return (f"{text} ({seller})" if seller else text)[:NAME_LENGTH]
