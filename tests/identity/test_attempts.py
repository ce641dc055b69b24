"""Counted attempts: five of an account and fifty of an address in fifteen minutes, racing ones included."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import exc

from checkout.db import session
from checkout.db.statement import run
from checkout.identity import attempts
from checkout.identity.attempts import Kind
from checkout.identity.errors import TooManyAttempts
from tests.concurrency import at_once

NOON = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


def after(**time):
    return NOON + timedelta(**time)


def tried(account="jo@example.org", ip="192.0.2.1", now=NOON, kind=Kind.PASSWORD):
    return attempts.begin(kind, account=account, ip=ip, now=now)


def is_refused(**what):
    try:
        tried(**what)
    except TooManyAttempts:
        return True
    return False


def test_the_sixth_attempt_in_fifteen_minutes_is_refused(db):
    """And it is said when the next may be made: fifteen minutes after the first."""
    for minute in range(5):
        tried(now=after(minutes=minute))

    with pytest.raises(TooManyAttempts) as refusal:
        tried(now=after(minutes=6))

    assert refusal.value.retry_after_seconds == 9 * 60


def test_the_window_slides(db):
    """At 15:00 after the first there is room for one again, not for five; refused ones do not prolong it."""
    for minute in range(5):
        tried(now=after(minutes=minute))
    for second in range(20):
        assert is_refused(now=after(minutes=14, seconds=second))

    assert not is_refused(now=after(minutes=15))
    assert is_refused(now=after(minutes=15, seconds=1))
    assert not is_refused(now=after(minutes=16))


def test_one_account_whatever_its_case_and_another_one(db):
    """Jo's failures are Jo's, however she spells her address."""
    for spelling in (
        "jo@example.org",
        "JO@example.org",
        " Jo@Example.org ",
        "jo@EXAMPLE.org",
        "jo@example.org",
    ):
        tried(account=spelling)

    assert is_refused(account="jO@example.org")
    assert not is_refused(account="mo@example.org")
    assert not is_refused(account="jo@example.org", kind=Kind.CODE)


def test_an_address_that_tries_many_accounts_is_refused(db):
    """The 51st attempt from one address, on whatever account; another address goes on."""
    for number in range(50):
        tried(account=f"user{number}@example.org")

    assert is_refused(account="somebody@example.org")
    assert not is_refused(account="somebody@example.org", ip="192.0.2.2")


def test_the_addresses_of_one_ipv6_network_are_one(db):
    """Its owner chooses freely among 2^64 of them: fifty attempts are fifty, from whichever."""
    for number in range(50):
        tried(account=f"user{number}@example.org", ip=f"2001:db8:1:2::{number:x}")

    assert is_refused(account="somebody@example.org", ip="2001:db8:1:2:ffff::1")
    assert not is_refused(account="somebody@example.org", ip="2001:db8:1:3::1")


def test_success_forgets_the_accounts_failures_not_the_addresss(db):
    """Five accounts signed into once do not wipe out forty-nine failures of the address."""
    for number in range(49):
        tried(account=f"user{number}@example.org")
    for second in range(5):
        attempts.succeeded(tried(account="jo@example.org", now=after(seconds=second)))

    tried(account="jo@example.org", now=after(seconds=6))
    assert is_refused(account="mo@example.org", now=after(seconds=7))


def test_a_success_in_time_gives_the_account_five_again(db):
    """Four failures, a success, five failures: only then it is over."""
    for _ in range(4):
        tried()
    attempts.succeeded(tried())

    assert [is_refused() for _ in range(6)] == [False] * 5 + [True]


def test_racing_attempts_do_not_exceed_the_limit(db):
    """Thirty at the same moment: five are admitted."""
    outcomes = at_once(*[lambda: tried(now=None) for _ in range(30)])

    assert sum(isinstance(outcome, attempts.Attempt) for outcome in outcomes) == 5


def test_counting_after_the_check_would_let_them_race(db):
    """The control: look first, write after. All thirty pass the look."""
    looked = threading.Barrier(30)

    def look_then_count():
        rows = run("SELECT cardinality(recent) AS failures FROM attempts WHERE kind = 'password'")
        looked.wait(timeout=30)
        if rows and rows[0].failures >= attempts.PER_ACCOUNT:
            raise TooManyAttempts
        return "admitted"

    assert at_once(*[look_then_count] * 30).count("admitted") == 30


def test_nobody_is_admitted_while_attempts_cannot_be_counted(db):
    """The table gone, or the database: an error, not an admission."""
    with db.connect() as connection:
        connection.execute("REVOKE INSERT ON attempts FROM checkout_app")
    try:
        with pytest.raises(exc.ProgrammingError):
            tried()
    finally:
        with db.connect() as connection:
            connection.execute("GRANT INSERT ON attempts TO checkout_app")

    session.configure("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(exc.OperationalError):
        tried()


def test_no_address_is_kept(db):
    """The count knows a digest of the account."""
    tried(account="jo@example.org")

    subjects = {row["subject"] for row in db.rows("SELECT subject FROM attempts")}
    assert subjects == {"ip:192.0.2.1", f"account:{attempts.digest('jo@example.org')}"}
    assert not any("jo" in subject.split(":")[0] + subject[:11] for subject in subjects)


def test_old_counts_are_forgotten(db):
    """Those of the last fifteen minutes stay."""
    tried(now=datetime.now(UTC) - timedelta(minutes=16), account="old@example.org", ip=None)
    tried(now=datetime.now(UTC) - timedelta(minutes=14), account="new@example.org", ip=None)

    assert attempts.forget_old() == 1
    assert db.value("SELECT count(*) FROM attempts") == 1


def test_a_lock_out_is_in_the_audit_log_once(db):
    """However often the locked door is knocked at; the account is named by its digest."""
    for _ in range(5):
        tried(account="jo@example.org", ip=None)
    assert db.rows("SELECT * FROM audit_log") == []
    for _ in range(3):
        with pytest.raises(TooManyAttempts):
            tried(account="jo@example.org", ip=None)

    (row,) = db.rows("SELECT actor, action, object FROM audit_log")
    assert list(row.values()) == [
        "anybody",
        "password.lock_out",
        f"account:{attempts.digest('jo@example.org')}",
    ]
