"""Correct an entry by another one: the opposite of it, or an amount put onto another account. One person proposes, another
decides; the entry itself stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from checkout import approvals, audit
from checkout.accounting.periods import FIRST_YEAR
from checkout.alerts import desk
from checkout.approvals import Approval
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import MalformedId, decode, encode, new_uuid
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.ledger import journal, reverse
from checkout.ledger.correction_recipes import MOVABLE, amount_reclassified
from checkout.ledger.errors import EntryNotFound, ReversalRefused
from checkout.ledger.periods import effect_of
from checkout.ledger.queries import JournalEntry, get_entry
from checkout.reconciliation.desk import rest
from checkout.tasks import ClaimedTask

REVERSE: Final = "journal.reverse"
RECLASSIFY: Final = "journal.reclassify"
REASON_LENGTH: Final = 500
_MOVED: Final = """
    SELECT a.kind, p.currency, sum(p.amount_minor)::bigint AS minor
      FROM journal_entries e JOIN postings p ON p.entry_id = e.id JOIN ledger_accounts a ON a.id = p.account_id
     WHERE e.source = %(source)s AND e.kind = 'amount_reclassified'
       AND NOT EXISTS (SELECT FROM journal_entries b WHERE b.reverses_entry_id = e.id) GROUP BY a.kind, p.currency
