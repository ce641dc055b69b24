"""By when an alert should be explained, as a person decides: the rules leave a day that somebody set alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts.desk import lock, refuse_resolved
from checkout.alerts.notes import TEXT_LENGTH, say, text_of
from checkout.core import business_day
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit

DUE_AT_MOST: Final = timedelta(days=366)


def set_due(session: Session, alert_id: UUID, *, due_on: date | None, reason: str, by: Cause) -> None:
    """Sets the day by which it should be explained; None: there is none.

    Raises:
        NotFound. InvalidParameter: the day has passed or is too far, no reason. InvalidAlertState: it is resolved.
    """
    today = business_day.today()
    if due_on is not None and not today <= due_on <= today + DUE_AT_MOST:
        detail = f"must lie within the next {DUE_AT_MOST.days} days, today among them"
        raise InvalidParameter.at("/due_on", detail, "out_of_range")
    said, row = text_of(reason, "/reason"), lock(session, alert_id)
    refuse_resolved(session, alert_id)
    execute(
        session,
        """
        UPDATE alerts SET due_on = %(due_on)s, due_set_by = %(by)s, updated_at = %(now)s WHERE id = %(id)s
        """,
        due_on=due_on,
        by=str(by),
        now=utcnow(),
        id=alert_id,
    )
    after = {"due_on": due_on.isoformat() if due_on else None}
    text = f"{_words(row.due_on, due_on)}: {said}"[:TEXT_LENGTH]
    say(session, alert_id, "due", by, text, status=row.status, after=after)
    event = DomainEvent("reconciliation.alert_due_changed", encode("alr", alert_id), data=after)
    emit(session, event, cause=by)


def _words(before: date | None, after: date | None) -> str:
    was = f"before that {before}" if before else "before that no day"
    return f"Due {after}, {was}" if after else f"Due on no day any more, {was}"
