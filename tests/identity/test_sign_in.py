"""Signing in: two steps where there is a second factor, one answer for whatever is wrong, counted attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.identity import (
    memberships,
    password_hashes,
    passwords,
    recovery_codes,
    sessions,
    sign_in,
    totp,
    users,
)
from checkout.identity.errors import InvalidCredentials, MfaInvalid, MfaRequired, TooManyAttempts
from checkout.identity.password_hashes import Cost
from tests.concurrency import at_once

CAUSE = Cause("cli", "test")
NOON = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
PASSWORD = "violet otter on ice"
IP = "192.0.2.1"


def person(email="jo@example.org", *roles, password=PASSWORD):
    with atomic() as session:
        user = users.create_user(session, email=email, cause=CAUSE)
        for role in roles:
            memberships.grant(session, user.id, role, cause=CAUSE)
        if password:
            hashed = passwords.hashed(password, email=email)
            passwords.set_hash(session, user.id, hashed, action="password.change", cause=CAUSE)
    return user


def phone_of(user):
    app = pyotp.TOTP(totp.begin_enrolment(user.id).secret)
    at = NOON - timedelta(minutes=5)
    totp.confirm(user.id, app.at(at), cause=CAUSE, now=at)
    return app


def begun(email="jo@example.org", password=PASSWORD, now=NOON, ip=IP):
    return sign_in.begin(email, password, ip=ip, user_agent="Firefox", now=now)


def test_a_right_password_opens_a_session(db):
    """For somebody whose role asks for no more; audited with the address it came from."""
    jo = person("jo@example.org", "auditor")

    found = begun("JO@example.org ")

    assert found.kind == "session"
    someone = sessions.read(found.session.text)
    assert (someone.user_id, someone.second_factor_at) == (jo.id, None)
    row = db.rows("SELECT actor, object, host(ip) AS ip FROM audit_log WHERE action = 'session.open'")[0]
    assert row == {"actor": f"person:{jo.public_id}", "object": jo.public_id, "ip": IP}


def test_every_sign_in_has_a_token_of_its_own(db):
    """Nothing that a browser held before becomes a session."""
    person()

    assert begun().session.text != begun().session.text


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("jo@example.org", "violet otter on fire"),
        ("jo@example.org", ""),
        ("jo@example.org", "x" * 100_000),
        ("jo@example.org", "\ud800"),
        ("nobody@example.org", PASSWORD),
        ("new@example.org", PASSWORD),
        ("gone@example.org", PASSWORD),
        ("", ""),
        ("jo@example.org\0", PASSWORD + "\0"),
    ],
)
def test_whatever_is_wrong_the_answer_is_one(db, email, password):
    """Wrong password, unknown address, no password yet, disabled: the same words."""
    person()
    person("new@example.org", password=None)
    gone = person("gone@example.org")
    with atomic() as session:
        users.disable(session, gone.id, cause=CAUSE)

    with pytest.raises(InvalidCredentials) as refusal:
        begun(email, password)

    assert refusal.value.detail == "the email address and the password do not belong together"
    assert db.value("SELECT count(*) FROM sessions") == 0


def test_an_unknown_address_is_compared_with_a_hash_too(db, monkeypatch):
    """The same work for both: each refusal verifies one Argon2id hash at today's cost."""
    person()
    costs = []
    real = password_hashes._hasher

    def counted(cost):
        costs.append(cost)
        return real(cost)

    monkeypatch.setattr(password_hashes, "_hasher", counted)
    for email in ("jo@example.org", "nobody@example.org"):
        with pytest.raises(InvalidCredentials):
            begun(email, "violet otter on fire")

    assert costs == [Cost(64, 1), Cost(64, 1)]


def test_five_failures_stop_the_right_password_too(db):
    """For fifteen minutes after the first; an unknown address is stopped alike."""
    person()
    for email in ("jo@example.org", "nobody@example.org"):
        for second in range(5):
            with pytest.raises(InvalidCredentials):
                begun(email, "violet otter on fire", now=NOON + timedelta(seconds=second))
        with pytest.raises(TooManyAttempts) as refusal:
            begun(email, now=NOON + timedelta(minutes=1))
        assert refusal.value.retry_after_seconds == 14 * 60

    assert begun(now=NOON + timedelta(minutes=15)).kind == "session"


@pytest.mark.parametrize(
    "written", ["kim\0@example.org", "k\0im@example.org", "kim@example.org\u2003\0", "k\u0130m@example.org"]
)
def test_no_spelling_of_an_address_has_guesses_of_its_own(db, written):
    """What finds the account counts against it, or each spelling would bring five guesses more; the last is nobody's."""
    person("kim@example.org")
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            begun("kim@example.org", password="not this one")

    with pytest.raises((TooManyAttempts, InvalidCredentials)):
        begun(written)


def test_racing_guesses_are_five(db, monkeypatch):
    """Twenty wrong passwords at the same moment: five are compared with the hash."""
    person()
    compared = []
    real = password_hashes.matches
    monkeypatch.setattr(
        password_hashes, "matches", lambda known, given: compared.append(given) or real(known, given)
    )

    outcomes = at_once(*[lambda: begun(password="violet otter on fire", now=None) for _ in range(20)])

    assert len(compared) == 5
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 15


def test_with_a_second_factor_the_password_opens_nothing(db):
    """Only the code does; then the session knows when it was given."""
    jo = person()
    phone = phone_of(jo)

    found = begun()

    assert (found.kind, found.session) == ("second_factor", None)
    assert sessions.read(found.pending_token) is None
    with pytest.raises(MfaInvalid):
        sign_in.finish(found.pending_token, "000000", ip=IP, now=NOON)
    token = sign_in.finish(found.pending_token, phone.at(NOON), ip=IP, now=NOON)
    assert sessions.read(token.text).second_factor_at is not None


