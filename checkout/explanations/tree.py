"""What an explanation is made of. Pure: the amounts add up here, whoever shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from checkout.core.money import Money


@dataclass(frozen=True, slots=True)
class Ref:
    """A figure: the public id of what it belongs to, and its name there. `at`: as it was at that moment, UTC; of balances
    alone."""

    id: str
    field: str
    at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.id}/{self.field}" + (f"?at={to_the_microsecond(self.at)}" if self.at else "")


def to_the_microsecond(at: datetime) -> str:
    """ "2026-03-14T23:00:00.000000Z": entries have their moments as exactly as that."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of an equation; `amount` as it is printed, `sign` -1 where it is taken off. `ref`: explained there."""

    name: str
    amount: Money
    sign: int = 1
    ref: Ref | None = None
    entry_id: UUID | None = None

    @property
    def signed(self) -> Money:
        return self.amount if self.sign > 0 else -self.amount


def added(name: str, amount: Money, ref: Ref | None = None, entry_id: UUID | None = None) -> Term:
    """A term by its signed amount: what is negative is taken off."""
    if amount.amount_minor < 0:
        return Term(name, -amount, -1, ref, entry_id)
    return Term(name, amount, 1, ref, entry_id)


def deducted(name: str, amount: Money, ref: Ref | None = None) -> Term:
    """What is taken off; a negative deduction is given back."""
    return added(name, -amount, ref) if amount else Term(name, amount, -1, ref)


@dataclass(frozen=True, slots=True)
class Rule:
    """What was applied: which version of it, to what, and how it rounds."""

    name: str
    version: str
    inputs: Mapping[str, str | int]
    rounding: str


@dataclass(frozen=True, slots=True)
class Line:
    """A posting. Of the platform's own accounts a tenant sees neither the name nor the amount."""

    account: str
    owner: str | None
    amount: Money | None

    @property
    def side(self) -> str | None:
        if self.amount is None:
            return None
        return "debit" if self.amount.amount_minor > 0 else "credit"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A journal entry. `effect` is what it adds to the figure."""

    id: UUID
    kind: str
    source: str
    cause: str
    effective_at: datetime
    recorded_at: datetime
    effect: Money
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The entries behind a figure, newest first. `total` is the effect of all of them, `count` how many there are;
    `is_the_figure`: the total must be the figure."""

    entries: Sequence[LedgerEntry]
    count: int
    total: Money
    is_the_figure: bool

    @property
    def shown(self) -> Money:
        return Money(sum(entry.effect.amount_minor for entry in self.entries), self.total.currency)

    @property
    def further(self) -> Money:
        """What the entries that are not shown add."""
        return self.total - self.shown


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a row's text: a cell under its column, and what it was read as; without a column, what parts cells."""

    text: str
    column: str = ""
    reads: str = ""


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """Where a row stands and what was read in it. The cells, joined, are the row as it stands; `parsed`: by what was
    read, the value in our units and words."""

    psp: str
    sha256: str
    line: int
    cells: Sequence[Cell]
    parsed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an entry goes back to: our event, the PSP's message whose signature was checked, the task or request; the row
    of a settlement file or bank statement, with its bytes as text in `raw` and its cells in `row` for whoever may see
    the whole platform."""

    kind: Literal["event", "psp_event", "cause", "settlement"]
    id: str
    name: str
    at: datetime | None
    note: str
    raw: str | None = None
    row: SettlementRow | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """The same figure where it is kept; the two must agree."""

    amount: Money
    where: str


@dataclass(frozen=True, slots=True)
class Position:
    """The newest journal entry that the figure was computed with."""

    entry_id: UUID
    sequence: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure and all that is behind it. `basis`: booked, or what the rules will make of it."""

    ref: Ref
    sentence: str
    terms: Sequence[Term]
    result: Money
    basis: Literal["booked", "expected"]
    rules: Sequence[Rule]
    ledger: Ledger
    evidence: Sequence[Evidence]
    stored: Stored | None
    position: Position | None = None

    @property
    def difference(self) -> Money:
        """By how much something does not agree: the terms, the stored figure or the entries; zero where all do."""
        summed = sum(term.signed.amount_minor for term in self.terms)
        if summed != self.result.amount_minor:
            return Money(self.result.amount_minor - summed, self.result.currency)
        if self.stored is not None and self.stored.amount != self.result:
            return self.stored.amount - self.result
        if self.ledger.is_the_figure and self.ledger.total != self.result:
            return self.ledger.total - self.result
        return Money.zero(self.result.currency)

    @property
    def holds(self) -> bool:
        return not self.difference
