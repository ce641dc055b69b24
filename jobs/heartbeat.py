"""Liveness as a row in PostgreSQL: RQ's own registry forgets its workers when Redis is emptied."""

from __future__ import annotations

import os
import socket
import threading

import structlog
from sqlalchemy import exc

from checkout.db.statement import run

EVERY_SECONDS = 10
FORGET_AFTER_HOURS = 24

log = structlog.get_logger(__name__)


def process_name(role: str) -> str:
    return f"{role}@{socket.gethostname()}:{os.getpid()}"


def beat(role: str, queue: str | None = None) -> None:
    """Says that this process is alive now, by the database's clock; drops the rows of processes long gone."""
    run(
        """
        WITH gone AS (DELETE FROM heartbeats WHERE seen_at < now() - make_interval(hours => %(hours)s))
        INSERT INTO heartbeats (process, role, queue, seen_at) VALUES (%(process)s, %(role)s, %(queue)s, now())
        ON CONFLICT (process) DO UPDATE SET seen_at = EXCLUDED.seen_at
        """,
        process=process_name(role),
        role=role,
        queue=queue,
        hours=FORGET_AFTER_HOURS,
    )


def beat_in_background(role: str, queue: str | None = None) -> None:
    """Beats from a daemon thread; a database that is away is logged and tried again."""

    def loop() -> None:
        pause = threading.Event()
        while True:
            try:
                beat(role, queue)
            except exc.SQLAlchemyError:
                log.warning("heartbeat.missed", role=role)
            pause.wait(EVERY_SECONDS)

    threading.Thread(target=loop, name="heartbeat", daemon=True).start()
