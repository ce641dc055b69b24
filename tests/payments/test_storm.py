"""The double click, at full strength: fifty threads with one key; twenty threads with twenty keys and one payment_id.
One payment, one page at the PSP; and controls that show what each guard prevents."""

from __future__ import annotations

import json
import threading
import time
from uuid import uuid4

import pytest

from checkout import idempotency
from checkout.core.ids import decode
from checkout.payments import start, start_again, start_outcome, start_statements
from checkout.payments.answer import Answer
from checkout.payments.commands import Customer
from checkout.payments.errors import PspUnavailable
from checkout.payments.resume import resume_payment
from tests.concurrency import at_once
from tests.payments.conftest import REQUEST
from tests.shoppers.reading import people

RETRYABLE = (idempotency.InProgress, PspUnavailable)


def slow(psp):
    """The PSP takes 50 ms, so that the others arrive while the first one waits."""
    psp.during = lambda: time.sleep(0.05)


def until_answered(attempt, tries=100):
    """What a client does: the same request again while the answer is retryable."""
    for _ in range(tries):
        try:
            return attempt()
        except RETRYABLE:
            time.sleep(0.05)
    raise AssertionError("never answered")


def test_fifty_threads_one_key(db, shop):
    """One executes; the others are told to wait or given its bytes; afterwards all have the same bytes."""
    slow(shop.psp)
    command = shop.command()

    outcomes = at_once(*[lambda: shop.start(command, key="k-1") for _ in range(50)])

    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    assert all(isinstance(outcome, (Answer, idempotency.InProgress)) for outcome in outcomes)
    assert len({answer.body for answer in answers}) == 1
    assert {answer.status for answer in answers} == {201}
    assert sum(not answer.replayed for answer in answers) == 1
    assert shop.start(command, key="k-1").body == answers[0].body
    assert db.value("SELECT count(*) FROM payments") == 1
    assert len(shop.psp.sessions) == shop.psp.count("register") == 1


def test_twenty_keys_one_payment_id(db, shop):
    """Each click brings a new key: one payment, one page; every answer carries the address or says to come again."""
    slow(shop.psp)
    command = shop.command(payment_id=uuid4())
    keys = [f"k-{n}" for n in range(20)]

    outcomes = at_once(*[lambda k=k: shop.start(command, key=k) for k in keys])
    answers = [until_answered(lambda k=k: shop.start(command, key=k)) for k in keys]

    for outcome in outcomes:
        assert isinstance(outcome, (Answer, idempotency.InProgress)), outcome
        if isinstance(outcome, Answer):
            assert json.loads(outcome.body)["url"] == "https://psp.example/pay/cs_test_1"
    assert {json.loads(answer.body)["url"] for answer in answers} == {"https://psp.example/pay/cs_test_1"}
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert db.value("SELECT count(*) FROM payments") == 1
    assert len(shop.psp.sessions) == 1
    assert db.value("SELECT count(*) FROM idempotency_keys WHERE finished_at IS NULL") == 0


def test_twenty_keys_while_the_psps_answers_get_lost(db, shop):
    """Some of the calls time out after executing: still one payment and one page."""
    from tests.payments.fake_psp import lost_answer

    slow(shop.psp)
    shop.psp.faults = [lost_answer() for _ in range(3)]
    command = shop.command(payment_id=uuid4())

    answers = at_once(
        *[lambda k=k: until_answered(lambda: shop.start(command, key=f"k-{k}")) for k in range(20)]
    )

    assert {json.loads(answer.body)["url"] for answer in answers} == {"https://psp.example/pay/cs_test_1"}
    assert len(shop.psp.sessions) == 1
    assert db.value("SELECT count(*) FROM payments") == 1


def both_read_before_either_writes(monkeypatch):
    """The race at its narrowest: neither request sees the other's payment."""
    together = threading.Barrier(2)
    plan = start._plan

    def plan_together(*args):
        intention = plan(*args)
        together.wait(timeout=20)
        return intention

    monkeypatch.setattr(start, "_plan", plan_together)


def test_two_keys_that_saw_nothing_of_each_other_make_one_payment(db, shop, monkeypatch):
    """The unique payment_id decides: the second finds the first one's payment, at work or finished."""
    both_read_before_either_writes(monkeypatch)
    command = shop.command(payment_id=uuid4())

    outcomes = at_once(*[lambda k=k: shop.start(command, key=k) for k in ("k-1", "k-2")])

    assert all(isinstance(outcome, (Answer, idempotency.InProgress)) for outcome in outcomes)
    assert db.value("SELECT count(*) FROM payments") == 1
    assert len(shop.psp.sessions) == 1


def test_two_first_checkouts_of_one_shopper_send_what_a_repeat_would_send(db, shop, monkeypatch):
    """Two spellings of one address at once: one shopper, and 9.90 and 15.00 go out with the spelling that stands there,
    since the PSP knows a repeat by its parameters."""
    both_read_before_either_writes(monkeypatch)
    jo, loud = Customer("jo@example.org", "Jo", None, None), Customer("JO@Example.org", "Jo", None, None)
    commands = [shop.command((990,), customer=jo), shop.command((1500,), customer=loud)]

    answers = at_once(*[lambda c=c: shop.start(c) for c in commands])

    assert [answer.status for answer in answers] == [201, 201]
    (person,) = people(db)
    assert {wire["email"] for wire in shop.psp.wires} == {person.email}


