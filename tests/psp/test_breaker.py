"""The circuit: opens after three failures, lets one call try after a while, and obeys the operator's row."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine

from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.psp import CircuitOpen, Declined, InvalidRequest, OutcomeUnknown, RateLimited, Unavailable
from checkout.psp import breaker as breaker_module
from checkout.psp.breaker import Breaker
from checkout.psp.switch import close_switch, open_switch
from tests.concurrency import at_once
from tests.psp.conftest import adapter_at
from tests.psp.stub import refusing_address


def failing(error):
    def call():
        raise error

    return call


def make(open_seconds=30.0):
    return Breaker("stripe", open_seconds=open_seconds, switch=lambda psp: None)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still but for what a test shifts: however slow the machine, no pause ends by itself."""
    with time_machine.travel(utcnow(), tick=False) as traveller:
        yield traveller


def fail(breaker, times=3, error=None):
    for _ in range(times):
        with pytest.raises((OutcomeUnknown, Unavailable)):
            breaker.call(failing(error or Unavailable()))


@pytest.mark.parametrize("error", [Unavailable(), OutcomeUnknown()], ids=["unavailable", "unknown"])
def test_three_failures_open_the_circuit(error):
    """The fourth call is refused at once, with the time to come back."""
    breaker = make()
    fail(breaker, 3, error)

    with pytest.raises(CircuitOpen) as refused:
        breaker.call(failing(AssertionError("sent")))

    assert breaker.state == "open"
    assert 1 <= refused.value.retry_after_seconds <= 30


def test_a_success_between_failures_keeps_it_closed():
    breaker = make()
    fail(breaker, 2)
    breaker.call(lambda: None)
    fail(breaker, 2)

    assert breaker.call(lambda: "sent") == "sent"


@pytest.mark.parametrize(
    "refusal",
    [InvalidRequest(), RateLimited(), Declined(reason="generic_decline")],
    ids=["invalid", "limited", "declined"],
)
def test_a_refusal_is_an_answer(refusal):
    """The PSP works: what it refuses opens nothing."""
    breaker = make()
    for _ in range(10):
        with pytest.raises(type(refusal)):
            breaker.call(failing(refusal))

    assert breaker.state == "closed"


def test_a_call_that_works_after_the_pause_closes_it(clock):
    breaker = make()
    fail(breaker)
    clock.shift(30)

    assert breaker.call(lambda: "sent") == "sent"
    assert breaker.state == "closed"


def test_a_call_that_fails_after_the_pause_opens_it_again(clock):
    breaker = make()
    fail(breaker)
    clock.shift(30)
    fail(breaker, 1)

    with pytest.raises(CircuitOpen):
        breaker.call(lambda: "sent")


def test_one_call_at_a_time_tries_whether_the_psp_is_back(clock):
    """While one is under way, twenty others are refused at once; when it works, the circuit is closed."""
    breaker = make()
    fail(breaker)
    clock.shift(30)
    under_way, may_end = threading.Event(), threading.Event()

    def trial():
        under_way.set()
        assert may_end.wait(60)

    thread = threading.Thread(target=lambda: breaker.call(trial))
    thread.start()
    assert under_way.wait(60)
    outcomes = at_once(*[lambda: breaker.call(failing(AssertionError("sent")))] * 20)
    may_end.set()
    thread.join()

    assert {type(outcome) for outcome in outcomes} == {CircuitOpen}
    assert breaker.state == "closed"


def test_calls_do_not_wait_for_each_other():
    """Eight calls, each of which ends when all are under way: the library's own call() would send one after the other."""
    breaker = make()
    all_under_way = threading.Barrier(8)

    outcomes = at_once(*[lambda: breaker.call(lambda: all_under_way.wait(30) >= 0)] * 8)

    assert outcomes == [True] * 8


def test_who_would_write_first_is_told_before(clock):
    """refuse_while_open() refuses what call() would refuse, and takes no trial from it."""
    breaker = make()
    breaker.refuse_while_open()
    fail(breaker)
    with pytest.raises(CircuitOpen):
        breaker.refuse_while_open()
    clock.shift(30)

    breaker.refuse_while_open()
    assert breaker.call(lambda: "sent") == "sent"


def test_an_open_circuit_answers_fast(request_of):
    """A PSP that refuses connections: after three calls the next are refused in well under 200 ms."""
    adapter = adapter_at(refusing_address())
    for _ in range(3):
        with pytest.raises(Unavailable):
            adapter.register_payment(request_of())
    took = []

    for _ in range(20):
        began = time.monotonic()
        with pytest.raises(CircuitOpen):
            adapter.register_payment(request_of())
        took.append(time.monotonic() - began)

    assert min(took) < 0.2  # a busy machine may be late at some, not at all of them


# The operator's row.


@pytest.fixture
def switched(db, monkeypatch):
    """A breaker that reads the row, without the second of patience."""
    monkeypatch.setattr(breaker_module, "SWITCH_READ_EVERY_SECONDS", 0.0)
    return Breaker("stripe")


def open_by_hand(**fields):
    with atomic() as session:
        open_switch(session, "stripe", reason="maintenance", opened_by="cli:jo", **fields)


def test_the_operators_row_stops_every_call_until_it_is_removed(switched):
    open_by_hand()
    with pytest.raises(CircuitOpen) as refused:
        switched.call(lambda: "sent")
    assert refused.value.retry_after_seconds == 30
    assert switched.state == "open"

    with atomic() as session:
        assert close_switch(session, "stripe")

    assert switched.call(lambda: "sent") == "sent"


def test_the_operators_row_lapses(switched):
    open_by_hand(until=utcnow() + timedelta(minutes=5))
    with pytest.raises(CircuitOpen):
        switched.call(lambda: "sent")

    open_by_hand(until=utcnow() - timedelta(seconds=1))

    assert switched.call(lambda: "sent") == "sent"


def test_another_psps_row_stops_nothing(switched, db):
    with atomic() as session:
        open_switch(session, "adyen", reason="maintenance", opened_by="cli:jo")

    assert switched.call(lambda: "sent") == "sent"


def test_the_row_is_read_at_most_once_a_second(monkeypatch):
    now, reads = [100.0], []
    monkeypatch.setattr(breaker_module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    breaker = Breaker("stripe", switch=lambda psp: reads.append(psp))

    for now[0] in (100.0, 100.5, 100.99):
        breaker.call(lambda: None)
    assert reads == ["stripe"]

    now[0] = 101.0
    breaker.call(lambda: None)
    assert reads == ["stripe"] * 2


def test_a_database_that_is_away_opens_nothing():
    """The switch is a wish of an operator, not a need of the call."""
    from checkout.db.session import DatabaseUnavailable

    breaker = Breaker("stripe", switch=lambda psp: failing(DatabaseUnavailable())())

    assert breaker.call(lambda: "sent") == "sent"
