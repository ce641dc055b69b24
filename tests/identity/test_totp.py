"""The second factor: codes of about now, each once; recovery codes, each once; counted attempts."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.identity import recovery_codes, second_factor, sessions, totp, users
from checkout.identity.errors import MfaInvalid, TooManyAttempts
from tests.concurrency import at_once

CAUSE = Cause("cli", "test")
NOON = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)  # the first second of a step


@pytest.fixture
def jo(db):
    with atomic() as session:
        return users.create_user(session, email="jo@example.org", name="Jo", cause=CAUSE)


@pytest.fixture
def phone(jo):
    """The app on Jo's phone, enrolled with the code of 11:55."""
    app = pyotp.TOTP(totp.begin_enrolment(jo.id).secret)
    at = NOON - timedelta(minutes=5)
    totp.confirm(jo.id, app.at(at), cause=CAUSE, now=at)
    return app


def accepted(user, code, now=NOON):
    try:
        second_factor.verify(user.id, code, ip="192.0.2.1", now=now)
    except MfaInvalid:
        return False
    return True


def test_the_codes_are_those_of_the_rfc(jo, db, monkeypatch):
    """RFC 6238, appendix B: the seed 12345678901234567890 at 59 seconds gives …287082, at 1111111109 …081804."""
    monkeypatch.setattr(pyotp, "random_base32", lambda: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    totp.begin_enrolment(jo.id)

    at_59 = datetime.fromtimestamp(59, UTC)
    totp.confirm(jo.id, "287082", cause=CAUSE, now=at_59)

    later = datetime.fromtimestamp(1111111109, UTC)
    assert totp.next_code(jo.id, now=later) == ("081804", 0)
    assert accepted(jo, "081804", now=later)


def test_an_enrolment_is_shown_as_text_uri_and_picture(jo):
    """The picture is plain SVG: no style, no script, nothing that a strict policy refuses."""
    enrolment = totp.begin_enrolment(jo.id)

    assert re.fullmatch("[A-Z2-7]{32}", enrolment.secret)
    assert enrolment.uri == (
        f"otpauth://totp/Checkout:jo%40example.org?secret={enrolment.secret}&issuer=Checkout"
    )
    assert ET.fromstring(enrolment.qr_svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search("style|script|<!|<\\?", enrolment.qr_svg)
    assert enrolment.secret not in repr(enrolment)


def test_a_seed_is_stored_sealed(jo, db):
    """Neither the seed nor its bytes stand in the table."""
    secret = totp.begin_enrolment(jo.id).secret

    sealed = bytes(db.value("SELECT seed_sealed FROM second_factors"))

    assert secret.encode() not in sealed
    assert totp.enrolment_of(jo.id).secret == secret


def test_an_enrolment_counts_for_nothing_until_it_is_confirmed(jo):
    """No code of it is taken; beginning anew makes another seed; the wrong code confirms nothing."""
    first = totp.begin_enrolment(jo.id)
    assert not accepted(jo, pyotp.TOTP(first.secret).at(NOON))

    second = totp.begin_enrolment(jo.id)

    assert second.secret != first.secret
    with pytest.raises(MfaInvalid):
        totp.confirm(jo.id, pyotp.TOTP(first.secret).at(NOON), cause=CAUSE, now=NOON)
    assert not totp.is_enabled(jo.id)


def test_confirming_gives_recovery_codes_and_ends_sessions(jo, db):
    """Ten codes, audited; the code that confirmed is used up; a second enrolment is refused."""
    secret = totp.begin_enrolment(jo.id).secret
    with atomic() as session:
        token = sessions.open(session, jo.id, ip=None, second_factor=False)
    code = pyotp.TOTP(secret).at(NOON)

    codes = totp.confirm(jo.id, code, cause=CAUSE, now=NOON)

    assert len(set(codes)) == recovery_codes.left(jo.id) == 10
    assert users.get_user(jo.id).has_second_factor
    assert sessions.read(token.text) is None
    assert not accepted(jo, code)
    with pytest.raises(MfaInvalid):
        totp.begin_enrolment(jo.id)
    with pytest.raises(NotFound):
        totp.enrolment_of(jo.id)
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'second_factor.enable'") == 1


@pytest.mark.parametrize(
    ("seconds", "taken"),
    [(-31, False), (-30, True), (-1, True), (0, True), (30, True), (59, True), (60, False)],
)
def test_a_code_is_taken_one_step_early_or_late(jo, phone, seconds, taken):
    """The app's code of a moment, typed at noon: the step before, this one, the one after."""
    assert accepted(jo, phone.at(NOON + timedelta(seconds=seconds))) is taken


def test_a_code_is_taken_once(jo, phone):
    """Not again in its step, nor in the next one; nor an older one after it."""
    assert accepted(jo, phone.at(NOON))

    assert not accepted(jo, phone.at(NOON), now=NOON + timedelta(seconds=29))
    assert not accepted(jo, phone.at(NOON), now=NOON + timedelta(seconds=45))
    assert not accepted(jo, phone.at(NOON - timedelta(seconds=30)))
    assert accepted(jo, phone.at(NOON + timedelta(seconds=30)))


def test_a_code_shown_twice_at_once_is_taken_once(jo, phone):
    """Ten at the same moment: one passes."""
    outcomes = at_once(*[lambda: totp.use_code(jo.id, phone.at(NOON), now=NOON) for _ in range(10)])

    assert outcomes.count(True) == 1


def test_without_the_guarded_update_it_would_be_taken_several_times(jo, phone, monkeypatch):
    """The control: the step is stored, but not compared."""
    unguarded = "UPDATE second_factors SET last_step = %(step)s WHERE user_id = %(user_id)s RETURNING user_id"
    monkeypatch.setattr(totp, "USE_STEP", unguarded)

    outcomes = at_once(*[lambda: totp.use_code(jo.id, phone.at(NOON), now=NOON) for _ in range(10)])

    assert outcomes.count(True) == 10


@pytest.mark.parametrize("code", ["", "000000", "1", "١٢٣٤٥٦", "\ud800", "0" * 100_000, "12345\0"])
def test_what_is_no_code_is_refused(jo, phone, code):
    """Whatever is typed: the same refusal, no error of ours."""
    assert not accepted(jo, code)


def test_the_next_code_is_one_that_was_not_used(jo, phone):
    """This step's, then the next one's, which is taken early, then the one after it, for which one waits."""
    for seconds, wait in ((0, 0), (30, 0), (60, 18)):
        code = phone.at(NOON + timedelta(seconds=seconds))
        assert totp.next_code(jo.id, now=NOON + timedelta(seconds=12)) == (code, wait)
        assert accepted(jo, code, now=NOON + timedelta(seconds=12 + wait))


def test_codes_do_not_follow_the_test_clock(jo):
    """An hour's wrong clock of this machine changes nothing: the database's time counts."""
    secret = totp.begin_enrolment(jo.id).secret
    code = pyotp.TOTP(secret).at(run("SELECT clock_timestamp() AS now")[0].now)

    clock.configure(offset_seconds=-3600)

    assert totp.confirm(jo.id, code, cause=CAUSE)


def test_a_recovery_code_is_taken_once(jo, db):
    """However it is typed; other people's are worth nothing."""
    with atomic() as session:
        mo = users.create_user(session, email="mo@example.org", cause=CAUSE)
        codes = recovery_codes.issue(session, jo.id)

    assert re.fullmatch("([0-9a-z]{4}-){3}[0-9a-z]{4}", codes[0])
    assert not accepted(mo, codes[0])
    assert accepted(jo, codes[0])
    assert not accepted(jo, codes[0])
    assert accepted(jo, f" {codes[1].upper().replace('-', ' ')}".replace("0", "O").replace("1", "l"))
    assert recovery_codes.left(jo.id) == 8
    stored = {bytes(row["code_sha256"]) for row in db.rows("SELECT code_sha256 FROM recovery_codes")}
    assert recovery_codes.digest(jo.id, codes[2]) in stored


def test_new_recovery_codes_replace_the_old(jo):
    """An old one is refused, used or not."""
    with atomic() as session:
        old = recovery_codes.issue(session, jo.id)
    with atomic() as session:
        new = recovery_codes.issue(session, jo.id)

    assert not accepted(jo, old[3])
    assert accepted(jo, new[3])


def test_the_sixth_wrong_code_is_not_tried(jo, phone):
    """Nor is the right one then; fifteen minutes after the first it is."""
    for _ in range(5):
        assert not accepted(jo, "000000")

    with pytest.raises(TooManyAttempts):
        accepted(jo, phone.at(NOON))
    later = NOON + timedelta(minutes=15)
    assert accepted(jo, phone.at(later), now=later)


def test_disabling_needs_a_fresh_code(jo, phone, db):
    """A wrong one changes nothing; a right one ends sessions and takes the recovery codes along."""
    with atomic() as session:
        token = sessions.open(session, jo.id, ip=None, second_factor=True)
    with pytest.raises(MfaInvalid):
        second_factor.disable(jo.id, "000000", cause=CAUSE, now=NOON)
    assert totp.is_enabled(jo.id)

    second_factor.disable(jo.id, phone.at(NOON), cause=CAUSE, now=NOON)

    assert not totp.is_enabled(jo.id)
    assert recovery_codes.left(jo.id) == 0
    assert sessions.read(token.text) is None
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'second_factor.disable'") == 1
    with pytest.raises(NotFound):
        totp.next_code(jo.id)


def test_nobody_enrols_for_somebody_unknown(db):
    """An unknown user is not found."""
    with pytest.raises(NotFound):
        totp.begin_enrolment(new_uuid())
    with pytest.raises(NotFound):
        totp.confirm(new_uuid(), "123456", cause=CAUSE)
