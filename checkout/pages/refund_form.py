"""A refund as a person asks for it: what goes back, and, once its effect was seen, why. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast
from uuid import UUID

from checkout.core.currencies import exponent
from checkout.core.errors import InvalidParameter
from checkout.core.money import Money
from checkout.core.text import contains_card_number
from checkout.pages.typed_money import typed_amount
from checkout.refunds.commands import Destination, OfLine, OfOrder, Reason, RequestRefund
from checkout.refunds.look import Refundable
from checkout.refunds.request import NOTE_LENGTH
from checkout.wording import money as wording

TYPED_UNITS: Final = 1_000  # above so many units of the currency the amount is typed again
WAYS: Final = ("all", "lines", "orders", "amount")
DESTINATIONS: Final[dict[str, str]] = {
    "card": "Where it came from: the card's part to the card, store credit to store credit",
    "wallet": "Store credit, all of it",
}
REASONS: Final[dict[str, str]] = {
    "requested_by_customer": "The shopper asked for it",
    "duplicate": "Paid twice",
    "fraudulent": "Fraud",
    "other": "Something else, said in the note",
}


def line_field(line_id: UUID) -> str:
    """The name of a line's quantity in the form."""
    return f"quantity-{line_id.hex}"


def order_field(order_id: UUID) -> str:
    """The name of an order's amount in the form."""
    return f"order-{order_id.hex}"


def with_what(form: Mapping[str, str], refundable: Refundable, base: RequestRefund) -> RequestRefund:
    """`base` with what the form says goes back.

    Raises:
        InvalidParameter: a choice, a quantity or an amount that is none; its text is a sentence.
    """
    destination = form.get("to", "card")
    if destination not in DESTINATIONS:
        raise InvalidParameter.at("/to", "Choose where the money goes.")
    command = replace(
        base,
        destination=cast("Destination", destination),
        return_logistics=form.get("logistics") == "yes",
    )
    match form.get("by", ""):
        case "all":
            return command
        case "lines":
            return replace(command, lines=_lines(form, refundable))
        case "orders":
            return replace(command, orders=_orders(form, refundable))
        case "amount":
            amount = _amount(form.get("amount", ""), refundable, "amount")
            if not amount:
                raise InvalidParameter.at("/amount", "Say how much goes back.")
            return replace(command, amount_minor=amount.amount_minor)
    raise InvalidParameter.at("/by", "Choose what goes back.")


def with_why(form: Mapping[str, str], command: RequestRefund) -> RequestRefund:
    """`command` with the reason and the note of the form that confirms it.

    Raises:
        InvalidParameter: no reason, or a note that may not be kept.
    """
    reason, note = form.get("reason", ""), form.get("note", "").strip()
    if reason not in REASONS:
        raise InvalidParameter.at("/reason", "Choose why the money goes back.")
    if reason == "other" and not note:
        raise InvalidParameter.at("/note", "Say in the note what the reason is.")
    if len(note) > NOTE_LENGTH:
        raise InvalidParameter.at("/note", f"A note has at most {NOTE_LENGTH} characters.")
    if contains_card_number(note):
        raise InvalidParameter.at("/note", "The note looks as if it held a card number: it is not kept.")
    return replace(command, reason=cast("Reason", reason), note=note or None)


def is_typed(amount: Money) -> bool:
    """Whether the amount is so large that whoever refunds it types it."""
    units: int = 10 ** exponent(amount.currency)
    return amount.amount_minor > TYPED_UNITS * units


def refuse_untyped(form: Mapping[str, str], amount: Money) -> None:
    """
    Raises:
        InvalidParameter: the amount has to be typed and was not, or another one was.
    """
    if is_typed(amount) and typed_amount(form.get("typed", ""), amount.currency, "typed") != amount:
        raise InvalidParameter.at(
            "/typed", f"Type the amount that goes back, {wording.decimal_text(amount)}, to confirm it."
        )


def _lines(form: Mapping[str, str], refundable: Refundable) -> tuple[OfLine, ...]:
    found = tuple(
        OfLine(id, quantity)
        for id in refundable.lines
        if (quantity := _quantity(form.get(line_field(id), "")))
    )
    if not found:
        raise InvalidParameter.at("/lines", "Say how many pieces of which line go back.")
    return found


def _quantity(text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise InvalidParameter.at("/lines", "A quantity is a whole number, not below zero.")
    return int(text)


def _orders(form: Mapping[str, str], refundable: Refundable) -> tuple[OfOrder, ...]:
    amounts = {
        share.id: _amount(form.get(order_field(share.id), ""), refundable, order_field(share.id))
        for share in refundable.shares
    }
    found = tuple(OfOrder(id, amount.amount_minor) for id, amount in amounts.items() if amount)
    if not found:
        raise InvalidParameter.at("/orders", "Say how much of which order goes back.")
    return found


def _amount(text: str, refundable: Refundable, field: str) -> Money:
    return typed_amount(text, refundable.payment.currency, field)
