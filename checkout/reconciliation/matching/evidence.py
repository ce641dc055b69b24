"""What else is known of lines that nothing under their number answers to: their payment, its captures, the other lines of an
entry, the claims that the PSP has not paid, and what was rounded before. A few lines of a night; their numbers bound each read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.reconciliation.desk.rest import claims_of
from checkout.reconciliation.matching.classify import DifferingLine
from checkout.reconciliation.matching.differences import payment_named

PAYMENTS: Final = "SELECT id, status, method FROM payments WHERE id = ANY(%(ids)s)"
CAPTURED: Final = """
    SELECT e.id, e.source, p.amount_minor AS minor, p.currency,
           EXISTS (SELECT 1 FROM psp_numbers n WHERE n.entry_id = e.id AND n.psp = %(psp)s) AS numbered
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance' AND a.owner = %(psp)s
     WHERE e.source = ANY(%(names)s) AND e.kind IN ('payment_captured', 'payment_unapplied', 'wallet_topped_up')
     ORDER BY e.sequence
"""
# Entries that several lines make up: what the entry moved, and what the lines say together, each number once.
SHARED: Final = """
    SELECT n.entry_id, sum(t.gross_minor)::bigint AS told, min(b.minor)::bigint AS minor
      FROM psp_numbers n
      JOIN LATERAL (SELECT l.gross_minor FROM settlement_lines l
                      JOIN settlement_files f ON f.id = l.file_id AND f.status <> 'rejected'
                     WHERE l.psp = %(psp)s AND l.number = n.number ORDER BY l.business_on, l.line LIMIT 1) t ON true
      JOIN LATERAL (SELECT sum(p.amount_minor) AS minor FROM postings p
                      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
                     WHERE p.entry_id = n.entry_id) b ON true
     WHERE n.psp = %(psp)s AND n.part = 'movement' AND n.entry_id = ANY(%(entries)s)
     GROUP BY n.entry_id HAVING count(*) > 1
"""
# Lines of the days around that nothing answered to either: parts of what stands in this day's file.
AROUND: Final = """
    SELECT d.payment_id, l.number, l.gross_minor, l.currency
      FROM settlement_differences d
      JOIN settlement_lines l ON l.file_id = d.file_id AND l.line = d.line AND l.kind = 'charge'
     WHERE d.psp = %(psp)s AND d.gone_at IS NULL AND d.payment_id = ANY(%(ids)s)
       AND d.business_on BETWEEN %(first_on)s AND %(last_on)s AND NOT l.file_id = ANY(%(files)s)
       AND d.code IN ('missing_in_ledger', 'amount_mismatch', 'duplicate_capture')
       AND NOT EXISTS (SELECT 1 FROM psp_numbers n WHERE n.psp = %(psp)s AND n.number = l.number)
     ORDER BY l.business_on, l.line
"""
ROUNDED: Final = """
    SELECT e.source, p.currency, sum(abs(p.amount_minor))::bigint AS minor
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance' AND a.owner = %(psp)s
     WHERE e.source = ANY(%(files)s) AND e.kind = 'rounding_booked' GROUP BY e.source, p.currency
"""


@dataclass(frozen=True, slots=True)
class KnownPayment:
    """As it stands by our books."""

    status: str
    method: str | None


@dataclass(frozen=True, slots=True)
class Captured:
    """An entry that took a payment's money. numbered: a movement of the PSP is known for it."""

    entry_id: UUID
    minor: int
    currency: str
    numbered: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A line of another day's file, of the same payment."""

    number: str
    gross_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """By payment, by entry (what it moved, what its lines say together), by alert, and by file and currency."""

    payments: Mapping[UUID, KnownPayment] = field(default_factory=dict)
    captured: Mapping[UUID, Sequence[Captured]] = field(default_factory=dict)
    shared: Mapping[UUID, tuple[int, int]] = field(default_factory=dict)
    around: Mapping[UUID, Sequence[Part]] = field(default_factory=dict)
    claims: Sequence[tuple[str, Money]] = ()
    rounded: Mapping[tuple[UUID, str], int] = field(default_factory=dict)


def gather(
    session: Session,
    lines: Sequence[DifferingLine],
    *,
    psp: str,
    files: Sequence[UUID],
    first_on: date,
    last_on: date,
) -> Evidence:
    """Of these lines, which stand in these files; lines around them are looked for from one day to the other."""
    if not lines:
        return Evidence()
    ids = sorted({id for line in lines if (id := payment_of(line)) is not None})
    return Evidence(
        payments=_payments(session, ids),
        captured=_captured(session, ids, psp),
        shared=_shared(session, lines, psp),
        around=_around(session, ids, psp=psp, files=list(files), first_on=first_on, last_on=last_on),
        claims=_claims(session, lines, psp),
        rounded=_rounded(session, files, psp),
    )


def payment_of(line: DifferingLine) -> UUID | None:
    """The payment that the line names, or that the charge it names belongs to."""
    return payment_named(line.reference, line.charge_source)


def _payments(session: Session, ids: Sequence[UUID]) -> dict[UUID, KnownPayment]:
    rows = execute(session, PAYMENTS, ids=list(ids)) if ids else ()
    return {row.id: KnownPayment(row.status, row.method) for row in rows}


def _captured(session: Session, ids: Sequence[UUID], psp: str) -> dict[UUID, list[Captured]]:
    names = {encode("pay", id): id for id in ids}
    found: dict[UUID, list[Captured]] = {}
    for row in execute(session, CAPTURED, names=list(names), psp=psp) if names else ():
        entry = Captured(row.id, row.minor, row.currency, row.numbered)
        found.setdefault(names[row.source], []).append(entry)
    return found


def _shared(session: Session, lines: Sequence[DifferingLine], psp: str) -> dict[UUID, tuple[int, int]]:
    entries = sorted({line.entry_id for line in lines if line.entry_id is not None})
    rows = execute(session, SHARED, entries=entries, psp=psp) if entries else ()
    return {row.entry_id: (row.minor, row.told) for row in rows}


def _around(
    session: Session, ids: Sequence[UUID], *, psp: str, files: list[UUID], first_on: date, last_on: date
) -> dict[UUID, list[Part]]:
    found: dict[UUID, list[Part]] = {}
    if not ids:
        return found
    rows = execute(session, AROUND, ids=list(ids), psp=psp, files=files, first_on=first_on, last_on=last_on)
    for row in rows:
        found.setdefault(row.payment_id, []).append(Part(row.number, row.gross_minor, row.currency))
    return found


def _claims(session: Session, lines: Sequence[DifferingLine], psp: str) -> list[tuple[str, Money]]:
    currencies = sorted({line.currency for line in lines if line.kind == "adjustment" and line.net_minor > 0})
    if not currencies:
        return []
    open_ones = [claim for currency in currencies for claim in claims_of(session, psp, currency)]
    return sorted((encode("alr", claim.alert_id), claim.left) for claim in open_ones)


def _rounded(session: Session, files: Sequence[UUID], psp: str) -> dict[tuple[UUID, str], int]:
    names = {encode("file", id): id for id in files}
    rows = execute(session, ROUNDED, files=list(names), psp=psp)
    return {(names[row.source], row.currency): row.minor for row in rows}
