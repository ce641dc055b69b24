"""The doorbell: one job for many rings, and nobody waits or fails when Redis does."""

from __future__ import annotations

import json
import socket
import time
import zlib

import pytest
from redis import Redis

from checkout import doorbell
from checkout.doorbell import DRAIN, RING_EVERY_SECONDS, Doorbell
from checkout.observability import logs


@pytest.fixture
def redis(redis_url, monkeypatch):
    monkeypatch.setattr(doorbell, "REDIS_TIMEOUT_SECONDS", 30)  # a busy machine's Redis is not away
    connection = Redis.from_url(redis_url)
    connection.flushdb()
    yield connection
    connection.flushdb()
    connection.close()


def waiting(redis, queue):
    return redis.llen(f"rq:queue:{queue}")


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_a_ring_is_one_job_that_names_its_queue_alone(redis, redis_url):
    Doorbell(redis_url).ring("default")

    assert until(lambda: waiting(redis, "default") == 1)
    (job_id,) = redis.lrange("rq:queue:default", 0, -1)
    job = redis.hgetall(b"rq:job:" + job_id)
    assert json.loads(zlib.decompress(job[b"data"])) == [DRAIN, None, ["default"], {}]
    assert int(job[b"timeout"]) == -1


def test_many_rings_are_few_jobs(redis, redis_url):
    """A thousand rings in a moment: at most one job a queue in each 50 ms."""
    bell = Doorbell(redis_url)
    began = time.monotonic()
    for _ in range(1_000):
        bell.ring("default")
        bell.ring("mail")
    assert until(lambda: waiting(redis, "default") and waiting(redis, "mail"))
    time.sleep(3 * RING_EVERY_SECONDS)
    most = (time.monotonic() - began) / RING_EVERY_SECONDS + 1

    assert 1 <= waiting(redis, "default") <= most
    assert 1 <= waiting(redis, "mail") <= most


def slowest_ring(redis_url):
    """The slowest of fifty, at the best of five bells: a busy machine may stop us at one, a bell that waits does so at
    each."""
    tries = (max(rings(Doorbell(redis_url))) for _ in range(5))
    return next((slowest for slowest in tries if slowest < 0.1), 1.0)


def rings(bell):
    """What each of fifty took."""
    for _ in range(50):
        began = time.perf_counter()
        bell.ring("default")
        yield time.perf_counter() - began
        time.sleep(0.002)
    assert until(lambda: not bell._waiting)  # or its thread would write its warning into another test


@pytest.fixture
def tries_again_at_once(monkeypatch):
    monkeypatch.setattr(doorbell, "QUIET_AFTER_FAILURE_SECONDS", 0.01)


def test_redis_down_raises_nothing_and_delays_nobody(capfd, tries_again_at_once):
    logs.configure()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]

    slowest = slowest_ring(f"redis://127.0.0.1:{port}/0")

    assert slowest < 0.1
    assert until(lambda: "doorbell.unheard" in capfd.readouterr().err)


def test_a_redis_that_hangs_delays_nobody(tries_again_at_once):
    """It takes the connection and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()

        slowest = slowest_ring(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

    assert slowest < 0.1


def test_it_rings_again_when_redis_is_back(redis, redis_url):
    """The connection was cut under it; the ring after the pause is heard."""
    bell = Doorbell(redis_url)
    bell.ring("default")
    assert until(lambda: waiting(redis, "default") == 1)
    redis.flushdb()
    for client in redis.client_list():
        if client["id"] != str(redis.client_id()) and client["db"] == str(
            redis.connection_pool.connection_kwargs["db"]
        ):
            redis.client_kill_filter(_id=client["id"])

    def rung():
        bell.ring("default")
        return waiting(redis, "default") >= 1

    assert until(rung)
