"""What may explain a difference, scored, with the reasons in words. Pure: the facts come as values, the same facts give the
same suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Final, Literal

from checkout.core.money import Money

Kind = Literal["alert", "alerts", "entry", "refund", "line", "claim", "hint"]

SHOWN_MOST: Final = 10
SCORE_MOST: Final = 100
ENTRY_WORDS: Final = {
    "refund_sent": "the refund",
    "refund_bounced": "the refund that came back",
    "external_refund": "the refund made at the PSP",
    "dispute_withdrawn": "what the dispute took",
    "dispute_fee": "the dispute fee",
    "dispute_reinstated": "what the dispute gave back",
    "psp_fee": "the PSP's fee",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a difference may belong to. kind: "alert" or "alerts" (ids: what link_records takes), "claim" (the alert whose
    claim it pays), "entry", "refund", "line" (to look at), "hint". id: the first of ids. score: 0 to 100. amount: what it
    stands for."""

    kind: Kind
    id: str
    score: int
    reasons: tuple[str, ...]
    amount: Money
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A difference as one side of a pair. stands_for: what it can answer for, ours − theirs."""

    id: str
    code: str
    stands_for: Money
    on: date
    number: str = ""
    source_id: str = ""
    payment: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry, a refund, a line or a claim near the difference. amount: without its sign."""

    kind: Kind
    id: str
    amount: Money
    what: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of the difference itself. sizes: its amounts without sign, the rest first."""

    sizes: tuple[int, ...]
    ours: int | None
    theirs: int | None
    line_fee: int
    within_rounding: bool


def suggest(me: Record, shape: Shape, others: Sequence[Record], facts: Sequence[Fact]) -> list[Suggestion]:
    """The likeliest first, at most ten."""
    found = [
        *_pairs(me, others, facts),
        *_sums(me, others),
        *_facts(me, shape, facts),
        *_hints(me, shape),
    ]
    return sorted(found, key=lambda suggestion: (-suggestion.score, suggestion.kind, suggestion.ids))[
        :SHOWN_MOST
    ]


def _pairs(me: Record, others: Iterable[Record], facts: Sequence[Fact]) -> Iterator[Suggestion]:
    for other in others:
        score, reasons = _likeness(me, other)
        left = me.stands_for + other.stands_for
        if not left:
            score += 45
            reasons.append("the same amount the other way round")
        elif exact := _named(facts, abs(left.amount_minor), {"refund", "entry"}):
            score += 30
            reasons.append(f"the amounts differ by exactly {exact.what}")
        if reasons and score >= 30:
            apart = abs((other.on - me.on).days)
            score += 10 if apart == 0 else 5 if apart <= 3 else 0
            reasons.append(_apart(apart))
            yield _made("alert", (other.id,), score, reasons, other.stands_for)


def _likeness(me: Record, other: Record) -> tuple[int, list[str]]:
    score, reasons = 0, []
    if me.number and me.number == other.number:
        score, reasons = 40, [f"the same number {me.number}"]
    elif me.source_id and me.source_id == other.source_id:
        score, reasons = 40, [f"the same object moved: {me.source_id}"]
    elif me.reference and me.reference == other.reference:
        score, reasons = 35, [f"the same reference {me.reference}"]
    if me.payment and me.payment == other.payment:
        score += 25
        reasons.append(f"the same payment {me.payment}")
    return score, reasons


def _sums(me: Record, others: Sequence[Record]) -> Iterator[Suggestion]:
    """Two records that answer for all of it together."""
    for one, other in combinations(others, 2):
        if one.stands_for + other.stands_for == -me.stands_for:
            score, reasons = 55, [f"two records sum to it: {one.stands_for} and {other.stands_for}"]
            if one.on == other.on == me.on:
                score += 10
                reasons.append("all of the same day")
            if me.payment and me.payment in (one.payment, other.payment):
                score += 15
                reasons.append(f"the same payment {me.payment}")
            yield _made("alerts", (one.id, other.id), score, reasons, one.stands_for + other.stands_for)


def _facts(me: Record, shape: Shape, facts: Iterable[Fact]) -> Iterator[Suggestion]:
    for fact in facts:
        exact = fact.amount.amount_minor in shape.sizes
        match fact.kind:
            case "entry" | "refund" if exact:
                yield _made(fact.kind, (fact.id,), 70, [f"the difference equals {fact.what}"], fact.amount)
            case "claim" if me.stands_for.amount_minor < 0:
                words = "a claim of exactly this amount is open" if exact else "a claim is open"
                yield _made("claim", (fact.id,), 75 if exact else 35, [words], fact.amount)
            case "line" if fact.on is not None:
                words = f"cut-off: the number stands in the file of {fact.on}"
                yield _made("line", (fact.id,), 80 if exact else 50, [words], fact.amount)
            case _:
                continue


def _hints(me: Record, shape: Shape) -> Iterator[Suggestion]:
    """Root causes that the amounts alone tell."""
    amount = me.stands_for
    if shape.line_fee and abs(shape.line_fee) in shape.sizes:
        words = "the difference equals the line's fee: one side counts it before the fee, the other after"
        yield _made("hint", (), 60, [words], amount)
    if shape.ours and shape.theirs and shape.ours == -shape.theirs:
        yield _made("hint", (), 60, ["both amounts are the same but for the sign"], amount)
    elif shape.ours and shape.theirs and _transposed(shape.ours, shape.theirs):
        yield _made("hint", (), 40, ["two digits have changed places"], amount)
    if shape.within_rounding and amount:
        yield _made("hint", (), 65, ["within what rounding may come to"], amount)


def _transposed(one: int, other: int) -> bool:
    a, b = str(one), str(other)
    places = [n for n, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]]
    return (
        len(a) == len(b)
        and len(places) == 2
        and places[1] == places[0] + 1
        and a[places[0]] == b[places[1]]
        and a[places[1]] == b[places[0]]
    )


def _named(facts: Iterable[Fact], size: int, kinds: set[str]) -> Fact | None:
    return next((fact for fact in facts if fact.kind in kinds and fact.amount.amount_minor == size), None)


def _apart(days: int) -> str:
    return "the same day" if days == 0 else f"{days} {'day' if days == 1 else 'days'} apart"


def _made(kind: Kind, ids: tuple[str, ...], score: int, reasons: Sequence[str], amount: Money) -> Suggestion:
    return Suggestion(kind, ids[0] if ids else "", min(score, SCORE_MOST), tuple(reasons), amount, ids)
