"""`flask tasks`: what waits, what failed for good, and a second chance for it."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import Row

from checkout import audit
from checkout.cli.context import Group, cli_cause, json_option
from checkout.cli.output import show, show_list
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.tasks import queries

STATUSES = ("ready", "claimed", "done", "dead")

group = Group("tasks", help="Staged work.")


@group.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only tasks in this status.")
@click.option("--kind", help="Only tasks of this kind, for example payments.resume.")
@click.option("--limit", type=click.IntRange(1, queries.LIST_LIMIT), default=50, show_default=True)
@json_option
def list_tasks(status: str | None, kind: str | None, limit: int, as_json: bool) -> None:
    """Lists the newest tasks."""
    rows = queries.list_tasks(status=status, kind=kind, limit=limit)
    show_list([_line(row) for row in rows], as_json=as_json)


@group.command("show")
@click.argument("task")
@json_option
def show_task(task: str, as_json: bool) -> None:
    """Shows all of TASK (tsk_…), with why it failed."""
    row = queries.get_task(decode("tsk", task))
    further = {
        "args": row.args,
        "cause": row.cause,
        "last_error": row.last_error,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }
    show({**_line(row), **further}, as_json=as_json)


@group.command("replay")
@click.argument("task")
@json_option
def replay_task(task: str, as_json: bool) -> None:
    """Makes the dead TASK (tsk_…) ready again, with all its attempts."""
    cause = cli_cause()
    with atomic() as session:
        queries.replay_task(session, decode("tsk", task))
        audit.record(session, actor=str(cause), action="task.replay", object=task)
    show({"id": task, "status": "ready"}, as_json=as_json)


def _line(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": encode("tsk", row.id),
        "kind": row.kind,
        "queue": row.queue,
        "status": row.status,
        "attempts": f"{row.attempts}/{row.max_attempts}",
        "due_at": row.due_at,
    }
