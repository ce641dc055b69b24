"""How long a thread stays with its connection."""

from __future__ import annotations

import socket
from io import BytesIO
from types import SimpleNamespace

import pytest
from gunicorn.workers.gthread import ThreadWorker

from checkout.launcher import gunicorn_worker
from checkout.launcher.gunicorn_worker import Worker

REQUEST = b"GET / HTTP/1.1\r\n\r\n"


@pytest.fixture
def handled(monkeypatch):
    """What gunicorn itself was asked to handle: it reads one request of the socket, and keeps the connection."""
    seen = []

    def handle(worker, conn):
        seen.append(conn.sock.recv(len(REQUEST)))
        return bool(seen[-1])

    monkeypatch.setattr(ThreadWorker, "handle", handle)
    monkeypatch.setattr(gunicorn_worker, "STAY_MILLISECONDS", 1)
    return seen


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield SimpleNamespace(
            sock=ours,
            theirs=theirs,
            parser=SimpleNamespace(unreader=SimpleNamespace(buf=BytesIO())),
        )


def worker(*, connections=2, threads=2, alive=True, is_ssl=False):
    made = object.__new__(Worker)
    made.cfg = SimpleNamespace(threads=threads, is_ssl=is_ssl)
    made.alive, made.nr_conns = alive, connections
    return made


def test_a_thread_stays_with_its_connection_while_all_can_have_one(handled, pair):
    """Two requests are there: one thread takes both, waits for a third, and gives the connection back, to be kept."""
    pair.theirs.sendall(REQUEST * 2)

    assert worker().handle(pair) is True
    assert handled == [REQUEST, REQUEST]


@pytest.mark.parametrize(
    "no_time", [{"connections": 3}, {"alive": False}, {"is_ssl": True}], ids=["crowded", "ending", "tls"]
)
def test_a_thread_that_others_wait_for_does_not_stay(handled, pair, no_time):
    """More connections than threads, or a worker that ends: one request, and the loop decides. Under TLS what has come
    may be in the library's hands, where no poll sees it."""
    pair.theirs.sendall(REQUEST * 2)

    assert worker(**no_time).handle(pair) is True
    assert handled == [REQUEST]


def test_a_connection_that_the_client_has_ended_is_not_kept(handled, pair):
    """The end is readable: gunicorn reads it, and says that there is nothing to keep."""
    pair.theirs.sendall(REQUEST)
    pair.theirs.close()

    assert worker().handle(pair) is False
    assert handled == [REQUEST, b""]


def test_a_request_that_came_with_the_one_before_is_not_waited_for(handled, pair, monkeypatch):
    """Its bytes are in the parser's hands, and the socket may never be readable again."""
    buffered = [BytesIO(REQUEST), BytesIO()]
    monkeypatch.setattr(gunicorn_worker.select, "poll", None)

    def handle(_worker, conn):
        conn.parser.unreader.buf = buffered.pop(0)
        return bool(buffered)

    monkeypatch.setattr(ThreadWorker, "handle", handle)

    assert worker().handle(pair) is False
    assert buffered == []
