"""A payment's timeline in sentences: what happened, to what, and who or what caused it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checkout.core.money import Money
from checkout.pages.dispute_words import DISPUTE_STATES
from checkout.pages.payment_words import ORDER_STATES, PAYMENT_STATES, StateWords, plain
from checkout.pages.refund_words import REFUND_STATES
from checkout.payments.timeline import TimelineItem
from checkout.wording import money

CAUSES: Final = {
    "request": "by a request",
    "event": "by a webhook",
    "task": "by a task",
    "person": "by a person",
    "user": "by a person",
    "key": "with an API key",
    "cli": "by a command",
    "system": "by the system",
}

# What else than the payment itself has states, by the prefix of its id.
NOUNS: Final[dict[str, tuple[str, Mapping[str, StateWords]]]] = {
    "ord": ("Order", ORDER_STATES),
    "re": ("Refund", REFUND_STATES),
    "dp": ("Dispute", DISPUTE_STATES),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of the story. `who` names the cause in words, `cause` its id."""

    at: datetime
    what: str
    kind: str
    object: str
    who: str
    cause: str
    postings: tuple[str, ...] = ()


def story_of(items: Sequence[TimelineItem]) -> list[Happening]:
    return [_happening(item) for item in items]


def _happening(item: TimelineItem) -> Happening:
    kind, _, id = (item.cause or "").partition(":")
    return Happening(
        at=item.at,
        what=SENTENCES[item.kind](item),
        kind=plain(item.kind),
        object=item.object,
        who=CAUSES.get(kind, ""),
        cause=id,
        postings=_postings(item.data) if item.kind == "ledger_entry" else (),
    )


def _moved(item: TimelineItem) -> str:
    noun, states = NOUNS.get(item.object.partition("_")[0], ("Payment", PAYMENT_STATES))
    before, after = item.data.get("from"), item.data["to"]
    word = states[after].word if after in states else plain(after)
    if before is None:
        return f"{noun} made: {word.lower()}"
    return f"{noun} is now: {word.lower()}"


def _learnt(item: TimelineItem) -> str:
    amount = _amount(item.data)
    return f"PSP said: {plain(item.name)}" + (f", {amount}" if amount else "")


def _alerted(item: TimelineItem) -> str:
    return f"A person was called: {plain(item.name)} ({item.data['status']})"


SENTENCES: Final[dict[str, Callable[[TimelineItem], str]]] = {
    "transition": _moved,
    "fact": _learnt,
    "ledger_entry": lambda item: f"Booked: {plain(item.name)}",
    "event": lambda item: f"Told others: {item.name}",
    "alert": _alerted,
    "notification": lambda item: (
        f"Email {'sent' if item.data.get('sent_at') else 'prepared'}: {plain(item.name)}"
    ),
}


def _postings(data: Mapping[str, Any]) -> tuple[str, ...]:
    """ "Debit psp balance (stripe) 24.90 EUR", in the entry's order."""
    return tuple(
        f"{'Debit' if posting['amount'] > 0 else 'Credit'} {plain(posting['account'])} ({posting['owner']}) "
        f"{money.with_code(Money(abs(posting['amount']), posting['currency']))}"
        for posting in data["postings"]
    )


def _amount(data: Mapping[str, Any]) -> str:
    if data.get("amount") is None or not data.get("currency"):
        return ""
    return money.with_code(Money(data["amount"], data["currency"]))
