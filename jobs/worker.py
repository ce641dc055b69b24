"""The worker: woken by a ring, it claims batches of due tasks and runs them until the queue is empty.

`python -m jobs.worker QUEUE`: one process, one queue. RQ's SimpleWorker only waits for the bell; which tasks there
are, who holds them and what became of them stands in PostgreSQL.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import redis
import structlog
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import exc

from checkout import notifications, tasks
from checkout.core.errors import DomainError
from checkout.launcher.garbage import collect_seldom
from checkout.launcher.settings import load_or_exit, refusing
from checkout.payments.links import StatusLinks
from checkout.tasks.ring import QUEUES
from checkout.wiring import wire
from jobs.handler import Handler, Owning, Transactional
from jobs.handlers import table
from jobs.heartbeat import beat_in_background, process_name
from jobs.run_task import run_task, run_together

DRAIN_SECONDS = 30  # then the bell is answered anew, so that RQ's own housekeeping gets its turn
BATCH = 64  # rows a claim takes: few enough to be through them well inside the lease
TOGETHER = 16  # tasks a transaction: they share its commit, and hold each other's locks for some 50 ms
THREADS = 8  # tasks that wait for the PSP at the same time; each holds at most one database connection
LEASE_SHARE = 3  # what has not begun after a third of the lease is given back
RETRY_SECONDS = 2.0  # pause while Redis or PostgreSQL are away

log = structlog.get_logger(__name__)
_stopping = threading.Event()
_lease_seconds = 60
_handlers: dict[str, Handler] = {}


def drain(queue: str) -> None:
    """Runs the queue's due tasks until none is left, 30 s have passed, or the worker is told to stop."""
    until = time.monotonic() + DRAIN_SECONDS
    with ThreadPoolExecutor(THREADS, thread_name_prefix="task") as pool:
        while time.monotonic() < until and not _stopping.is_set():
            batch = tasks.claim(
                queue, worker=process_name("worker"), lease_seconds=_lease_seconds, limit=BATCH
            )
            if not batch:
                return
            _run_batch(batch, pool)


def _run_batch(batch: list[tasks.ClaimedTask], pool: ThreadPoolExecutor) -> None:
    """Tasks that may wait for the PSP run beside each other; meanwhile the others, in groups that share a transaction.
    What was tried before runs by itself, as do the tasks of a group that went wrong."""
    deadline = time.monotonic() + _lease_seconds / LEASE_SHARE
    late: list[tasks.ClaimedTask] = []

    def run(task: tasks.ClaimedTask) -> None:
        if _too_late(deadline):
            late.append(task)
        else:
            run_task(task, _handlers.get(task.kind))

    futures: list[Future[None]] = []
    sharing: list[tuple[tasks.ClaimedTask, Transactional]] = []
    alone: list[tasks.ClaimedTask] = []
    for task in batch:
        match _handlers.get(task.kind):
            case Owning():
                futures.append(pool.submit(run, task))
            case Transactional() as handler if task.attempts == 1:
                sharing.append((task, handler))
            case _:
                alone.append(task)
    for start in range(0, len(sharing), TOGETHER):
        group = sharing[start : start + TOGETHER]
        if len(group) == 1 or _too_late(deadline) or not run_together(group):
            alone.extend(task for task, _ in group)
    for task in alone:
        run(task)
    wait(futures)
    for future in futures:
        future.result()
    if late:
        tasks.give_back(late)


def _too_late(deadline: float) -> bool:
    return time.monotonic() > deadline or _stopping.is_set()


class Worker(SimpleWorker):
    """RQ's worker that lets `drain` know when it shall stop, and is soon back when Redis is."""

    max_connection_wait_time = RETRY_SECONDS

    def request_stop(self, signum: Any, frame: Any) -> None:
        _stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def work(queue: str, redis_url: str) -> None:
    """Answers the bell until told to stop. While Redis is away, the queue is drained every two seconds instead."""
    while not _stopping.is_set():
        connection = redis.Redis.from_url(redis_url, socket_connect_timeout=2)
        try:
            bell = Queue(queue, connection=connection, serializer=JSONSerializer)
            worker = Worker(
                [bell], connection=connection, serializer=JSONSerializer, log_job_description=False
            )
            worker.work(logging_level="WARNING")
            return
        except redis.RedisError as error:
            log.warning("worker.no_redis", queue=queue, error=type(error).__name__)
            _drain_without_bell(queue)
            _stopping.wait(RETRY_SECONDS)


def _drain_without_bell(queue: str) -> None:
    try:
        drain(queue)
    except (exc.SQLAlchemyError, DomainError) as error:
        log.warning("worker.no_database", queue=queue, error=type(error).__name__)


def main() -> None:
    global _lease_seconds
    if len(sys.argv) != 2 or sys.argv[1] not in QUEUES:
        sys.exit(f"usage: python -m jobs.worker {'|'.join(QUEUES)}")
    queue = sys.argv[1]
    settings = load_or_exit()
    with refusing():
        wire(settings)
    notifications.configure(
        smtp_url=settings.smtp_url,
        email_from=settings.email_from,
        public_url=settings.public_url,
        links=StatusLinks(settings.public_url, settings.secret_key),
        business_tz=settings.business_tz,
    )
    _lease_seconds = settings.task_lease_seconds
    _handlers.update(table(settings))
    collect_seldom()
    beat_in_background("worker", queue)
    _drain_without_bell(queue)
    work(queue, settings.redis_url)


if __name__ == "__main__":
    # RQ imports this module by its name to find `drain`: run that one, not a second copy called __main__.
    from jobs.worker import main as worker_main

    worker_main()
