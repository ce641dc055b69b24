"""A day with too many rows to be compared while somebody waits: staged, and compared by a worker."""

from __future__ import annotations

from datetime import date
from typing import Final

from checkout import audit, tasks
from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.reconciliation.night.reconcile import reconcile_day
from checkout.reconciliation.queries import files_of
from checkout.tasks import ClaimedTask

DAY_ASKED: Final = "reconciliation.day_asked"
AT_ONCE_MOST: Final = 20_000  # rows: some seconds, where a request has thirty


def is_long(psp: str, business_on: date) -> bool:
    """Whether nobody should wait for it."""
    return sum(file.rows_total for file in files_of(psp, business_on)) > AT_ONCE_MOST


def compare_later(psp: str, business_on: date, *, by: str, cause: Cause) -> None:
    """Stages the comparison, once while one is staged. Owns its transaction."""
    with atomic() as session:
        args = {"psp": psp, "business_on": business_on.isoformat(), "by": by}
        tasks.enqueue(session, DAY_ASKED, args, cause=cause, dedupe_key=f"{DAY_ASKED}:{psp}:{business_on}")
        audit.record(
            session,
            actor=str(cause),
            action="reconciliation.ask",
            object=f"{psp} {business_on}",
            after={"psp": psp, "business_on": business_on.isoformat()},
        )


def day_asked(task: ClaimedTask) -> None:
    """Handles `reconciliation.day_asked`. Run again it says the same."""
    day = date.fromisoformat(task.args["business_on"])
    reconcile_day(task.args["psp"], day, by=task.args["by"], cause=task.cause)
