"""Is the process alive, can it work, and what does it count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import exc

from checkout.db import migrate
from checkout.db.statement import run
from checkout.observability import metrics

blueprint = Blueprint("health", __name__)

# One part for each status, since each has its own index: done tasks, which are the many, are never looked at.
BACKLOG = " UNION ALL ".join(
    f"SELECT queue, '{status}' AS status, count(*) AS tasks, extract(epoch FROM now() - min(due_at)) AS oldest_seconds"
    f" FROM tasks WHERE status = '{status}' GROUP BY queue"
    for status in ("ready", "claimed", "dead")
)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers. Depends on nothing, so that a database's failure restarts no process."""
    return _answer({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Whether requests can be served, and which dependency is missing. Redis is none: it only rings."""
    checks = {"database": _database(), "schema": _schema()}
    ready = all(state == "ok" for state in checks.values())
    return _answer({"status": "ok" if ready else "unavailable", "checks": checks}, 200 if ready else 503)


@blueprint.get("/metrics")
def prometheus() -> Response:
    """Prometheus's text format, summed over this machine's processes."""
    body, content_type = metrics.render(_Backlog())
    return Response(body, content_type=content_type)


def _database() -> str:
    try:
        run("SELECT 1")
    except exc.SQLAlchemyError:
        return "unavailable"
    return "ok"


def _schema() -> str:
    """A newer schema serves older code while a deployment is under way; an older one does not."""
    try:
        rows = run("SELECT version_num FROM alembic_version")
    except exc.SQLAlchemyError:
        return "unavailable"
    return "ok" if rows and rows[0].version_num >= _wanted_revision() else "migrations are missing"


@cache
def _wanted_revision() -> str:
    return migrate.head() or ""


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    response = Response(json.dumps(body), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


class _Backlog:
    """Read when scraped: what waits in the task table."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        try:
            rows = run(BACKLOG)
        except exc.SQLAlchemyError:
            return
        tasks = GaugeMetricFamily("checkout_tasks", "Tasks not done.", labels=["queue", "status"])
        oldest = GaugeMetricFamily(
            "checkout_task_oldest_seconds", "Seconds since the oldest task was due.", labels=["queue"]
        )
        for row in rows:
            tasks.add_metric([row.queue, row.status], row.tasks)
            if row.status == "ready":
                oldest.add_metric([row.queue], max(0.0, row.oldest_seconds))
        yield tasks
        yield oldest
