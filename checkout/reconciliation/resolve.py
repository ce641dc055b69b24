"""Explain a difference: its entries are posted and its alert is closed, together; or a second person is asked first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import approvals
from checkout.alerts import desk
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit
from checkout.ledger import journal
from checkout.reconciliation.resolutions import Plan, Unexplained, Way, plan
from checkout.tasks import ClaimedTask

WRITE_OFF: Final = "settlement.write_off"
DECIDED: Final = "reconciliation.write_off_decided"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What came of it: the plan, and the approval that it waits for, where it does."""

    plan: Plan
    approval_id: UUID | None


def unexplained(session: Session, alert_id: UUID) -> Unexplained:
    """
    Raises:
        NotFound: no such alert, or one of no settlement.
    """
    row = execute(
        session,
        """
        SELECT d.code, d.psp, d.number, d.balance_minor, d.currency, d.line,
               EXISTS (SELECT 1 FROM journal_entries e
                        WHERE e.kind = 'suspense_booked' AND e.source_key = d.number) AS in_suspense,
               (SELECT sum(-p.amount_minor)::bigint FROM journal_entries e
                  JOIN postings p ON p.entry_id = e.id
                  JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
                 WHERE e.kind = 'suspense_booked' AND e.source_key = d.number) AS put_aside
          FROM settlement_differences d WHERE d.alert_id = %(id)s
         ORDER BY d.found_at DESC LIMIT 1
        """,
        id=alert_id,
    ).first()
    if row is None:
        raise NotFound("no such alert")
    minor = row.put_aside if row.in_suspense else row.balance_minor
    return Unexplained(
        alert_id=alert_id,
        code=row.code,
        psp=row.psp,
        number=row.number,
        beyond=Money(minor, row.currency),
        in_suspense=row.in_suspense,
    )


def resolve_difference(
    session: Session,
    alert_id: UUID,
    *,
    way: Way,
    note: str,
    by: Cause,
    account: str | None = None,
    until: datetime | None = None,
) -> Resolved:
    """Carries a way out, in the caller's transaction.

    Raises:
        NotFound. ResolutionNotPossible. InvalidParameter. InvalidAlertState: it is resolved. AlreadyProposed.
    """
    wanted = plan(unexplained(session, alert_id), way, account=account)
    if way == "expected_later":
        if until is None:
            raise InvalidParameter.at("/until", "says until when it is waited for", "required")
        desk.snooze(session, alert_id, until=until, reason=note, by=by)
        return Resolved(wanted, None)
    if wanted.second_person:
        return Resolved(wanted, _propose(session, alert_id, wanted, note, by))
    _carry_out(session, alert_id, wanted, note, by)
    return Resolved(wanted, None)


def apply_write_off(session: Session, task: ClaimedTask) -> None:
    """Handles `reconciliation.write_off_decided` {"approval": "apr_…"}: posts what a second person approved."""
    decision = approvals.get_approval(decode("apr", task.args["approval"]))
    alert_id = decode("alr", decision.subject)
    if decision.status != "approved":
        desk.add_note(session, alert_id, text=f"The write-off was {decision.status}.", by=task.cause)
        return
    if journal.find(session, "settlement_written_off", decision.subject) is not None:
        return
    wanted = plan(unexplained(session, alert_id), "write_off")
    if wanted.entries[0].postings[0].amount.amount_minor != decision.proposal["amount"]:
        desk.add_note(session, alert_id, text="The difference has changed: propose again.", by=task.cause)
        return
    by = Cause("person", decision.decided_by.partition(":")[2]) if decision.decided_by else task.cause
    _carry_out(session, alert_id, wanted, decision.proposal["reason"], by)


def _carry_out(session: Session, alert_id: UUID, wanted: Plan, note: str, by: Cause) -> None:
    desk.resolve(session, alert_id, kind=wanted.way, note=note, by=by)
    for entry in wanted.entries:
        journal.post(session, entry, cause=by)
    event = DomainEvent(
        type="reconciliation.alert_resolved",
        object=encode("alr", alert_id),
        data={"way": wanted.way},
    )
    emit(session, event, cause=by)


def _propose(session: Session, alert_id: UUID, wanted: Plan, note: str, by: Cause) -> UUID:
    if not note.strip():
        raise InvalidParameter.at("/note", "a write-off says why", "required")
    amount = wanted.entries[0].postings[0].amount
    proposal: dict[str, Any] = {
        "amount": amount.amount_minor,
        "currency": amount.currency,
        "reason": note.strip(),
    }
    approval = approvals.propose(
        session, kind=WRITE_OFF, subject=encode("alr", alert_id), proposal=proposal, proposer=by
    )
    desk.note_proposal(
        session,
        alert_id,
        text=f"A second person decides on writing off {amount}, since {utcnow().date()}.",
        by=by,
    )
    return approval
