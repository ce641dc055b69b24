"""How a file of the journal is laid out: what stands above the rows, and the rows of the lines that belong together.

Pure. A layout is two functions; a cell is text, already safe for a spreadsheet where it is not ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from checkout.accounting.journal_lines import Line
from checkout.accounting.periods import Period
from checkout.accounting.profiles import Profile
from checkout.core.ids import encode
from checkout.wording.spreadsheet_cells import defused
from checkout.wording.times import machine

Row = Sequence[str]

GENERIC_HEADER: Final = (
    "entry sequence date effective_at happened_at recorded_at type source cause account account_number owner order"
    " debit credit amount_minor currency postings"
).split()
QUICKBOOKS_HEADER: Final = "JournalNo JournalDate AccountName Debits Credits Description Currency".split()
# The first fourteen columns of a batch of bookings; the format has more, which may be left out at the end.
DATEV_HEADER: Final = (
    "Umsatz (ohne Soll/Haben-Kz)",
    "Soll/Haben-Kennzeichen",
    "WKZ Umsatz",
    "Kurs",
    "Basis-Umsatz",
    "WKZ Basis-Umsatz",
    "Konto",
    "Gegenkonto (ohne BU-Schlüssel)",
    "BU-Schlüssel",
    "Belegdatum",
    "Belegfeld 1",
    "Belegfeld 2",
    "Skonto",
    "Buchungstext",
)
DATEV_VERSION: Final = ("EXTF", "700", "21", "Buchungsstapel", "13")
DATEV_FIELD_LENGTH: Final = 36  # of Belegfeld 1
DATEV_TEXT_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself. `made_at`: of a locked period the time of its lock, so that the file stays the same."""

    profile: Profile
    period: Period
    made_at: datetime


def above(about: About) -> list[Row]:
    """The rows before the first line."""
    match about.profile.layout:
        case "datev":
            return [_datev_head(about), DATEV_HEADER]
        case "quickbooks":
            return [QUICKBOOKS_HEADER]
        case _:
            return [GENERIC_HEADER]


def rows_of(profile: Profile) -> Callable[[list[Line]], list[Row]]:
    """What turns the lines that belong together into rows."""
    make = {"generic": _generic, "quickbooks": _quickbooks, "datev": _datev}[profile.layout]
    return lambda lines: make(profile, lines)


def json_line(profile: Profile, line: Line) -> str:
    """One line as JSON; amounts in minor units, whatever the profile says, for JSON has no decimals to trust."""
    number = profile.account(line.account, line.currency)
    document = {
        "entry": line.entry or None,
        "sequence": line.sequence or None,
        "date": line.day.isoformat(),
        "effective_at": _moment(line.effective_at) or None,
        "happened_at": _moment(line.happened_at) or None,
        "recorded_at": _moment(line.recorded_at) or None,
        "type": line.kind or None,
        "source": line.source or None,
        "cause": line.cause or None,
        "account": line.account,
        "account_number": number,
        "owner": line.owner or None,
        "order": encode("ord", line.order_id) if line.order_id else None,
        "debit": line.debit_minor,
        "credit": line.credit_minor,
        "currency": line.currency,
        "postings": line.postings,
    }
    return json.dumps(document, ensure_ascii=False) + "\n"


def _generic(profile: Profile, lines: list[Line]) -> list[Row]:
    return [
        (
            line.entry,
            str(line.sequence) if line.sequence else "",
            _day(line.day, profile.date_format),
            _moment(line.effective_at),
            _moment(line.happened_at),
            _moment(line.recorded_at),
            line.kind,
            defused(line.source),
            defused(line.cause),
            line.account,
            profile.account(line.account, line.currency),
            defused(line.owner),
            encode("ord", line.order_id) if line.order_id else "",
            *_sides(profile, line),
            str(line.debit_minor - line.credit_minor),
            line.currency,
            str(line.postings),
        )
        for line in lines
    ]


def _quickbooks(profile: Profile, lines: list[Line]) -> list[Row]:
    """A sum may have both sides: it is then two rows, for a row there has one."""
    return [
        (
            line.entry or f"{line.day.isoformat()} {line.currency}",
            _day(line.day, profile.date_format),
            profile.account(line.account, line.currency),
            *_sides(profile, side),
            defused(" ".join(part for part in (line.kind, line.source) if part) or "Sum of the day"),
            line.currency,
        )
        for line in lines
        for side in _halves(line)
    ]


def _datev(profile: Profile, lines: list[Line]) -> list[Row]:
    """Two legs are one row, an account against the other; more are one row each, against the clearing account, which
    they leave at nothing."""
    sides = [side for line in lines for side in _halves(line)]
    debits = [side for side in sides if side.debit_minor]
    credits = [side for side in sides if side.credit_minor]
    if len(debits) == len(credits) == 1 and debits[0].debit_minor == credits[0].credit_minor:
        against = profile.account(credits[0].account, credits[0].currency)
        return [_datev_row(profile, debits[0], against)]
    return [_datev_row(profile, side, profile.clearing) for side in sides]


def _datev_row(profile: Profile, side: Line, against: str) -> Row:
    minor = side.debit_minor or side.credit_minor
    reference = side.entry.removeprefix("jrn_") or f"{side.day:%Y%m%d}"
    text = " ".join(part for part in (side.kind, side.source) if part) or f"Sum {side.account}"
    return (
        profile.amount(minor, side.currency),
        "S" if side.debit_minor else "H",
        side.currency,
        "",
        "",
        "",
        profile.account(side.account, side.currency),
        against,
        "",
        f"{side.day:%d%m}",
        reference[:DATEV_FIELD_LENGTH],
        "",
        "",
        defused(text.replace("_", " "))[:DATEV_TEXT_LENGTH],
    )


def _datev_head(about: About) -> Row:
    """Thirty-one fields: what the file is, whose, of which period, in which currency."""
    datev = about.profile.datev
    assert datev is not None, "a profile of this layout has it"
    made = about.made_at.astimezone(about.period.zone)
    (currency,) = about.profile.currencies
    return (
        *DATEV_VERSION,
        f"{made:%Y%m%d%H%M%S}{made.microsecond // 1000:03}",
        "", "", "", "",
        str(datev.consultant),
        str(datev.client),
        f"{_year_begins(about.period.first_on, datev.year_begins_in):%Y%m%d}",
        str(datev.account_length),
        f"{about.period.first_on:%Y%m%d}",
        f"{about.period.last_on:%Y%m%d}",
        f"Journal {about.period.name}"[:30],
        "", "1", "0", "0", currency,
        *[""] * 9,
    )  # fmt: skip


def _year_begins(day: date, month: int) -> date:
    return date(day.year if day.month >= month else day.year - 1, month, 1)


def _halves(line: Line) -> list[Line]:
    if not (line.debit_minor and line.credit_minor):
        return [line]
    return [replace(line, credit_minor=0), replace(line, debit_minor=0)]


def _sides(profile: Profile, line: Line) -> tuple[str, str]:
    debit, credit = (
        profile.amount(minor, line.currency) if minor else ""
        for minor in (line.debit_minor, line.credit_minor)
    )
    return debit, credit


@lru_cache(maxsize=1024)
def _day(day: date, form: str) -> str:
    return day.strftime(form)


@lru_cache(maxsize=1024)  # an entry's postings have the same
def _moment(at: datetime | None) -> str:
    return machine(at) if at else ""
