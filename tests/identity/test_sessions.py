"""Sessions: how long they last, who ends them, and that their tokens change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.identity import memberships, sessions, users
from checkout.identity.errors import InvalidCredentials
from checkout.identity.grants import Grant
from tests.concurrency import at_once

CAUSE = Cause("cli", "test")
NOON = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


def minutes(count):
    return timedelta(minutes=count)


@pytest.fixture
def jo(db):
    with atomic() as session:
        return users.create_user(session, email="jo@example.org", name="Jo", cause=CAUSE)


def opened(user, **options):
    with atomic() as session:
        return sessions.open(
            session,
            user.id,
            ip="192.0.2.7",
            user_agent="Firefox\r\n",
            **{"second_factor": False, "now": NOON, **options},
        )


def test_a_token_is_stored_as_a_digest(jo, db):
    """256 random bits for the browser, their SHA-256 for the database."""
    token = opened(jo)

    row = db.rows("SELECT token_sha256, host(ip) AS ip, user_agent FROM sessions")[0]
    assert len(token.text) == 43
    assert bytes(row["token_sha256"]) == sha256(token.text.encode()).digest()
    assert (row["ip"], row["user_agent"]) == ("192.0.2.7", "Firefox")
    assert token.text not in repr(token)


def test_a_session_shows_its_person(jo):
    """With what they hold, the age of the second factor, and when the session ends."""
    with atomic() as session:
        memberships.grant(session, jo.id, "auditor", cause=CAUSE)
    token = opened(jo, second_factor=True)

    person = sessions.read(token.text, now=NOON + minutes(1))

    assert person is not None
    assert (person.user_id, person.email, person.grants) == (jo.id, "jo@example.org", (Grant("auditor"),))
    assert (person.second_factor_at, person.read_at) == (NOON, NOON + minutes(1))
    assert person.expires_at == NOON + minutes(31)
    assert "jo@example.org" not in repr(person)


def test_a_session_ends_thirty_minutes_after_the_last_visit(jo):
    """A visit at 29 minutes keeps it for another 30; at 30 without one it is over."""
    token = opened(jo)

    assert sessions.read(token.text, now=NOON + minutes(29)) is not None
    assert sessions.read(token.text, now=NOON + minutes(58)) is not None
    assert sessions.read(token.text, now=NOON + minutes(88)) is None


def test_looking_at_a_session_keeps_nothing_alive(jo):
    """A page that polls how long it lasts does not make it last."""
    token = opened(jo)

    assert sessions.look(token.text, now=NOON + minutes(29)) is not None
    assert sessions.read(token.text, now=NOON + minutes(30)) is None


def test_a_session_ends_after_twelve_hours_whatever_happens(jo):
    """Visited every 20 minutes: there until just before noon and midnight, not after."""
    token = opened(jo)
    visits = [sessions.read(token.text, now=NOON + minutes(20 * count)) is not None for count in range(1, 37)]

    assert visits == [True] * 35 + [False]


def test_a_visit_is_noted_once_a_minute(jo, db):
    """Reading a page with ten fragments writes one row, not ten."""
    token = opened(jo)

    sessions.read(token.text, now=NOON + timedelta(seconds=59))
    assert db.value("SELECT last_seen_at FROM sessions") == NOON
    sessions.read(token.text, now=NOON + timedelta(seconds=60))
    assert db.value("SELECT last_seen_at FROM sessions") == NOON + timedelta(seconds=60)


def test_an_unknown_token_is_nobody(jo):
    """A token with lone surrogates neither."""
    opened(jo)

    assert sessions.read("x" * 43) is None
    assert sessions.read("\ud800") is None


def test_stepping_up_changes_the_token(jo):
    """Whoever knew the old token has nothing of the fresh second factor."""
    token = opened(jo)

    with atomic() as session:
        stepped = sessions.step_up(session, token.session_id, now=NOON + minutes(2))

    assert sessions.read(token.text, now=NOON + minutes(3)) is None
    person = sessions.read(stepped.text, now=NOON + minutes(3))
    assert person is not None
    assert (person.session_id, person.second_factor_at) == (token.session_id, NOON + minutes(2))
    assert stepped.expires_at == token.expires_at


def test_people_end_their_own_sessions_alone(jo, db):
    """Another person's session is not found; ending one twice is audited once."""
    with atomic() as session:
        other = users.create_user(session, email="mo@example.org", cause=CAUSE)
    mine, theirs = opened(jo, now=None), opened(other, now=None)

    for _ in range(2):
        with atomic() as session:
            sessions.revoke(session, jo.id, mine.session_id, cause=CAUSE)
    with pytest.raises(NotFound), atomic() as session:
        sessions.revoke(session, jo.id, theirs.session_id, cause=CAUSE)
    with pytest.raises(NotFound), atomic() as session:
        sessions.step_up(session, mine.session_id)

    assert sessions.read(mine.text) is None
    assert [found.id for found in sessions.list_of(other.id)] == [theirs.session_id]
    assert sessions.list_of(jo.id) == []
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'session.end'") == 1


def test_all_others_can_be_ended(jo):
    """The one that asks may stay."""
    first, second, third = opened(jo, now=None), opened(jo, now=None), opened(jo, now=None)

    with atomic() as session:
        assert sessions.revoke_all(session, jo.id, cause=CAUSE, but=second.session_id) == 2

    assert [sessions.read(token.text) is not None for token in (first, second, third)] == [False, True, False]


def test_a_change_made_meanwhile_is_not_outrun(jo, db):
    """Credentials were checked, then changed, then the session is opened: refused. Without the version it opens."""
    version = db.value("SELECT credentials_version FROM users")
    with atomic() as session:
        sessions.revoke_all(session, jo.id, cause=CAUSE)

    with pytest.raises(InvalidCredentials):
        opened(jo, version=version)
    assert opened(jo, version=version + 1)
    with pytest.raises(InvalidCredentials):
        opened(users.User(new_uuid(), "", None, "active", NOON))


def test_sign_ins_racing_a_change_leave_no_session(jo, db):
    """Ten sessions opened with checked credentials while everything is revoked: afterwards all that live are none."""
    version = db.value("SELECT credentials_version FROM users")

    def revoke():
        with atomic() as session:
            sessions.revoke_all(session, jo.id, cause=CAUSE)

    at_once(revoke, *[lambda: opened(jo, version=version, now=None) for _ in range(10)])

    assert sessions.list_of(jo.id) == []


def test_ended_sessions_are_forgotten_after_a_month(jo, db):
    """Those of the last thirty days stay."""
    opened(jo, now=datetime.now(UTC) - timedelta(days=31))
    opened(jo, now=datetime.now(UTC) - timedelta(days=20))

    assert sessions.forget_ended() == 1
    assert db.value("SELECT count(*) FROM sessions") == 1
