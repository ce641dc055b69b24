"""Counts requests in fixed windows: at once in this process, and joined with the other processes' counts in Redis.

A request only adds to a number in memory. A thread of the process carries the sums to Redis every 50 ms, all in one
round trip, and brings back what everybody has counted. So a request costs microseconds and never waits for Redis; the
price is that processes may together let through a little more than the quota: what they accept within 50 ms. Without
Redis each process goes by its own count, which is how the limit fails open.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from checkout.core import clock
from checkout.limits.quotas import Quota
from checkout.observability import metrics

JOIN_EVERY_SECONDS: Final = 0.05
REDIS_TIMEOUT_SECONDS: Final = 0.1
QUIET_AFTER_FAILURE_SECONDS: Final = 2.0  # while Redis is down, nothing but the own count is used
ENTRIES_KEPT: Final = (
    50_000  # about 20 MB; beyond it the oldest are forgotten, which lets more through, not less
)
FORGET_EVERY_SECONDS: Final = 10.0
KEYS_IN_A_ROUND_TRIP: Final = 1_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands with a quota after this request; `allowed` says whether the request was within it."""

    quota: Quota
    allowed: bool
    remaining: int
    reset_seconds: int


@dataclass(slots=True)
class _Entry:
    """One window of one caller. `others`: what the other processes had counted at the last join."""

    window: int
    ends_at: int
    own: int = 0
    others: int = 0
    told: int = 0


class Counters:
    """One per process. Its thread and its connection are made at the first count, so after any fork."""

    def __init__(self, redis_url: str | None) -> None:
        self._redis_url = redis_url
        self._connection: Any = None
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._untold: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._pid: int | None = None
        self._quiet_until = 0.0
        self._heard = True

    def count(self, quota: Quota, subject: str) -> Standing:
        """Counts one request of the subject, unless the quota is used up. Never waits and never raises."""
        now = int(clock.wallclock().timestamp())
        window, key = now // quota.seconds, (quota.name, subject)
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.window != window:
                entry = self._begin(key, window, quota)
            left = quota.requests - entry.own - entry.others
            if left > 0:
                entry.own += 1
                self._untold.add(key)
        if left > 0 and self._redis_url and not self._wake.is_set():
            self._call_thread()
        return Standing(quota, left > 0, max(0, left - 1), entry.ends_at - now)

    def forget(self) -> None:
        """Starts anew, as a fresh process would."""
        with self._lock:
            self._entries.clear()
            self._untold.clear()
        self._quiet_until = 0.0

    def join(self) -> bool:
        """Tells Redis what was counted here since the last time, and learns what the others counted. False: unheard."""
        if self._redis_url is None or time.monotonic() < self._quiet_until:
            return False
        told = self._take_untold()
        try:
            for start in range(0, len(told), KEYS_IN_A_ROUND_TRIP):
                self._tell(told[start : start + KEYS_IN_A_ROUND_TRIP])
        except (RedisError, OSError) as error:
            self._quiet_until = time.monotonic() + QUIET_AFTER_FAILURE_SECONDS
            metrics.count("limits_join", "failed")
            if self._heard:  # once an outage
                log.warning("limits.redis_unheard", error=type(error).__name__)
            self._heard = False
            return False
        self._heard = True
        return True

    def _begin(self, key: tuple[str, str], window: int, quota: Quota) -> _Entry:
        if len(self._entries) >= ENTRIES_KEPT and key not in self._entries:
            del self._entries[next(iter(self._entries))]
        entry = self._entries[key] = _Entry(window, (window + 1) * quota.seconds)
        return entry

    def _call_thread(self) -> None:
        if self._pid != os.getpid():
            self._pid, self._connection = os.getpid(), None
            threading.Thread(target=self._serve, name="limits", daemon=True).start()
        self._wake.set()

    def _serve(self) -> None:
        forget_at = time.monotonic() + FORGET_EVERY_SECONDS
        while True:
            self._wake.wait()
            time.sleep(
                JOIN_EVERY_SECONDS if time.monotonic() >= self._quiet_until else QUIET_AFTER_FAILURE_SECONDS
            )
            self._wake.clear()
            self.join()
            if time.monotonic() >= forget_at:
                self._forget_past_windows()
                forget_at = time.monotonic() + FORGET_EVERY_SECONDS

    def _take_untold(self) -> list[tuple[str, _Entry, int]]:
        """(Redis key, entry, how many) of what has not been told. What gets lost on the way is not told again."""
        with self._lock:
            untold, self._untold = self._untold, set()
            found = []
            for key in untold:
                entry = self._entries.get(key)
                if entry is not None and entry.own > entry.told:
                    found.append((f"limit:{key[0]}:{key[1]}:{entry.window}", entry, entry.own - entry.told))
                    entry.told = entry.own
        return found

    def _tell(self, told: list[tuple[str, _Entry, int]]) -> None:
        if self._connection is None:
            self._connection = _connect(str(self._redis_url))
        pipeline = self._connection.pipeline(transaction=False)
        now = int(clock.wallclock().timestamp())
        for name, entry, amount in told:
            pipeline.incrby(name, amount)
            pipeline.expire(name, max(1, entry.ends_at - now) + 1)
        totals = pipeline.execute()[::2]
        with self._lock:
            for (_, entry, _), total in zip(told, totals, strict=True):
                entry.others = max(0, int(total) - entry.told)

    def _forget_past_windows(self) -> None:
        now = clock.wallclock().timestamp()
        with self._lock:
            past = [key for key, entry in self._entries.items() if entry.ends_at <= now]
            for key in past:
                del self._entries[key]


def _connect(redis_url: str) -> Redis:
    """A short timeout and no retries: a Redis that hangs costs this thread, and no request, a tenth of a second."""
    return Redis.from_url(
        redis_url,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
