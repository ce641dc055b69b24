"""The third leg: what a bank statement shows of the PSPs' payouts to our bank. A credit that is a payout, or several, is
their arrival; what the bank sends back goes on its way again; its costs are booked. What else comes in is told to finance,
and so is a payout that no statement shows in time. What else goes out is nobody's payout, and left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.ledger import bank_recipes, journal, payout_recipes
from checkout.ledger.entry import Entry
from checkout.reconciliation.bank import statements
from checkout.reconciliation.bank.arrivals import WORDS, Credit, Finding, PayoutSent, Share, pair
from checkout.reconciliation.bank.late import late_payouts, payouts_sent
from checkout.reconciliation.bank.repeated import shown_before
from checkout.reconciliation.matching.differences import Difference
from checkout.reconciliation.queries import SettlementFile

LINES_MOST: Final = 10_000  # rows of a statement: a day has some dozen
ARRIVED_MOST: Final = 10_000
BEFORE: Final = timedelta(days=1)  # a bank books by its own clock
AFTER: Final = timedelta(days=10)  # the longest way of a payout, with holidays
RETURNED_WITHIN: Final = timedelta(days=60)  # after that a bank asks before it takes anything back
RUNS_LOCK: Final = 7_203_004_117  # one run of the bank's leg at a time: a payout arrives once
KINDS: Final = ("psp_payout_received", "psp_payout_returned", "bank_fee")


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of a statement with where it stands. A negative amount went out."""

    file_id: UUID
    line: int
    kind: str
    number: str
    type: str
    source_id: str
    credit: Credit

    @property
    def key(self) -> str:
        """What names what is booked of it."""
        return f"{encode('file', self.file_id)}:{self.line}"

    @property
    def amount(self) -> Money:
        return Money(self.credit.amount_minor, self.credit.currency)


@dataclass(frozen=True, slots=True)
class _Read:
    """The rows that are not booked yet: the credits with what they are, what was sent back with the payout that it was,
    the bank's costs, and what another statement has shown already, with where."""

    credits: Sequence[tuple[_Line, Finding]]
    returns: Sequence[tuple[_Line, PayoutSent | None]]
    costs: Sequence[_Line]
    repeated: Sequence[tuple[_Line, str]]


def book_arrivals(files: Sequence[SettlementFile], psp: str, cause: Cause) -> int:
    """Posts what the statements prove: arrivals, what was sent back, costs. Returns how many entries.

    Owns its transaction; run again, or beside another, each payout arrives once.
    """
    accounts = {file.id: file.account or psp for file in files}

    def unit() -> int:
        with atomic() as session:
            execute(session, "SELECT pg_advisory_xact_lock(%(lock)s)", lock=RUNS_LOCK)
            entries = list(_entries(_read(session, files), accounts))
            for entry in entries:
                journal.post(session, entry, cause=cause)
            return len(entries)

    return retrying(unit) if files else 0


def unmatched_credits(session: Session, files: Sequence[SettlementFile]) -> list[Difference]:
    """The rows of the statements that should be a payout's and are none's, each with why; and the payouts that no
    statement has shown in time by the statements' day."""
    if not files:
        return []
    read = _read(session, files)
    found = [_of_credit(line, finding) for line, finding in read.credits]
    found += [_of_return(line) for line, payout in read.returns if payout is None]
    found += [_of_repeated(line, first) for line, first in read.repeated if line.kind != "adjustment"]
    return found + late_payouts(session, max(file.business_on for file in files), now=utcnow())


def _entries(read: _Read, accounts: dict[UUID, str]) -> Iterator[Entry]:
    for line, finding in read.credits:
        for n, share in enumerate(finding.shares, 1):
            yield payout_recipes.psp_payout_received(
                psp=share.payout.psp,
                bank_account=accounts[line.file_id],
                statement_line=line.key if n == 1 else f"{line.key}#{n}",
                number=share.payout.number,
                amount=Money(share.amount_minor, line.credit.currency),
                effective_at=line.credit.booked_at,
            )
    for line, payout in read.returns:
        if payout is not None:
            yield bank_recipes.psp_payout_returned(
                psp=payout.psp,
                bank_account=accounts[line.file_id],
                statement_line=line.key,
                number=payout.number,
                amount=-line.amount,
                effective_at=line.credit.booked_at,
            )
    for line in read.costs:
        yield bank_recipes.bank_fee(
            bank_account=accounts[line.file_id],
            statement_line=line.key,
            fee=-line.amount,
            effective_at=line.credit.booked_at,
        )


