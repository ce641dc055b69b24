"""Links by email that set a password: invitations and resets, signed, used once, for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.identity import invitations, password_links, passwords, reset, sessions, sign_in, totp, users
from checkout.identity.errors import InvalidCredentials, LinkEnded, TooManyAttempts
from checkout.identity.password_links import LinkKind
from tests.concurrency import at_once

CAUSE = Cause("cli", "test")
NOON = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
OLD, NEW = "violet otter on ice", "green heron in fog"
IP = "192.0.2.1"


@pytest.fixture(autouse=True)
def _signed():
    password_links.configure(secret_key="k" * 32, public_url="https://pay.example/")


@pytest.fixture
def jo(db):
    with atomic() as session:
        return users.create_user(session, email="jo@example.org", name="Jo", cause=CAUSE)


def with_password(user, password=OLD):
    hashed = passwords.hashed(password, email=user.email)
    with atomic() as session:
        passwords.set_hash(session, user.id, hashed, action="password.change", cause=CAUSE)


def invited(user, now=NOON):
    with atomic() as session:
        invitations.invite(session, user.id, cause=CAUSE, now=now)


def newest_token(db, kind):
    id = db.value("SELECT id FROM password_links ORDER BY created_at DESC, id DESC LIMIT 1")
    return password_links.token(kind, id)


def test_an_invitation_lets_its_person_choose_a_password(jo, db):
    """Then they sign in with it; the link is used up, and the email is a task that names the link's row alone."""
    invited(jo)
    token = newest_token(db, LinkKind.INVITATION)
    assert invitations.look_at(token, now=NOON).id == jo.id

    assert invitations.accept(token, NEW, now=NOON).has_password

    assert sign_in.begin("jo@example.org", NEW, ip=IP).kind == "session"
    with pytest.raises(LinkEnded):
        invitations.accept(token, OLD, now=NOON)
    task = db.rows("SELECT kind, queue, args FROM tasks")[0]
    link = db.value("SELECT id::text FROM password_links")
    assert task == {"kind": "notifications.link_email", "queue": "mail", "args": {"link": link}}
    actions = [row["action"] for row in db.rows("SELECT action FROM audit_log ORDER BY sequence")]
    assert actions[1:3] == ["user.invite", "user.accept_invitation"]


def test_a_refused_password_does_not_use_the_link_up(jo, db):
    """The rule is named, and the same link takes a better one."""
    invited(jo)
    token = newest_token(db, LinkKind.INVITATION)

    with pytest.raises(InvalidParameter):
        invitations.accept(token, "short", now=NOON)

    with pytest.raises(InvalidParameter):
        invitations.accept(token, NEW, name="J\no", now=NOON)

    assert invitations.accept(token, NEW, name=" Jo Park ", now=NOON).name == "Jo Park"


@pytest.mark.parametrize(
    ("kind", "lasts"), [(LinkKind.INVITATION, timedelta(days=7)), (LinkKind.RESET, timedelta(hours=1))]
)
def test_a_link_lasts_for_its_time(jo, kind, lasts):
    """An invitation seven days, a reset one hour, not a second longer."""
    with atomic() as session:
        token = password_links.token(kind, password_links.make(session, kind, jo.id, now=NOON))

    assert password_links.look_at(kind, token, now=NOON + lasts - timedelta(seconds=1)) == jo.id
    with pytest.raises(LinkEnded):
        password_links.look_at(kind, token, now=NOON + lasts)


def test_a_newer_link_ends_the_older(jo, db):
    """Only the last email of a kind counts."""
    invited(jo)
    first = newest_token(db, LinkKind.INVITATION)
    invited(jo, now=NOON + timedelta(minutes=1))

    with pytest.raises(LinkEnded):
        invitations.look_at(first, now=NOON + timedelta(minutes=2))
    assert invitations.look_at(newest_token(db, LinkKind.INVITATION), now=NOON + timedelta(minutes=2))