def test_without_the_unique_payment_id_each_key_makes_a_payment(db, shop, monkeypatch):
    """Control: the index dropped, the same two open two pages."""
    both_read_before_either_writes(monkeypatch)
    command = shop.command(payment_id=uuid4())
    definition = db.value("SELECT indexdef FROM pg_indexes WHERE indexname = 'payments_by_client_id'")
    db.rows("DROP INDEX payments_by_client_id")
    try:
        at_once(*[lambda k=k: shop.start(command, key=k) for k in ("k-1", "k-2")])

        assert db.value("SELECT count(*) FROM payments") == 2
        assert len(shop.psp.sessions) == 2
    finally:
        db.rows("SET LOCAL session_replication_role = replica; DELETE FROM payments")
        db.rows(definition)


def test_without_the_key_each_click_makes_a_payment(db, shop, monkeypatch):
    """Control: a claim that never conflicts, and one key opens a page per click."""
    monkeypatch.setattr(
        start_statements,
        "CREATE",
        start_statements.CREATE.replace(
            "%(principal)s, %(key)s,", "%(principal)s, gen_random_uuid()::text,", 1
        ),
    )
    monkeypatch.setattr(start_outcome.keys, "finish", lambda session, held, payment_id, made, *, now: made)
    command = shop.command()

    at_once(*[lambda: shop.start(command, key="k-1") for _ in range(4)])

    assert db.value("SELECT count(*) FROM payments") == 4


def test_a_holder_that_is_gone_is_taken_over_after_its_lease(db, shop):
    """The key's lease has passed and nobody finished it: the next retry does, with the same request."""
    _die_after_the_intention(shop, "k-1")
    with pytest.raises(idempotency.InProgress):
        shop.start(key="k-1")
    _let_the_lease_pass(db)

    answer = shop.start(key="k-1")

    assert answer.status == 201
    assert db.value("SELECT count(*) FROM payments") == 1
    assert db.value("SELECT count(*) FROM idempotency_keys WHERE finished_at IS NULL") == 0


def test_another_key_continues_after_the_lease(db, shop):
    """The first click's process is gone; a second click with a new key finds and finishes the payment."""
    command = shop.command(payment_id=uuid4())
    _die_after_the_intention(shop, "k-1", command)
    with pytest.raises(idempotency.InProgress):
        shop.start(command, key="k-2")
    _let_the_lease_pass(db)

    answer = shop.start(command, key="k-2")

    assert answer.status == 200
    assert db.value("SELECT count(*) FROM payments") == 1
    assert shop.start(command, key="k-1").status == 201


def test_a_holder_that_comes_back_late_gives_the_answer_that_counts(db, shop):
    """Its lease passed while the PSP was slow; another finished: both give the same bytes."""
    taken = []

    def slow_psp():
        shop.psp.during = None
        _let_the_lease_pass(db)
        taken.append(shop.start(command, key="k-1"))

    command = shop.command()
    shop.psp.during = slow_psp

    late = shop.start(command, key="k-1")

    assert late.body == taken[0].body
    assert late.replayed
    assert len(shop.psp.sessions) == 1


def _die_after_the_intention(shop, key, command=None):
    """As kill -9 between the first transaction and the PSP's call."""

    class Killed(BaseException):
        pass

    def die(request):
        raise Killed

    register = shop.psp.register_payment
    shop.psp.register_payment = die
    with pytest.raises(Killed):
        shop.start(command, key=key)
    shop.psp.register_payment = register


def _let_the_lease_pass(db):
    db.rows("UPDATE idempotency_keys SET lease_until = now() - interval '1 second' WHERE finished_at IS NULL")


def test_a_second_key_whose_holder_died_is_answered_by_the_task(db, shop, monkeypatch):
    """The payment is registered and its task done; a second click finds it and is killed before it answers. Its key is
    finished all the same, by a task of its own."""
    command = shop.command(payment_id=uuid4())
    shop.start(command, key="k-1")
    with monkeypatch.context() as patched:
        patched.setattr(start_again, "_go_on", _killed)
        with pytest.raises(SystemExit):
            shop.start(command, key="k-2")
    assert db.value("SELECT count(*) FROM idempotency_keys WHERE finished_at IS NULL") == 1

    _run_what_is_staged(db, shop)

    assert db.value("SELECT count(*) FROM idempotency_keys WHERE finished_at IS NULL") == 0
    replayed = shop.start(command, key="k-2")
    assert (replayed.status, replayed.replayed) == (200, True)


def test_a_first_key_whose_holder_died_is_answered_when_a_second_one_finished(db, shop):
    """The second click finishes the payment, and with it the first one's task: the first key is not forgotten."""
    command = shop.command(payment_id=uuid4())
    _die_after_the_intention(shop, "k-1", command)
    _let_the_lease_pass(db)
    assert shop.start(command, key="k-2").status == 200
    assert db.value("SELECT count(*) FROM idempotency_keys WHERE finished_at IS NULL") == 1

    _run_what_is_staged(db, shop)

    assert db.value("SELECT count(*) FROM idempotency_keys WHERE finished_at IS NULL") == 0


def _killed(desk, claimed):
    raise SystemExit


def _run_what_is_staged(db, shop):
    """The resume tasks that are still to come, as the worker runs them a minute later."""
    for row in db.rows("SELECT args FROM tasks WHERE kind = 'payments.resume' AND status = 'ready'"):
        payment_id = decode("pay", row["args"]["payment"])
        assert resume_payment(payment_id, psp=shop.psp, render=shop.render, cause=REQUEST) is None
