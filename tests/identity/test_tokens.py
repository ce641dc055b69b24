"""Tokens of people: who gets them, how long they count, what ends them, what a stolen one is worth."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.exc import IntegrityError

from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.clock import wallclock
from checkout.db.session import atomic
from checkout.identity import (
    access_tokens,
    memberships,
    passwords,
    sessions,
    signing_keys,
    step_up,
    token_families,
    tokens,
    totp,
    users,
)
from checkout.identity.errors import InvalidCredentials, MfaInvalid, MfaRequired, TooManyAttempts
from tests.concurrency import at_once

CAUSE = Cause("cli", "test")
ISSUER = "https://pay.example"
SECRET = "a secret for tests that is long enough"
PASSWORD = "correct horse battery"
EMAIL = "ada@example.org"


@pytest.fixture
def user(db):
    """An auditor with a password: no second factor is due."""
    tokens.forget_cached()
    return user_with("auditor")


def user_with(role, email=EMAIL):
    with atomic() as session:
        made = users.create_user(session, email=email, cause=CAUSE)
        memberships.grant(session, made.id, role, cause=CAUSE)
    hashed = passwords.hashed(PASSWORD, email=email)
    with atomic() as session:
        passwords.set_hash(session, made.id, hashed, action="password.set", cause=CAUSE)
    return made


def enrol(user):
    totp.begin_enrolment(user.id)
    totp.confirm(user.id, first_code(user), cause=CAUSE)


def first_code(user):
    import pyotp

    return pyotp.TOTP(totp.enrolment_of(user.id).secret).now()


def next_code(user, db):
    """The code shown now, with the one used for the enrolment forgotten."""
    db.rows("UPDATE second_factors SET last_step = 0")
    return totp.next_code(user.id)[0]


def issue(code=None, password=PASSWORD):
    return tokens.issue(EMAIL, password, code, issuer=ISSUER, ip="203.0.113.7")


def refresh(pair_or_text):
    text = getattr(pair_or_text, "refresh_token", pair_or_text)
    return tokens.refresh(text, issuer=ISSUER, secret=SECRET, ip=None)


def principal(pair_or_text, issuer=ISSUER):
    text = getattr(pair_or_text, "access_token", pair_or_text)
    return tokens.principal(text, issuer=issuer, livemode=False)


def test_a_token_speaks_for_its_person(user, db):
    pair = issue()

    who = principal(pair)

    assert (who.kind, who.id, who.scope) == ("person", user.id, user.public_id)
    assert who.reach("payments:read").everything
    assert "payments:write" not in who.permissions
    assert db.value("SELECT actor FROM audit_log WHERE action = 'token.issue'") == f"person:{user.public_id}"


def test_nothing_of_a_token_is_stored_but_its_digest(user, db):
    pair = issue()
    stored = json.dumps(
        [
            db.rows(f"SELECT row_to_json(t)::text AS row FROM {table} t")
            for table in ("token_families", "refresh_tokens", "signing_keys", "audit_log")
        ]
    )

    assert pair.refresh_token not in stored
    assert pair.access_token not in stored
    assert pair.refresh_token not in repr(pair)
    raw = signing_keys.current().private.private_bytes_raw()
    assert raw.hex() not in stored


def test_a_role_that_needs_a_second_factor_gets_no_token_without_one(db):
    """Not enrolled, no code, a wrong code, a used one: refused; a right one says so in the token."""
    tokens.forget_cached()
    finance = user_with("finance")
    with pytest.raises(MfaRequired):
        issue()
    enrol(finance)

    with pytest.raises(MfaRequired):
        issue()
    with pytest.raises(MfaInvalid):
        issue(code="000000")
    code = next_code(finance, db)
    pair = issue(code=code)
    with pytest.raises(MfaInvalid):
        issue(code=code)

    assert step_up.is_fresh(principal(pair))
    assert jwt.decode(pair.access_token, options={"verify_signature": False})["amr"] == ["pwd", "otp", "mfa"]


def test_five_failures_shut_the_right_password_out_too(user):
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            issue(password="wrong horse battery")

    with pytest.raises(TooManyAttempts) as refused:
        issue()
    assert 0 < refused.value.retry_after_seconds <= 900


def test_a_token_lives_ten_minutes(user):
    pair = issue()
    clock.configure(offset_seconds=599)
    assert principal(pair) is not None
    clock.configure(offset_seconds=601)

    assert principal(pair) is None


def forged(pair, *, key=None, algorithm="EdDSA", header=None, **changes):
    """The token with other claims or another header, signed by us unless told otherwise."""
    claims = {**jwt.decode(pair.access_token, options={"verify_signature": False}), **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    known = {**jwt.get_unverified_header(pair.access_token), **(header or {})}
    known.pop("alg")
    return jwt.encode(claims, key or signing_keys.current().private, algorithm=algorithm, headers=known)


def with_header(pair, **changes):
    """The token with its own claims and signature under a changed header, as an attacker writes it."""
    head, body, signature = pair.access_token.split(".")
    header = {**json.loads(urlsafe_b64decode(head + "==")), **changes}
    return f"{urlsafe_b64encode(json.dumps(header).encode()).rstrip(b'=').decode()}.{body}.{signature}"


def test_only_our_own_tokens_are_believed(user):
    """Another algorithm, key, kid, type, issuer, audience, person or family, a missing claim, a changed byte."""
    pair, other = issue(), Ed25519PrivateKey.generate()
    now = int(wallclock().timestamp())
    public = signing_keys.current().private.public_key().public_bytes_raw()
    head, body, signature = pair.access_token.split(".")
    wrong = {
        "alg none": f"{with_header(pair, alg='none').rpartition('.')[0]}.",
        "alg none, signed": with_header(pair, alg="none"),
        "HMAC with the public key": forged(pair, key=public, algorithm="HS256"),
        "another key": forged(pair, key=other),
        "no kid": forged(pair, header={"kid": "x" * 43}),
        "a list for a kid": with_header(pair, kid=["x"]),
        "another type": forged(pair, header={"typ": "JWT"}),
        "issuer": forged(pair, iss="https://other.example"),
        "audience": forged(pair, aud="https://pay.example"),
        "expired": forged(pair, exp=now - 1),
        "no end": forged(pair, exp=None),
        "an end in words": forged(pair, exp="never"),
        "from tomorrow": forged(pair, iat=now + 86_400),
        "another person": forged(pair, sub="usr_01jd2k8wz5e8p9c4m6h7r3t1vx"),
        "no person": forged(pair, sub="sel_x"),
        "another family": forged(pair, sid="0190c7f4-2b6e-7c1a-9d3f-5a8b7c6d5e4f"),
        "no family": forged(pair, sid="x"),
        "changed": f"{head}.{body[:-2]}xx.{signature}",
        "nested": f"{urlsafe_b64encode(b'[' * 2_000).decode()}.{body}.{signature}",
        "empty": "..",
    }

    assert principal(forged(pair)) is not None  # the control: made in the same way, with nothing changed
    assert {name for name, text in wrong.items() if principal(text) is not None} == set()


def test_a_token_of_another_installation_is_not_believed(user):
    assert principal(issue(), issuer="https://other.example") is None


def test_a_refresh_token_works_once_and_gives_the_next(user):
    first = issue()
    second = refresh(first)
    third = refresh(second)

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert principal(third).id == user.id


def test_an_identical_retry_gets_the_same_next_token(user):
    """The answer was lost: within ten seconds nothing is."""
    first = issue()

    second, again = refresh(first), refresh(first)

    assert second.refresh_token == again.refresh_token
    assert principal(refresh(again)) is not None


def make_old(db):
    db.rows("UPDATE refresh_tokens SET used_at = used_at - interval '11 seconds'")


@pytest.mark.parametrize("generations", [1, 3])
def test_an_old_refresh_token_ends_its_family(user, db, generations):
    """Whoever holds which copy: both are out, and it is written down."""
    pairs = [issue()]
    other_device = issue()
    for _ in range(generations):
        pairs.append(refresh(pairs[-1]))
    make_old(db)

    with pytest.raises(InvalidCredentials):
        refresh(pairs[0])

    with pytest.raises(InvalidCredentials):
        refresh(pairs[-1])
    assert principal(pairs[-1]) is None
    assert principal(other_device) is not None
    assert db.rows("SELECT ended_why FROM token_families WHERE ended_at IS NOT NULL") == [
        {"ended_why": "reuse"}
    ]
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'token.reuse'") == 1


def test_a_retry_after_the_next_token_was_used_is_reuse(user):
    """The client has the next one in use: the old one is in other hands, however fast."""
    first = issue()
    refresh(refresh(first))

    with pytest.raises(InvalidCredentials):
        refresh(first)


def test_two_refreshes_at_once_are_one(user, db):
    """One wins, the other is its retry: one next token, and the family lives."""
    first = issue()

    outcomes = at_once(*[lambda: refresh(first)] * 4)

    assert len({pair.refresh_token for pair in outcomes}) == 1
    assert db.value("SELECT count(*) FROM refresh_tokens") == 2
    assert principal(refresh(outcomes[0])) is not None


def test_without_its_guards_they_would_not_be_one(user, monkeypatch):
    """The control: with the row neither locked nor asked whether it is unused, refreshes at once collide."""
    monkeypatch.setattr(token_families, "LOCK", token_families.LOCK.replace("FOR UPDATE OF t", ""))
    monkeypatch.setattr(token_families, "USE", token_families.USE.replace("AND used_at IS NULL", ""))
    outcomes = []
    for _ in range(50):  # the first or second time, as a rule
        first = issue()
        outcomes += at_once(*[lambda first=first: refresh(first)] * 4)
        if any(isinstance(outcome, IntegrityError) for outcome in outcomes):
            break

    assert any(isinstance(outcome, IntegrityError) for outcome in outcomes)


@pytest.mark.parametrize("text", ["", "rt_", "rt_" + "x" * 43, "x" * 10_000, "rt_\ud800", "sk_test_x"])
def test_what_is_no_refresh_token_is_refused(db, text):
    with pytest.raises(InvalidCredentials):
        refresh(text)


CHANGES = {
    "password": lambda session, user: passwords.set_hash(
        session, user.id, "x", action="password.change", cause=CAUSE
    ),
    "another role": lambda session, user: memberships.grant(session, user.id, "finance", cause=CAUSE),
    "no role": lambda session, user: memberships.revoke(session, user.id, "auditor", cause=CAUSE),
    "signed out everywhere": lambda session, user: sessions.revoke_all(session, user.id, cause=CAUSE),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_credentials_ends_every_token(user, change):
    pair = issue()
    assert principal(pair) is not None

    with atomic() as session:
        CHANGES[change](session, user)
    token_families.forget_cached()  # what a second does

    assert principal(pair) is None
    with pytest.raises(InvalidCredentials):
        refresh(pair)


def test_a_disabled_person_is_nobody(user, db):
    pair = issue()
    db.rows("UPDATE users SET status = 'disabled'")
    token_families.forget_cached()

    assert principal(pair) is None
    with pytest.raises(InvalidCredentials):
        refresh(pair)


def test_a_family_ends_after_thirty_days(user, db):
    """However often it was refreshed."""
    pair = refresh(issue())
    db.rows(
        "UPDATE token_families SET created_at = created_at - interval '30 days',"
        " expires_at = expires_at - interval '30 days'"
    )

    with pytest.raises(InvalidCredentials):
        refresh(pair)
    assert token_families.forget_ended() == 1
    assert db.value("SELECT count(*) FROM refresh_tokens") == 0


def test_a_known_token_costs_one_read_a_second(user, monkeypatch):
    pair = issue()
    principal(pair)
    asked = []
    monkeypatch.setattr(token_families, "run", lambda *a, **p: asked.append(p))
    monkeypatch.setattr(signing_keys, "run", lambda *a, **p: asked.append(p))

    assert principal(pair) is not None
    assert asked == []


def test_a_rotated_signing_key_verifies_for_a_quarter_of_an_hour(user, db):
    """Tokens of before count on, new ones are signed by the new key; in the end the old key is gone."""
    old = issue()
    kid = signing_keys.rotate(cause=CAUSE)
    new = issue()

    assert jwt.get_unverified_header(new.access_token)["kid"] == kid
    assert principal(old) is not None
    assert principal(new) is not None
    db.rows(
        "UPDATE signing_keys SET verifies_until = clock_timestamp() - interval '1 second' "
        "WHERE verifies_until IS NOT NULL"
    )
    tokens.forget_cached()
    assert principal(old) is None
    assert principal(new) is not None
    signing_keys.rotate(cause=CAUSE)
    assert db.value("SELECT count(*) FROM signing_keys") == 2


def test_first_uses_at_once_make_one_key(db):
    tokens.forget_cached()

    kids = {key.kid for key in at_once(*[signing_keys.current] * 4)}

    assert len(kids) == 1
    assert db.value("SELECT count(*) FROM signing_keys WHERE verifies_until IS NULL") == 1


def test_the_overlap_outlasts_every_token_of_before():
    seconds = access_tokens.LIFETIME + access_tokens.EARLY + timedelta(seconds=signing_keys.CACHE_SECONDS)

    assert seconds.total_seconds() < signing_keys.OVERLAP_SECONDS
