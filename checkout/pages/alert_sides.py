"""An alert's two sides, field by field: what our journal has, and what the file's row says; those that differ first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.pages import access
from checkout.reporting import books, settlement_rows
from checkout.reporting.alerts import AlertRow
from checkout.reporting.books import EntryView
from checkout.reporting.settlement_rows import FileRow

NOT_THERE = "not there"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that both sides say, or only one of them."""

    name: str
    ours: str | Money | None
    theirs: str | Money | None

    @property
    def same(self) -> bool:
        return self.ours == self.theirs


@dataclass(frozen=True, slots=True)
class Sides:
    """`entries`: ours, the movement's and its fee's. `row`: theirs. `differing` and `equal` are all fields."""

    entries: Sequence[EntryView]
    row: FileRow | None
    file: str | None
    differing: Sequence[Field]
    equal: Sequence[Field]


def sides_of(alert: AlertRow) -> Sides | None:
    """None: the alert is of no settlement file."""
    if alert.psp is None:
        return None
    entries = _entries(alert)
    row = _row(alert)
    fields = _fields(entries, row)
    return Sides(
        entries=entries if access.may("ledger:read") else (),
        row=row,
        file=encode("file", alert.file_id) if alert.file_id else None,
        differing=[field for field in fields if not field.same],
        equal=[field for field in fields if field.same],
    )


def _entries(alert: AlertRow) -> list[EntryView]:
    if alert.entry_id is None:
        return []
    movement = books.get_entry(alert.entry_id)
    fee = books.fee_beside(str(alert.psp), alert.number or "", alert.entry_id)
    return [movement, books.get_entry(fee)] if fee else [movement]


def _row(alert: AlertRow) -> FileRow | None:
    if alert.file_id is None or alert.line is None:
        return None
    rows = settlement_rows.rows_of(alert.file_id, first=alert.line, limit=1)
    return rows[0] if rows else None


def _fields(entries: Sequence[EntryView], row: FileRow | None) -> list[Field]:
    theirs = row.parsed if row else None
    movement = entries[0] if entries else None
    gross = _at_psp(movement) if movement else None
    fee = -_at_psp(entries[1]) if len(entries) > 1 else (Money.zero(gross.currency) if gross else None)
    net = gross - fee if gross is not None and fee is not None and fee.currency == gross.currency else None
    return [
        Field("Gross", gross, theirs.gross if theirs else None),
        Field("Fee", fee, theirs.fee if theirs else None),
        Field("Net", net, theirs.net if theirs else None),
        Field("Currency", gross.currency if gross else None, theirs.gross.currency if theirs else None),
        Field("PSP's number", _number(movement), theirs.number if theirs else None),
        Field(
            "PSP's object", movement.source_key if movement else None, theirs.source_id if theirs else None
        ),
        Field(
            "Our reference",
            movement.source if movement else None,
            (theirs.reference or None) if theirs else None,
        ),
        Field(
            "Moment",
            _moment(movement.effective_at) if movement else None,
            _moment(theirs.occurred_at) if theirs else None,
        ),
    ]


def _at_psp(entry: EntryView) -> Money:
    """What the entry does to our balance with the PSP."""
    legs = [leg.amount for leg in entry.postings if leg.account == "psp_balance"]
    currency = legs[0].currency if legs else entry.postings[0].amount.currency
    return Money(sum(leg.amount_minor for leg in legs if leg.currency == currency), currency)


def _number(entry: EntryView | None) -> str | None:
    return next((number for _, number, part in entry.numbers if part == "movement"), None) if entry else None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
