"""How this process rings for its staged tasks: a background thread tells RQ's queue that there is work.

A ring carries no work. A lost one costs at most the scheduler's ten seconds, so Redis's errors are swallowed here, and
no request ever waits for Redis.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from checkout.observability import metrics

DRAIN = "jobs.worker.drain"  # by name: jobs stand above everything and are not imported here
RING_EVERY_SECONDS = 0.05  # at most one job a queue in this time; a drain takes all that is due
REDIS_TIMEOUT_SECONDS = 0.2
QUIET_AFTER_FAILURE_SECONDS = 1.0  # while Redis is down, try once a second
JOB_FORGOTTEN_AFTER_SECONDS = 60  # a ring nobody hears is pointless after the scheduler's next ones

log = structlog.get_logger()


class Doorbell:
    """One per process. Its thread and its connection are made at the first ring, so after any fork."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._waiting: set[str] = set()
        self._wake = threading.Condition()
        self._pid: int | None = None

    def ring(self, queue: str) -> None:
        """Returns at once and never raises."""
        with self._wake:
            self._waiting.add(queue)
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._serve, name="doorbell", daemon=True).start()
            self._wake.notify()

    def _serve(self) -> None:
        connection = _connect(self._redis_url)
        while True:
            with self._wake:
                while not self._waiting:
                    self._wake.wait()
                queues, self._waiting = sorted(self._waiting), set()
            heard = all([_ring(connection, queue) for queue in queues])
            time.sleep(RING_EVERY_SECONDS if heard else QUIET_AFTER_FAILURE_SECONDS)


def _connect(redis_url: str) -> Redis:
    """Short timeouts and no retries: this thread must not fall behind on a Redis that hangs."""
    return Redis.from_url(
        redis_url,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _ring(connection: Any, queue: str) -> bool:
    try:
        Queue(queue, connection=connection, serializer=JSONSerializer).enqueue_call(
            DRAIN, args=(queue,), timeout=-1, result_ttl=0, failure_ttl=0, ttl=JOB_FORGOTTEN_AFTER_SECONDS
        )
    except (RedisError, OSError) as error:
        metrics.count("ring", "failed")
        log.warning("doorbell.unheard", queue=queue, exc_info=error)
        return False
    metrics.count("ring")
    return True