def test_a_forged_link_is_refused(jo, db):
    """Another key's signature, another kind, a changed letter, another spelling, no link at all."""
    invited(jo)
    token = newest_token(db, LinkKind.INVITATION)
    id = db.value("SELECT id FROM password_links")
    password_links.configure(secret_key="x" * 32, public_url="https://pay.example")
    others = password_links.token(LinkKind.INVITATION, id)
    password_links.configure(secret_key="k" * 32, public_url="https://pay.example")

    for forged in (
        others,
        token[:-1] + "A",
        token + "=",
        token.replace(".", "=."),
        "",
        "x",
        "\ud800",
        "ü" * 500,
    ):
        with pytest.raises(LinkEnded):
            invitations.look_at(forged, now=NOON)
    for kind, text in ((LinkKind.RESET, token), (LinkKind.RESET, password_links.token(LinkKind.RESET, id))):
        with pytest.raises(LinkEnded):
            password_links.look_at(kind, text, now=NOON)
    with pytest.raises(LinkEnded):
        invitations.look_at(password_links.token(LinkKind.INVITATION, new_uuid()), now=NOON)


def test_the_address_of_a_link(db):
    """Under the public URL, one path for each kind."""
    id = new_uuid()

    assert password_links.url(LinkKind.RESET, id) == (
        f"https://pay.example/password-reset/{password_links.token(LinkKind.RESET, id)}"
    )
    assert password_links.url(LinkKind.INVITATION, id).startswith(
        "https://pay.example/invitation/invitation."
    )


def test_a_reset_sets_another_password_and_ends_sessions(jo, db):
    """The old one no longer signs in; the link is used up."""
    with_password(jo)
    token = sign_in.begin("jo@example.org", OLD, ip=IP).session
    reset.request("JO@example.org", ip=IP, now=NOON)
    link = newest_token(db, LinkKind.RESET)
    reset.look_at(link, now=NOON)

    reset.perform(link, NEW, ip=IP, now=NOON)

    assert sessions.read(token.text) is None
    assert sign_in.begin("jo@example.org", NEW, ip=IP).kind == "session"
    with pytest.raises(InvalidCredentials):
        sign_in.begin("jo@example.org", OLD, ip=IP)
    with pytest.raises(LinkEnded):
        reset.perform(link, OLD, now=NOON)
    assert db.value("SELECT host(ip) FROM audit_log WHERE action = 'password.reset'") == IP


def test_a_reset_does_not_replace_the_second_factor(jo, db):
    """After it the sign-in asks for the code as before."""
    with_password(jo)
    phone = pyotp.TOTP(totp.begin_enrolment(jo.id).secret)
    totp.confirm(jo.id, phone.at(NOON), cause=CAUSE, now=NOON)
    reset.request("jo@example.org", ip=IP, now=NOON)

    reset.perform(newest_token(db, LinkKind.RESET), NEW, now=NOON)

    assert sign_in.begin("jo@example.org", NEW, ip=IP).kind == "second_factor"


def test_an_unknown_address_is_answered_alike(jo, db):
    """The same rows are written for it and for a disabled account; they lead nowhere."""
    with atomic() as session:
        users.disable(session, jo.id, cause=CAUSE)

    reset.request("nobody@example.org", ip=IP, now=NOON)
    reset.request("jo@example.org", ip=IP, now=NOON)

    assert db.rows("SELECT kind, user_id FROM password_links") == [{"kind": "reset", "user_id": None}] * 2
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'notifications.link_email'") == 2
    with pytest.raises(LinkEnded):
        reset.look_at(newest_token(db, LinkKind.RESET), now=NOON)
    assert "nobody" not in str(db.rows("SELECT args, cause FROM tasks"))


def test_the_sixth_request_in_fifteen_minutes_is_refused(db):
    """Known or not: nobody's mailbox is filled, and nothing is told."""
    for _ in range(5):
        reset.request("nobody@example.org", ip=IP, now=NOON)

    with pytest.raises(TooManyAttempts):
        reset.request("nobody@example.org", ip=IP, now=NOON)


def test_a_link_used_by_two_at_once_is_used_once(jo, db):
    """Five at the same moment: one password is set."""
    reset.request("jo@example.org", ip=IP)
    link = newest_token(db, LinkKind.RESET)

    outcomes = at_once(*[lambda: reset.perform(link, NEW) for _ in range(5)])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkEnded"] * 4 + ["NoneType"]
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'password.reset'") == 1


def test_old_links_are_forgotten(jo, db):
    """A month after they ended."""
    now = datetime.now(UTC)
    invited(jo, now=now - timedelta(days=38))
    invited(jo, now=now - timedelta(days=36))

    assert password_links.forget_old() == 1
    assert db.value("SELECT count(*) FROM password_links") == 1