"""
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%(entry)s, 0))"
NOON: Final = time(12)  # of the day that somebody chose: the same day in every zone nearby


@dataclass(frozen=True, slots=True)
class Reclassification:
    """So much of what an entry has on one expense belongs to another, as of a business day; None: as of the decision."""

    of: str
    onto: str
    amount: Money
    on: date | None


def propose_reversal(session: Session, entry_id: UUID, *, reason: str, cause: Cause) -> UUID:
    """Asks a second person to post the opposite of an entry; returns the approval's id.

    Raises:
        EntryNotFound. InvalidParameter: no reason. ReversalRefused: this one must stand. AlreadyProposed.
    """
    entry = _entry(session, entry_id)
    reverse.refuse_what_must_stand(session, entry)
    return _propose(session, REVERSE, entry, {**_size(entry)}, reason, cause)


def propose_reclassification(
    session: Session, entry_id: UUID, wanted: Reclassification, *, zone: ZoneInfo, reason: str, cause: Cause
) -> UUID:
    """Asks a second person to put an amount onto another expense; returns the approval's id.

    Raises:
        EntryNotFound. InvalidParameter: no reason, no such accounts, more than the entry has there, or a day to
            come or before all books.
        PeriodLocked: the day lies in a locked period. AlreadyProposed.
    """
    entry = _entry(session, entry_id)
    _check(session, entry, wanted)
    now = utcnow()
    if wanted.on is not None and wanted.on > now.astimezone(zone).date():
        raise InvalidParameter.at("/on", "a correction counts today or on a day before")
    if wanted.on is not None and wanted.on.year < FIRST_YEAR:
        raise InvalidParameter.at("/on", f"books begin with {FIRST_YEAR}: no export would ever show it")
    at = _moment(wanted.on, zone, now)
    tried = _recipe(new_uuid(), entry_id, wanted, at)
    effect_of(session, tried, recorded_at=now)
    proposal = {
        "of": wanted.of,
        "onto": wanted.onto,
        "amount": wanted.amount.amount_minor,
        "currency": wanted.amount.currency,
        "effective_at": at.isoformat() if at else None,
    }
    return _propose(session, RECLASSIFY, entry, proposal, reason, cause)


def apply_decision(session: Session, task: ClaimedTask) -> None:
    """Handles `accounting.correction_decided` {"approval": "apr_…"}: posts what was approved, once. Where the day's period
    was locked meanwhile, it counts as of now, and says which day was meant."""
    decision = approvals.get_approval(decode("apr", task.args["approval"]))
    if decision.status != "approved":
        return
    entry_id = decode("jrn", decision.subject)
    execute(session, _ONE_AT_A_TIME, entry=decision.subject)
    posted = (
        _reverse(session, entry_id, task.cause)
        if decision.kind == REVERSE
        else _reclassify(session, entry_id, decision, task.cause)
    )
    audit.record(
        session,
        actor=decision.decided_by or str(task.cause),
        action=decision.kind,
        object=decision.subject,
        after={"entry": posted},
        reason=decision.proposal["reason"],
    )


def may_be_reversed(session: Session, entry: JournalEntry) -> str:
    """Empty, or why not."""
    try:
        reverse.refuse_what_must_stand(session, entry)
    except ReversalRefused as refusal:
        return refusal.detail
    return ""


def movable(session: Session, entry: JournalEntry) -> list[tuple[str, Money]]:
    """What of an entry still lies on expenses that can be told apart anew, debit positive."""
    name = encode("jrn", entry.id)
    if entry.kind == "reversal" or journal.find(session, "reversal", name) is not None:
        return []
    rows = execute(session, _MOVED, source=name)
    moved = {(row.kind, row.currency): row.minor for row in rows}
    left = [
        (
            line.account_kind,
            Money(line.amount_minor + moved.get((line.account_kind, line.currency), 0), line.currency),
        )
        for line in entry.lines
        if line.account_kind in MOVABLE
    ]
    return [(kind, amount) for kind, amount in left if amount]


def _reverse(session: Session, entry_id: UUID, cause: Cause) -> str | None:
    """None where meanwhile it was reversed, or an account would end on its wrong side: nothing stays of the attempt."""
    alert_id = _explains(_entry(session, entry_id))
    if alert_id is not None:
        rest.lock(session, [alert_id])
    try:
        with session.begin_nested():
            posted = encode("jrn", reverse.reverse_entry(session, entry_id, cause=cause).id)
    except ReversalRefused:
        return None
    if alert_id is not None:
        _open_again(session, alert_id, posted, cause)
    return posted


def _explains(entry: JournalEntry) -> UUID | None:
    """The alert whose difference the entry explained."""
    try:
        return decode("alr", entry.source)
    except MalformedId:
        return None


def _open_again(session: Session, alert_id: UUID, posted: str, cause: Cause) -> None:
    """What the entry explained is unexplained again, whatever day it is of."""
    with suppress(NotFound, desk.InvalidAlertState):  # of no settlement; or it is open, or a newer one is
        if left := rest.unexplained(session, alert_id).beyond:
            desk.reopen(session, alert_id, reason=f"{left} is not explained any more: {posted}", by=cause)


def _reclassify(session: Session, entry_id: UUID, decision: Approval, cause: Cause) -> str | None:
    said = decision.proposal
    wanted = Reclassification(said["of"], said["onto"], Money(said["amount"], said["currency"]), None)
    at = datetime.fromisoformat(said["effective_at"]) if said["effective_at"] else None
    try:
        _check(session, _entry(session, entry_id), wanted)
    except InvalidParameter:
        return None
    entry = amount_reclassified(
        approval_id=decision.id,
        entry_id=entry_id,
        of=wanted.of,
        onto=wanted.onto,
        amount=wanted.amount,
        effective_at=at,
    )
    posted = journal.post(session, entry, cause=cause)
    return encode("jrn", posted.id) if posted else None


def _recipe(id: UUID, entry_id: UUID, wanted: Reclassification, at: datetime | None) -> Any:
    return amount_reclassified(
        approval_id=id,
        entry_id=entry_id,
        of=wanted.of,
        onto=wanted.onto,
        amount=wanted.amount,
        effective_at=at,
        when_locked="refuse",
    )


def _check(session: Session, entry: JournalEntry, wanted: Reclassification) -> None:
    there = {
        kind: amount for kind, amount in movable(session, entry) if amount.currency == wanted.amount.currency
    }
    if wanted.of not in there:
        raise InvalidParameter.at("/of", "the entry has nothing on this account that can be moved")
    if wanted.onto not in MOVABLE or wanted.onto == wanted.of:
        raise InvalidParameter.at("/onto", f"choose another of {', '.join(MOVABLE)}")
    whole, part = there[wanted.of].amount_minor, wanted.amount.amount_minor
    if part == 0 or (part > 0) != (whole > 0) or abs(part) > abs(whole):
        raise InvalidParameter.at(
            "/amount", f"the entry has {there[wanted.of]} there: name that or a part of it"
        )


def _entry(session: Session, entry_id: UUID) -> JournalEntry:
    entry = get_entry(session.connection(), entry_id)
    if entry is None:
        raise EntryNotFound("no such journal entry")
    return entry


def _size(entry: JournalEntry) -> dict[str, Any]:
    """What an entry of one currency moves; one of two is named by the entry alone."""
    currencies = {line.currency for line in entry.lines}
    if len(currencies) != 1:
        return {}
    moved = sum(line.amount_minor for line in entry.lines if line.amount_minor > 0)
    return {"amount": moved, "currency": currencies.pop()}


def _moment(on: date | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    if on is None or on == now.astimezone(zone).date():
        return None
    return datetime.combine(on, NOON, zone)


def _propose(
    session: Session, kind: str, entry: JournalEntry, proposal: Mapping[str, Any], reason: str, cause: Cause
) -> UUID:
    why = reason.strip()
    if not why or len(why) > REASON_LENGTH:
        raise InvalidParameter.at("/reason", f"say why, in at most {REASON_LENGTH} characters")
    return approvals.propose(
        session,
        kind=kind,
        subject=encode("jrn", entry.id),
        proposal={**proposal, "reason": why},
        proposer=cause,
    )
