"""The words of the status page, one entry per situation. English sentences; {names} are filled in by the template.

What is said is what is known: no entry claims that money was or was not taken unless the state proves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from checkout.pages.status_situation import Situation

Tone = Literal["good", "waiting", "care", "bad", "calm", "money"]
Action = Literal["continue", "retry", "cancel", "check", "wait", "cart", "shop", "receipt", "contact"]


@dataclass(frozen=True, slots=True)
class Words:
    """`pill`: the state in a word or two; `title`: the tab's; `body`: paragraphs; `actions`: the first is the main one."""

    heading: str
    pill: str
    tone: Tone
    body: tuple[str, ...]
    actions: tuple[Action, ...]


TEXTS: Final[dict[Situation, Words]] = {
    Situation.STARTING: Words(
        "Getting the payment page ready",
        "Starting",
        "waiting",
        ("This usually takes a moment. Nothing has been taken.",),
        (),
    ),
    Situation.NOT_FINISHED: Words(
        "Payment not finished",
        "Not paid",
        "care",
        (
            "You left the payment page before paying. Nothing was taken.",
            "Your {thing} is held until {held_until}.",
        ),
        ("continue", "cancel", "cart"),
    ),
    Situation.DECLINED: Words(
        "Payment did not go through",
        "Declined",
        "bad",
        (
            "{decline_reason} {decline_advice}",
            "Nothing was taken. A reservation you may see on your account disappears in up to 7 days.",
            "Your {thing} is held until {held_until}.",
        ),
        ("retry", "cancel", "cart"),
    ),
    Situation.CHECKING: Words(
        "Checking with your bank",
        "Checking",
        "waiting",
        ("This usually takes a few seconds. Please do not pay again.",),
        (),
    ),
    Situation.STILL_CHECKING: Words(
        "Still checking",
        "Checking",
        "waiting",
        ("This takes longer than usual. Your {thing} is kept. Please do not pay again.",),
        ("wait",),
    ),
    Situation.BANK_SLOW: Words(
        "Your bank needs more time",
        "Waiting for the bank",
        "waiting",
        (
            "You can close this page. We ask the bank again by ourselves and email you at {email}.",
            "Please do not pay again: your {thing} is kept.",
        ),
        (),
    ),
    Situation.NOT_KNOWN: Words(
        "We do not know yet",
        "Not known yet",
        "care",
        (
            "We sent your payment but got no answer. We will not charge you twice: the reference {reference} blocks a "
            "second charge.",
            "Next check: {next_check}. You can close this page; we email you at {email} when we know.",
        ),
        ("check",),
    ),
    Situation.IN_REVIEW: Words(
        "We are checking this payment",
        "In review",
        "waiting",
        (
            "A person looks at it, usually within 2 hours.",
            "If it is not approved, nothing is taken, or what was taken is given back.",
        ),
        (),
    ),
    Situation.PAID: Words(
        "Thank you, payment received",
        "Paid",
        "good",
        ("{parcels}", "{confirmation}"),
        ("shop", "receipt"),
    ),
    Situation.PARTLY_REFUNDED: Words(
        "Refund of {refunded}{way}",
        "Partly refunded",
        "money",
        ("{refunded} of {amount} {goes} back. The rest of your order is unchanged.",),
        ("shop", "receipt"),
    ),
    Situation.REFUNDED: Words(
        "Refund of {refunded}{way}",
        "Refunded",
        "money",
        ("All of this payment {goes} back. Banks may need a few days to show it.",),
        ("shop", "receipt"),
    ),
    Situation.REFUND_FAILED: Words(
        "Your refund needs help",
        "Refund failed",
        "bad",
        (
            "The money that was to go back to you did not reach you. It is with the shop, not lost.",
            "We contact you to give it back in another way. You can also ask, with the reference {reference}.",
        ),
        ("contact", "shop"),
    ),
    Situation.FAILED: Words(
        "Payment did not go through",
        "Failed",
        "bad",
        ("{decline_reason} Nothing was taken.",),
        ("cart",),
    ),
    Situation.EXPIRED: Words(
        "Time ran out",
        "Expired",
        "calm",
        ("The payment page closed at {closed_at}. Nothing was taken.", "You can start again from your cart."),
        ("cart",),
    ),
    Situation.CANCELING: Words(
        "Canceling",
        "Canceling",
        "waiting",
        ("We are closing the payment page. If you had paid a moment before, your payment counts.",),
        (),
    ),
    Situation.CANCELED: Words(
        "Canceled",
        "Canceled",
        "calm",
        ("This payment was canceled. Nothing was taken.",),
        ("cart",),
    ),
    Situation.PAID_TOO_LATE: Words(
        "Paid after the {thing} was closed",
        "Money to give back",
        "care",
        (
            "Your bank sent {received} after this {thing} had been closed, so nothing will be delivered.",
            "We give the money back to what you paid with. You need not do anything.",
        ),
        ("contact", "cart"),
    ),
}

WAYS: Final = {"on_its_way": " on its way", "done": " done", "none": "", "failed": ""}
GOES: Final = {"on_its_way": "goes", "done": "went", "none": "goes", "failed": "goes"}
DEBIT_DELAY = "Bank debits may take up to 4 business days, that is until {debit_by}."
STOPPED_SILENTLY = "This page has stopped checking by itself."
STOPPED = "This page has stopped checking by itself. We go on, and email you at {email}."
NOT_OPENED = "The payment page could not be opened."
DEBIT_REFUSED = "The bank refused the payment."
TOPPED_UP: Final = "It is your store credit now."
FROM_CREDIT: Final = "{credit} of it from your store credit, {card} charged."
ALL_FROM_CREDIT: Final = "All of it from your store credit."
CREDIT_HELD: Final = "{credit} of it are held of your store credit, {card} are left to pay."
CREDIT_FREE_AGAIN: Final = "Your store credit of {credit} is free to spend again."
DELIVERY_UNKNOWN = "Delivery date not known yet"
CONFIRMATION_SENT = "We have sent a confirmation to {email}."
CONFIRMATION_COMING = "A confirmation is on its way to {email}."
