"""Run claimed tasks, each to one of its ends: done, ready again, parked, or dead with an alert."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from checkout import tasks
from checkout.alerts import is_open, open_alert
from checkout.audit.context import acting
from checkout.core.crash_points import crash_point
from checkout.core.ids import encode
from checkout.db.session import atomic, retrying
from checkout.events import DomainEvent, emit
from checkout.observability import metrics
from checkout.tasks import ClaimedTask
from jobs.handler import Handler, Owning, Transactional

PERIOD = "period"  # the argument that tells periodic work

log = structlog.get_logger(__name__)


def run_task(task: ClaimedTask, handler: Handler | None) -> None:
    """Runs the task and records how it ended. Raises nothing but what kills the process."""
    if handler is None:
        _bury(task, f"no handler for the kind {task.kind}")
        return
    if task.attempts > task.max_attempts:
        _bury(task, "its worker died or was stopped at every attempt")
        return
    try:
        with acting(_actor(task), task.kind):
            _run(task, handler)
        metrics.count("task", "done")
    except tasks.StaleToken:
        log.warning("task.lease_lost", task_id=str(task.id), kind=task.kind)
    except tasks.Park as wait:
        tasks.park(task, str(wait), after_seconds=wait.after_seconds)
    except tasks.RetryLater as later:
        _again(task, str(later), later.after_seconds)
    except Exception as error:  # the edge of a job: logged, and tried again or buried
        log.exception("task.failed", task_id=str(task.id), kind=task.kind, attempt=task.attempts)
        _again(task, f"{type(error).__name__}: {error}", None)


def run_together(batch: Sequence[tuple[ClaimedTask, Transactional]]) -> bool:
    """Runs tasks in one transaction, which they share the cost of. False where anything went wrong: then nothing of it
    stays, and each is to be run by itself, so that one task's fault is no other's."""
    try:
        with atomic() as session:
            for task, handler in batch:
                with acting(_actor(task), task.kind):
                    handler.run(session, task)
            tasks.finish_all(session, [task for task, _ in batch])
    except Exception as error:  # the edge of a job: whose fault it is will be seen when each runs by itself
        log.info("tasks.apart", count=len(batch), error=type(error).__name__)
        return False
    for _ in batch:
        metrics.count("task", "done")
    crash_point("tasks.after_finish")
    return True


def _run(task: ClaimedTask, handler: Handler) -> None:
    match handler:
        case Transactional(apply):

            def unit() -> None:
                with atomic() as session:
                    apply(session, task)
                    tasks.finish(session, task)

            retrying(unit)
        case Owning(use_case):
            use_case(task)
            crash_point("tasks.before_finish")
            with atomic() as session:
                tasks.finish(session, task)
    crash_point("tasks.after_finish")


def _actor(task: ClaimedTask) -> str:
    return f"task:{encode('tsk', task.id)}"


def _again(task: ClaimedTask, reason: str, after_seconds: float | None) -> None:
    metrics.count("task", "failed")
    if task.attempts >= task.max_attempts:
        _bury(task, reason)
    else:
        tasks.retry(task, reason, after_seconds=after_seconds)


def _bury(task: ClaimedTask, reason: str) -> None:
    """Dead, with an alert and the event that emails the operators, in one transaction.

    Periodic work comes again and fails again: it has one alert and one email per kind until a person has resolved it.
    """
    task_id = encode("tsk", task.id)
    cause_of_alert = task.kind if PERIOD in task.args else str(task.id)
    with atomic() as session:
        if not tasks.bury(session, task, reason):
            return
        known = is_open(session, f"task_dead:{cause_of_alert}")
        open_alert(
            session,
            code="task_dead",
            severity="high",
            subject=task_id,
            detail=f"The task {task.kind} failed {task.attempts} times and was given up: {reason[:500]}",
            dedupe_key=f"task_dead:{cause_of_alert}",
        )
        if not known:
            event = DomainEvent(type="dead_letter.added", object=task_id, data={"kind": task.kind})
            emit(session, event, cause=task.cause)
    metrics.count("task", "dead")
    log.error("task.dead", task_id=task_id, kind=task.kind, attempts=task.attempts)
