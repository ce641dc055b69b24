"""The same to many alerts at once. Each is done in a savepoint of its own: one that is refused changes nothing of the
others, and the answer says so of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts import desk
from checkout.alerts.due import set_due
from checkout.core.cause import Cause
from checkout.core.errors import DomainError, InvalidParameter
from checkout.core.ids import encode
from checkout.db.arrays import uuid_array
from checkout.db.statement import execute
from checkout.reconciliation.desk.resolutions import Way
from checkout.reconciliation.desk.resolve import resolve_difference
from checkout.reconciliation.desk.rest import lock

BULK_MOST: Final = 500  # one transaction
KINDS: Final = """
    SELECT DISTINCT code, parent_id FROM alerts WHERE id = ANY(%(ids)s::uuid[]) ORDER BY code LIMIT 20
"""


class BulkNotUniform(DomainError):
    """The alerts are not of one code and one cause; `extra` names the codes."""

    code = "bulk_not_uniform"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one alert. code and detail: why it was refused; None and "" where it is done. approval_id: who
    decides it, where a second person does."""

    alert_id: UUID
    code: str | None = None
    detail: str = ""
    approval_id: UUID | None = None

    @property
    def done(self) -> bool:
        return self.code is None


def assign_all(session: Session, alert_ids: Sequence[UUID], *, to: str, by: Cause) -> list[Outcome]:
    """Gives each to somebody ("person:usr_…").

    Raises:
        InvalidParameter: none, or more than 500.
    """
    return _each(session, alert_ids, lambda id: desk.assign(session, id, to=to, by=by))


def snooze_all(
    session: Session, alert_ids: Sequence[UUID], *, until: datetime, reason: str, by: Cause
) -> list[Outcome]:
    """Puts each off until a time.

    Raises:
        InvalidParameter: none, or more than 500.
    """
    return _each(session, alert_ids, lambda id: desk.snooze(session, id, until=until, reason=reason, by=by))


def due_all(
    session: Session, alert_ids: Sequence[UUID], *, due_on: date | None, reason: str, by: Cause
) -> list[Outcome]:
    """Sets the day by which each should be explained; None: there is none.

    Raises:
        InvalidParameter: none, or more than 500.
    """
    return _each(session, alert_ids, lambda id: set_due(session, id, due_on=due_on, reason=reason, by=by))


def resolve_all(
    session: Session,
    alert_ids: Sequence[UUID],
    *,
    way: Way,
    note: str,
    by: Cause,
    account: str | None = None,
    until: datetime | None = None,
) -> list[Outcome]:
    """Explains each whole, in one way. Only what is of one code and hangs on one cause, or on none.

    Raises:
        InvalidParameter: none, or more than 500; no reason. BulkNotUniform.
    """
    ids = _checked(alert_ids)
    desk.reason_of(note)
    lock(session, ids)
    kinds = execute(session, KINDS, ids=uuid_array(ids)).all()
    if len(kinds) > 1:
        codes = sorted({row.code for row in kinds})
        raise BulkNotUniform(
            "all are resolved in one way: take one code and one cause", extra={"codes": codes}
        )

    def resolve(id: UUID) -> UUID | None:
        done = resolve_difference(session, id, way=way, note=note, by=by, account=account, until=until)
        return done.approval_id

    return _each(session, ids, resolve)


def _each(session: Session, alert_ids: Sequence[UUID], act: Callable[[UUID], UUID | None]) -> list[Outcome]:
    """In the order of their ids, so that two such calls wait for each other in one direction; told in the order asked."""
    ids = _checked(alert_ids)
    outcomes = {}
    for id in sorted(ids):
        try:
            with session.begin_nested():
                outcomes[id] = Outcome(id, approval_id=act(id))
        except DomainError as refusal:
            outcomes[id] = Outcome(id, refusal.code, refusal.detail or encode("alr", id))
    return [outcomes[id] for id in ids]


def _checked(alert_ids: Sequence[UUID]) -> list[UUID]:
    ids = list(dict.fromkeys(alert_ids))
    if not 1 <= len(ids) <= BULK_MOST:
        raise InvalidParameter.at("/alerts", f"names 1 to {BULK_MOST} alerts", "invalid_length")
    return ids