def test_a_pending_sign_in_is_used_once_and_ends(db):
    """Not again after it led to a session, not after ten minutes, not for the other step."""
    jo = person()
    phone = phone_of(jo)
    used, old = begun(), begun()
    sign_in.finish(used.pending_token, phone.at(NOON), ip=IP, now=NOON)
    later = NOON + timedelta(minutes=10)

    with pytest.raises(InvalidCredentials):
        sign_in.finish(used.pending_token, phone.at(later), ip=IP, now=NOON)
    with pytest.raises(InvalidCredentials):
        sign_in.finish(old.pending_token, phone.at(later), ip=IP, now=later)
    with pytest.raises(InvalidCredentials):
        sign_in.enrolment(begun(now=later).pending_token, now=later)
    with pytest.raises(InvalidCredentials):
        sign_in.finish("made up", phone.at(later), ip=IP)


def test_a_code_cannot_be_replayed_for_a_second_session(db):
    """Two browsers with the right password, one code seen over a shoulder: one session."""
    jo = person()
    phone = phone_of(jo)
    first, second = begun(), begun()
    sign_in.finish(first.pending_token, phone.at(NOON), ip=IP, now=NOON)

    with pytest.raises(MfaInvalid):
        sign_in.finish(second.pending_token, phone.at(NOON), ip=IP, now=NOON)


def test_a_recovery_code_signs_in_once(db):
    """For the day the phone is gone."""
    jo = person()
    phone_of(jo)
    with atomic() as session:
        codes = recovery_codes.issue(session, jo.id)

    assert sign_in.finish(begun().pending_token, codes[0], ip=IP, now=NOON)
    with pytest.raises(MfaInvalid):
        sign_in.finish(begun().pending_token, codes[0], ip=IP, now=NOON)


@pytest.mark.parametrize("role", ["finance", "finance_approver", "operator", "admin"])
def test_who_needs_a_second_factor_gets_only_its_enrolment(db, role):
    """The password leads to the QR code and nowhere else; the first code opens the session."""
    jo = person("jo@example.org", role)
    found = begun()
    assert (found.kind, found.session) == ("enrol", None)
    with pytest.raises(InvalidCredentials):
        sign_in.finish(found.pending_token, "123456", ip=IP)

    phone = pyotp.TOTP(sign_in.enrolment(found.pending_token, now=NOON).secret)
    enrolled = sign_in.finish_enrolment(found.pending_token, phone.at(NOON), ip=IP, now=NOON)

    assert len(enrolled.recovery_codes) == 10
    someone = sessions.read(enrolled.session.text)
    assert (someone.user_id, someone.has_second_factor) == (jo.id, True)
    assert someone.second_factor_at is not None
    assert begun().kind == "second_factor"


def test_a_change_between_the_steps_ends_the_sign_in(db):
    """Password right, then it is changed, then the code comes: begin again."""
    jo = person()
    phone = phone_of(jo)
    found = begun()
    passwords.change(jo.id, PASSWORD, "green heron in fog", cause=CAUSE)

    with pytest.raises(InvalidCredentials):
        sign_in.finish(found.pending_token, phone.at(NOON), ip=IP, now=NOON)


def test_a_hash_of_another_cost_is_made_anew_at_sign_in(db):
    """With the right password alone."""
    person()
    password_hashes.configure(Cost(memory_kib=128, passes=1))

    with pytest.raises(InvalidCredentials):
        begun(password="violet otter on fire")
    assert "m=64" in db.value("SELECT password_hash FROM users")
    assert begun().kind == "session"
    assert "m=128" in db.value("SELECT password_hash FROM users")
    assert begun().kind == "session"


def test_in_one_step_for_programs(db):
    """Password alone where no second factor is due; else the code with it; no session is opened."""
    jo, mo = person(), person("mo@example.org")
    phone = phone_of(mo)
    person("fin@example.org", "finance")

    found = sign_in.at_once("jo@example.org", PASSWORD, None, ip=IP)
    assert (found.user_id, found.second_factor) == (jo.id, False)
    for code in (None, ""):
        with pytest.raises(MfaRequired):
            sign_in.at_once("mo@example.org", PASSWORD, code, ip=IP)
    with pytest.raises(MfaRequired):
        sign_in.at_once("fin@example.org", PASSWORD, "123456", ip=IP)
    with pytest.raises(MfaInvalid):
        sign_in.at_once("mo@example.org", PASSWORD, "000000", ip=IP, now=NOON)
    with pytest.raises(InvalidCredentials):
        sign_in.at_once("mo@example.org", "violet otter on fire", phone.at(NOON), ip=IP, now=NOON)
    found = sign_in.at_once("mo@example.org", PASSWORD, phone.at(NOON), ip=IP, now=NOON)
    assert (found.user_id, found.second_factor) == (mo.id, True)
    assert found.version == db.value("SELECT credentials_version FROM users WHERE id = %(id)s", id=mo.id)
    assert db.value("SELECT count(*) FROM sessions") == 0


def test_changing_the_password_needs_the_old_one_and_ends_sessions(db):
    """The old one no longer signs in, the new one does; guesses are counted."""
    jo = person()
    token = begun().session
    for _ in range(2):
        with pytest.raises(InvalidCredentials):
            passwords.change(jo.id, "violet otter on fire", "green heron in fog", cause=CAUSE, ip=IP)
    assert sessions.read(token.text) is not None

    passwords.change(jo.id, PASSWORD, "green heron in fog", cause=CAUSE, ip=IP)

    assert sessions.read(token.text) is None
    with pytest.raises(InvalidCredentials):
        begun()
    assert begun(password="green heron in fog").kind == "session"
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'password.change'") == 2