def _read(session: Session, files: Sequence[SettlementFile]) -> _Read:
    rows = execute(session, statements.ROWS, files=[file.id for file in files], limit=LINES_MOST).all()
    lines = [_line(row) for row in rows]
    keys = [line.key for line in lines]
    booked = set(execute(session, statements.BOOKED, keys=keys, kinds=list(KINDS)).scalars())
    lines = [line for line in lines if line.key not in booked]
    shown = shown_before(session, files, kinds=KINDS)
    repeated = [(line, shown[line.key]) for line in lines if line.key in shown]
    lines = [line for line in lines if line.key not in shown]
    credits = [line for line in lines if line.kind == "payout"]
    out = [line for line in lines if line.kind in ("payout_reversal", "adjustment")]
    costs = [line for line in lines if line.kind == "fee" and line.credit.amount_minor]
    return _Read(_findings(session, credits), _returns(session, out), costs, repeated)


def _findings(session: Session, lines: Sequence[_Line]) -> list[tuple[_Line, Finding]]:
    if not lines:
        return []
    times = [line.credit.booked_at for line in lines]
    sent = payouts_sent(session, since=min(times) - AFTER, until=max(times) + BEFORE)
    credits = [line.credit for line in lines]
    return list(zip(lines, pair(credits, sent, before=BEFORE, after=AFTER), strict=True))


def _returns(session: Session, lines: Sequence[_Line]) -> list[tuple[_Line, PayoutSent | None]]:
    """What went out and is a payout's return: said to be one by the bank, or named by its text. Each payout once."""
    if not lines:
        return []
    since = min(line.credit.booked_at for line in lines) - RETURNED_WITHIN
    rows = execute(session, statements.ARRIVED, since=since, limit=ARRIVED_MOST)
    arrived = [PayoutSent(**row._mapping) for row in rows]
    found: list[tuple[_Line, PayoutSent | None]] = []
    for line in lines:
        named = [payout for payout in arrived if _names(line, payout) and _is_all_of(line, payout)]
        alike = named or [payout for payout in arrived if _is_all_of(line, payout)]
        payout = alike[0] if len(alike) == 1 else None
        if line.kind == "adjustment" and not named:
            continue  # it goes out for something of our own
        found.append((line, payout))
        arrived = [each for each in arrived if each is not payout]
    return found


def _names(line: _Line, payout: PayoutSent) -> bool:
    words = set(WORDS.findall(line.credit.reference))
    return payout.number in words or bool(payout.source_id and payout.source_id in words)


def _is_all_of(line: _Line, payout: PayoutSent) -> bool:
    return (
        payout.amount_minor == -line.credit.amount_minor
        and payout.currency == line.credit.currency
        and payout.effective_at <= line.credit.booked_at + BEFORE
    )


def _line(row: Any) -> _Line:
    credit = Credit(
        reference=f"{row.source_id} {row.reference}",
        amount_minor=row.gross_minor,
        currency=row.currency,
        booked_at=row.occurred_at,
    )
    return _Line(row.file_id, row.line, row.kind, row.number, row.type, row.source_id, credit)


def _of_credit(line: _Line, found: Finding) -> Difference:
    detail = found.detail or f"It could be {_numbers(found.shares)}, whose arrival is not booked."
    return _difference(line, found.named.amount_minor if found.named else None, detail)


def _of_return(line: _Line) -> Difference:
    return _difference(line, None, "The bank took it back, and no payout that arrived has this amount.")


def _of_repeated(line: _Line, first: str) -> Difference:
    detail = (
        f"The same entry stands in another statement of the account ({first}): nothing is booked of it twice."
    )
    return replace(_difference(line, 0, detail), code="duplicate_line")


def _numbers(shares: Sequence[Share]) -> str:
    return "the payout " + ", ".join(share.payout.number for share in shares)


def _difference(line: _Line, ours: int | None, detail: str) -> Difference:
    theirs = line.credit.amount_minor
    return Difference(
        code="payout_mismatch",
        subject=line.key,
        file_id=line.file_id,
        line=line.line,
        entry_id=None,
        payment_id=None,
        number=line.number,
        source_id=line.source_id,
        ours_minor=ours,
        theirs_minor=theirs,
        difference_minor=(ours or 0) - theirs,
        balance_minor=0,  # no balance at a PSP is off by it: there is nothing to claim, write off or put aside there
        currency=line.credit.currency,
        detail=f"Line {line.line} ({line.type}, {line.number}): {detail}",
    )
