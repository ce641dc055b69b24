"""A difference of a day, as it is found; keeping.py writes it down. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from checkout.core.ids import MalformedId, decode, encode
from checkout.core.money import Money
from checkout.reconciliation.matching.classify import KEPT_OUT, DifferingLine, Verdict
from checkout.reconciliation.matching.compare import FurtherLines


@dataclass(frozen=True, slots=True)
class Difference:
    """`subject` names it once within its day and code: the line, or the entry that no line tells of."""

    code: str
    subject: str
    file_id: UUID | None
    line: int | None
    entry_id: UUID | None
    payment_id: UUID | None
    number: str
    source_id: str
    ours_minor: int | None
    theirs_minor: int | None
    difference_minor: int
    balance_minor: int
    currency: str
    detail: str

    @classmethod
    def of_line(cls, line: DifferingLine, verdict: Verdict) -> Difference:
        assert verdict.code is not None, "a line that matches is no difference"
        return cls(
            code=verdict.code,
            subject=f"{encode('file', line.file_id)}:{line.line}",
            file_id=line.file_id,
            line=line.line,
            entry_id=line.entry_id or line.charge_entry_id,
            payment_id=payment_named(line.reference, line.entry_source, line.charge_source),
            number=line.number,
            source_id=line.source_id,
            ours_minor=verdict.ours_minor,
            theirs_minor=verdict.theirs_minor,
            difference_minor=verdict.difference_minor,
            balance_minor=verdict.balance_minor,
            currency=line.currency,
            detail=f"Line {line.line} ({line.type}, {line.number}): {verdict.detail}",
        )

    @classmethod
    def of_further(cls, further: FurtherLines) -> Difference:
        ours, theirs = (Money(minor, further.currency) for minor in (further.ours, further.theirs))
        return cls(
            code="amount_mismatch" if further.ours else "unknown_reference",
            subject=f"further:{further.currency}",
            file_id=further.file_id,
            line=further.line,
            entry_id=None,
            payment_id=None,
            number="",
            source_id="",
            ours_minor=further.ours,
            theirs_minor=further.theirs,
            difference_minor=further.ours - further.theirs,
            balance_minor=further.beyond,
            currency=further.currency,
            detail=(
                f"{further.lines:,} further rows in {further.currency} differ, the first on line {further.line}; so many do "
                f"that these were not looked at one by one. Ours is {ours}, the file says {theirs}."
            ),
        )

    @classmethod
    def of_entry(
        cls,
        *,
        entry_id: UUID,
        kind: str,
        source: str,
        source_key: str,
        number: str,
        minor: int,
        net_minor: int,
        currency: str,
    ) -> Difference:
        return cls(
            code="missing_at_psp",
            subject=encode("jrn", entry_id),
            file_id=None,
            line=None,
            entry_id=entry_id,
            payment_id=payment_named(source),
            number=number,
            source_id=source_key if source_key != number else "",
            ours_minor=minor,
            theirs_minor=0,
            difference_minor=minor,
            balance_minor=net_minor,
            currency=currency,
            detail=f"We booked {kind} ({source_key}); no line of the files around that day tells of it.",
        )

    @classmethod
    def of_rejected(
        cls,
        *,
        code: str,
        file_id: UUID,
        line: int,
        entry_id: UUID,
        source: str,
        number: str,
        source_id: str,
        minor: int,
        net_minor: int,
        currency: str,
        detail: str,
    ) -> Difference:
        return cls(
            code=code,
            subject=f"{encode('file', file_id)}:{line}",
            file_id=file_id,
            line=line,
            entry_id=entry_id,
            payment_id=payment_named(source),
            number=number,
            source_id=source_id,
            ours_minor=minor,
            theirs_minor=None,
            difference_minor=minor,
            balance_minor=net_minor,
            currency=currency,
            detail=f"Line {line} ({number}) was kept out: {detail}",
        )


def dedupe_key(difference: Difference, psp: str, business_on: date) -> str:
    """A row that was kept out has its alert since it was received."""
    if difference.code in KEPT_OUT:
        return rejected_key(difference.code, difference.file_id, difference.line)
    return f"settlement:{psp}:{business_on}:{difference.code}:{difference.subject}"


def rejected_key(code: str, file_id: UUID | None, line: int | None) -> str:
    """What names the alert of a row that was kept out."""
    return f"{code}:{file_id}:{line}"


def payment_named(*names: str | None) -> UUID | None:
    """The first that is a payment's id."""
    for name in names:
        try:
            if name:
                return decode("pay", name)
        except MalformedId:
            continue
    return None
