"""Counting requests: within the quota, past it, in many processes, and without Redis."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
import time_machine
from redis import Redis

from checkout.limits import Counters, Quota
from checkout.limits import counters as module

THREE = Quota(f"three-{uuid4().hex}", 3, 10)  # nobody else's on a Redis that is shared
MOMENT = 1_800_000_004  # four seconds into a window of ten


@pytest.fixture
def redis(redis_url: str, monkeypatch) -> Iterator[Redis]:
    """Joined when a test says so, by no thread."""
    monkeypatch.setattr(Counters, "_call_thread", lambda counters: None)
    monkeypatch.setattr(module, "REDIS_TIMEOUT_SECONDS", 30)  # a busy machine's Redis is not away
    connection = Redis.from_url(redis_url)
    wipe(connection)
    yield connection
    wipe(connection)
    connection.close()


def wipe(connection: Redis) -> None:
    for name in connection.keys(f"limit:{THREE.name}:*"):
        connection.delete(name)


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MOMENT, tick=False) as traveller:
        yield traveller


def allowed(counters: Counters, times: int, subject: str = "one") -> list[bool]:
    return [counters.count(THREE, subject).allowed for _ in range(times)]


def test_the_fourth_of_three_is_refused_until_the_window_ends(frozen):
    """Three in ten seconds: the fourth is not, and learns when it may come again."""
    counters = Counters(None)

    standings = [counters.count(THREE, "one") for _ in range(4)]
    frozen.shift(6)

    assert [(each.allowed, each.remaining, each.reset_seconds) for each in standings] == [
        (True, 2, 6),
        (True, 1, 6),
        (True, 0, 6),
        (False, 0, 6),
    ]
    assert counters.count(THREE, "one").allowed


def test_one_callers_requests_are_not_anothers(frozen):
    """Each subject and each quota has its own count."""
    counters = Counters(None)
    allowed(counters, 4, "one")

    assert allowed(counters, 1, "two") == [True]
    assert counters.count(Quota("other", 3, 10), "one").allowed


def test_processes_share_one_count_through_redis(redis, redis_url, frozen):
    """What one process has counted, the others know after the next join."""
    first, second = Counters(redis_url), Counters(redis_url)
    allowed(first, 2)
    assert first.join()

    before = allowed(second, 1)
    assert second.join()

    assert before + allowed(second, 1) == [True, False]


def test_without_redis_each_process_goes_by_its_own_count(frozen):
    """Nobody listens: the quota still holds in this process, and nothing is raised."""
    counters = Counters("redis://127.0.0.1:1/0")

    found = allowed(counters, 2)
    heard = counters.join()

    assert found + allowed(counters, 2) == [True, True, True, False]
    assert not heard


def test_a_redis_that_hangs_delays_no_request(monkeypatch):
    """It takes the connection and never answers: counting stays instant, and it is left alone for a while."""
    monkeypatch.setattr(module, "JOIN_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(module, "QUIET_AFTER_FAILURE_SECONDS", 60.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        counters = Counters(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        many = Quota("many", 10_000, 60)

        began = time.monotonic()
        for _ in range(200):
            counters.count(many, "one")
        took = time.monotonic() - began
        while counters._quiet_until == 0.0 and time.monotonic() - began < 60:
            time.sleep(0.01)

    assert took < 15  # each would wait for a tenth of a second, which is twenty
    assert counters._quiet_until > time.monotonic()
    assert not counters.join()  # it is not even asked


def test_a_redis_that_lost_everything_takes_nothing_back(redis, redis_url, frozen):
    """Wiped in the middle of a window: the own count stands."""
    counters = Counters(redis_url)
    allowed(counters, 2)
    counters.join()

    wipe(redis)
    counters.join()

    assert allowed(counters, 2) == [True, False]


def test_what_is_kept_in_redis_forgets_itself(redis, redis_url, frozen):
    """A counter lives no longer than its window and a second."""
    counters = Counters(redis_url)
    allowed(counters, 1)
    counters.join()

    (name,) = redis.keys(f"limit:{THREE.name}:*")

    assert redis.get(name) == b"1"
    assert 0 < redis.ttl(name) <= 7


def test_memory_is_bounded(monkeypatch, frozen):
    """A flood of addresses pushes the oldest out, and no more."""
    monkeypatch.setattr(module, "ENTRIES_KEPT", 10)
    counters = Counters(None)

    for number in range(50):
        counters.count(THREE, str(number))

    assert len(counters._entries) == 10


def test_counting_costs_little():
    """Well under the 60 µs that a request may pay for it; measured generously, since machines are shared."""
    counters = Counters("redis://127.0.0.1:1/0")
    many = Quota("many", 10_000_000, 60)
    counters.count(many, "one")

    began = time.thread_time()
    for _ in range(2_000):
        counters.count(many, "one")

    assert (time.thread_time() - began) / 2_000 < 60e-6
