"""Explain a difference, whole or in parts: its entries are posted, and its alert is closed once nothing of it is left; or a
second person is asked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import approvals
from checkout.alerts import desk
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.ledger import journal
from checkout.ledger.entry import Entry
from checkout.ledger.errors import NumberTaken, PostedDifferently
from checkout.ledger.journal import PostedEntry
from checkout.reconciliation.desk.closing import CLOSE, WRITE_OFF, close
from checkout.reconciliation.desk.link import link_records, plan_of_link
from checkout.reconciliation.desk.resolutions import Plan, ResolutionNotPossible, Way, plan
from checkout.reconciliation.desk.rest import lock, unexplained
from checkout.reconciliation.desk.unexplained import Unexplained
from checkout.tasks import ClaimedTask

__all__ = ["Resolved", "apply_decision", "preview", "resolve_difference", "unexplained"]

DECIDED: Final = "reconciliation.write_off_decided"
CLAIM_PAYMENT: Final = """
    INSERT INTO claim_payments (entry_id, claim_alert_id, alert_id, minor, currency)
    VALUES (%(entry_id)s, %(claim)s, %(alert_id)s, %(minor)s, %(currency)s)
"""
CHANGED: Final = "The difference has changed: propose again."


@dataclass(frozen=True, slots=True)
class Resolved:
    """What came of it: the plan, and the approval that it waits for, where it does."""

    plan: Plan
    approval_id: UUID | None


def preview(
    session: Session,
    alert_id: UUID,
    *,
    way: Way,
    account: str | None = None,
    amount: Money | None = None,
    claim: UUID | None = None,
    to: Sequence[str] = (),
) -> Plan:
    """What a way would post, and what would stay unexplained. Nothing is changed.

    Raises:
        NotFound. ResolutionNotPossible. InvalidParameter.
    """
    if way == "link_records":
        return plan_of_link(session, alert_id, to=to).plan
    return plan(unexplained(session, alert_id), way, account=account, amount=amount, claim=claim)


def resolve_difference(
    session: Session,
    alert_id: UUID,
    *,
    way: Way,
    note: str,
    by: Cause,
    account: str | None = None,
    until: datetime | None = None,
    amount: Money | None = None,
    claim: UUID | None = None,
    to: Sequence[str] = (),
) -> Resolved:
    """Carries a way out, in the caller's transaction. amount: the part that is explained, with the sign of what is left;
    the alert stays open until nothing is. claim: for psp_claim_paid, where several are open. to: for link_records.

    Raises:
        NotFound. ResolutionNotPossible. InvalidParameter. InvalidAlertState: it is resolved. AlreadyProposed.
    """
    said = desk.reason_of(note)
    if way == "link_records":
        return Resolved(link_records(session, alert_id, to=to, note=said, by=by).plan, None)
    lock(session, {alert_id, *_claims(session, alert_id, way, claim)})
    desk.refuse_resolved(session, alert_id)
    found = unexplained(session, alert_id)
    wanted = plan(found, way, account=account, amount=amount, claim=claim)
    if way == "expected_later":
        if until is None:
            raise InvalidParameter.at("/until", "says until when it is waited for", "required")
        desk.snooze(session, alert_id, until=until, reason=said, by=by)
        return Resolved(wanted, None)
    if wanted.second_person:
        return Resolved(wanted, _propose(session, found, wanted, said, by))
    _carry_out(session, alert_id, wanted, said, by)
    return Resolved(wanted, None)


def apply_decision(session: Session, task: ClaimedTask) -> None:
    """Handles `reconciliation.write_off_decided` {"approval": "apr_…"}: carries out what a second person approved, if the
    difference is what it was when it was proposed."""
    decision = approvals.get_approval(decode("apr", task.args["approval"]))
    alert_id, proposed = decode("alr", decision.subject), decision.proposal
    if decision.status != "approved":
        desk.add_note(session, alert_id, text=f"The proposal was {decision.status}.", by=task.cause)
        return
    lock(session, [alert_id])
    found = unexplained(session, alert_id)
    stands = proposed.get("unexplained", proposed["amount"]) == _state(found)
    try:
        desk.refuse_resolved(session, alert_id)
        wanted = _proposed_plan(found, proposed) if stands else None
    except DomainError:
        wanted = None
    if wanted is None:
        desk.add_note(session, alert_id, text=CHANGED, by=task.cause)
        return
    by = Cause("person", decision.decided_by.partition(":")[2]) if decision.decided_by else task.cause
    try:
        with session.begin_nested():
            _carry_out(session, alert_id, wanted, proposed["reason"], by)
    except ResolutionNotPossible:  # its number was booked since the day was compared
        desk.add_note(session, alert_id, text=CHANGED, by=task.cause)


def _claims(session: Session, alert_id: UUID, way: Way, claim: UUID | None) -> set[UUID]:
    """The claim that would be paid is locked with the alert: nobody else pays it meanwhile."""
    if way != "psp_claim_paid":
        return set()
    return {claim} if claim else {each.alert_id for each in unexplained(session, alert_id).claims}


def _carry_out(session: Session, alert_id: UUID, wanted: Plan, note: str, by: Cause) -> None:
    if wanted.rest and wanted.entries:
        desk.note_part(session, alert_id, text=_part_words(wanted, note), by=by)
    else:
        close(session, alert_id, kind=wanted.way, note=note, by=by)
    posted = [_post(session, entry, by) for entry in wanted.entries]
    if wanted.claim is not None:
        entry = posted[-1]
        assert entry is not None, "only what puts a line aside may be there already"
        execute(
            session,
            CLAIM_PAYMENT,
            entry_id=entry.id,
            claim=wanted.claim,
            alert_id=alert_id,
            minor=abs(wanted.amount.amount_minor),
            currency=wanted.amount.currency,
        )


def _post(session: Session, entry: Entry, by: Cause) -> PostedEntry | None:
    """None: the line was put aside meanwhile, as this entry would have.

    Raises:
        ResolutionNotPossible: something else was booked under its number, or for it, meanwhile.
    """
    try:
        posted = journal.post(session, entry, cause=by)
    except (NumberTaken, PostedDifferently) as error:
        raise ResolutionNotPossible("its number was booked meanwhile: look at it again") from error
    if posted is None and entry.kind != "suspense_booked":
        raise ResolutionNotPossible("it was booked before: look at it again")
    return posted


def _part_words(wanted: Plan, note: str) -> str:
    return f"{wanted.way}: {wanted.amount} of it, {wanted.rest} is left. {note}"[: desk.TEXT_LENGTH]


def _state(found: Unexplained) -> int:
    """What a proposal is about: the rest, what is claimed and lost, or what the bank's statement leaves unexplained."""
    return found.beyond.amount_minor or found.claimed or found.stays.amount_minor


def _proposed_plan(found: Unexplained, proposed: Any) -> Plan:
    part = Money(proposed["amount"], proposed["currency"])
    way = cast(Way, proposed.get("way", "write_off"))
    return plan(found, way, account=proposed.get("account"), amount=part if part and found.beyond else None)


def _propose(session: Session, found: Unexplained, wanted: Plan, note: str, by: Cause) -> UUID:
    proposal: dict[str, Any] = {
        "way": wanted.way,
        "amount": wanted.amount.amount_minor,
        "currency": wanted.amount.currency,
        "unexplained": _state(found),
        "reason": note,
    }
    if wanted.account is not None:
        proposal["account"] = wanted.account
    approval = approvals.propose(
        session,
        kind=WRITE_OFF if wanted.entries else CLOSE,
        subject=encode("alr", found.alert_id),
        proposal=proposal,
        proposer=by,
    )
    what = f"writing off {wanted.amount}" if wanted.amount else f"closing it with {wanted.rest} unexplained"
    desk.note_proposal(
        session, found.alert_id, text=f"A second person decides on {what}, since {utcnow().date()}.", by=by
    )
    return approval
