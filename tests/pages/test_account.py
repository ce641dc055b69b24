"""One's own account: second factor, recovery codes, sessions; and the code asked for again before what is grave."""

from __future__ import annotations

import re
from uuid import UUID

import pyotp
from flask.testing import FlaskClient

from checkout.db.session import atomic
from checkout.identity import sessions, totp
from checkout.pages.qr_picture import scalable
from tests.conftest import Database
from tests.pages.people import PASSWORD, send, signed_in, somebody, with_app, with_password


def test_a_second_factor_is_set_up_with_its_first_code(client: FlaskClient, db: Database) -> None:
    """The codes are shown on that answer alone; the browser goes on in a new session."""
    who = somebody(db, "developer", second_factor=False)
    with_password(db, who)
    signed_in(client, who)

    begun = send(client, "/account/second-factor", "/account/second-factor/begin", password=PASSWORD)
    secret = re.findall(r'class="secret">(\w+)<', client.get("/account/second-factor").text)[0]
    code = pyotp.TOTP(secret).now()
    done = send(client, "/account/second-factor", "/account/second-factor", password=PASSWORD, code=code)

    assert begun.status_code == 303

    codes = re.findall(r"<li><code>([0-9a-z-]{19})</code>", done.text)
    account = client.get("/account").text
    assert len(codes) == 10
    assert "10 recovery codes left" in account
    assert not [code for code in codes if code in account]
    assert client.get_cookie("session").value != who.token


def test_a_session_alone_sets_no_second_factor_up(client: FlaskClient, db: Database) -> None:
    """Or whoever sits down at an open browser locks its owner out, and passes for fresh wherever a code is asked for."""
    who = somebody(db, "developer", second_factor=False)
    with_password(db, who)
    signed_in(client, who)

    begun = send(client, "/account/second-factor", "/account/second-factor/begin", password="not this one")
    secret = totp.begin_enrolment(who.user_id).secret
    code = pyotp.TOTP(secret).now()
    done = send(
        client, "/account/second-factor", "/account/second-factor", password="not this one", code=code
    )

    assert (begun.status_code, done.status_code) == (422, 422)
    assert "password is not right" in begun.text
    assert secret in done.text
    assert not totp.is_enabled(who.user_id)


def test_turning_it_off_takes_a_code_and_the_right_role(client: FlaskClient, db: Database) -> None:
    developer, admin = somebody(db, "developer"), somebody(db, "admin")
    secret = with_app(db, developer)
    signed_in(client, developer)
    wrong = send(client, "/account/second-factor", "/account/second-factor/off", code="000000")
    right = send(
        client, "/account/second-factor", "/account/second-factor/off", code=pyotp.TOTP(secret).now()
    )
    its = with_app(db, admin)
    signed_in(client, admin)
    forced = send(client, "/account", "/account/second-factor/off", code=pyotp.TOTP(its).now())

    assert (wrong.status_code, right.status_code, forced.status_code) == (422, 303, 422)
    assert "may not go without" in forced.text
    assert not totp.is_enabled(developer.user_id)


def test_what_is_grave_asks_for_a_code_and_comes_back(client: FlaskClient, db: Database) -> None:
    """A session that showed its second factor long ago shows it again; the session's token changes with it."""
    who = somebody(db, "admin", stepped_up=False)
    secret = with_app(db, who)
    signed_in(client, who)

    asked = client.get("/admin/users/new?x=1")
    wrong = send(client, asked.headers["Location"], "/step-up", code="000000", next="/admin/users/new?x=1")
    right = send(
        client,
        asked.headers["Location"],
        "/step-up",
        code=pyotp.TOTP(secret).now(),
        next="/admin/users/new?x=1",
    )

    assert asked.headers["Location"] == "/step-up?next=/admin/users/new?x%3D1"
    assert wrong.status_code == 422
    assert right.headers["Location"] == "/admin/users/new?x=1"
    assert client.get_cookie("session").value != who.token
    assert client.get("/admin/users/new").status_code == 200


def test_a_code_of_six_minutes_ago_is_too_old(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "admin"))
    assert client.get("/admin/users/new").status_code == 200

    db.rows("UPDATE sessions SET second_factor_at = now() - interval '6 minutes'")

    assert client.get("/admin/users/new").status_code == 303


def test_the_step_up_leads_to_no_other_site(client: FlaskClient, db: Database) -> None:
    who = somebody(db, "admin", stepped_up=False)
    secret = with_app(db, who)
    signed_in(client, who)

    answer = send(client, "/step-up", "/step-up", code=pyotp.TOTP(secret).now(), next="//evil.example")

    assert answer.headers["Location"] == "/account"


def test_somebody_without_a_second_factor_is_told_to_set_one_up(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "developer", second_factor=False, stepped_up=False))

    page = client.get("/developers/keys/new", follow_redirects=True)

    assert "Your account has none yet" in page.text
    assert 'href="/account/second-factor"' in page.text


def test_new_recovery_codes_replace_the_old(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "admin"))

    first = send(client, "/account/recovery-codes", "/account/recovery-codes").text
    second = send(client, "/account/recovery-codes", "/account/recovery-codes").text

    codes = [set(re.findall(r"<li><code>([0-9a-z-]{19})</code>", page)) for page in (first, second)]
    assert [len(each) for each in codes] == [10, 10]
    assert not codes[0] & codes[1]
    assert db.value("SELECT count(*) FROM recovery_codes") == 10


def test_another_of_ones_sessions_is_ended_and_nobody_elses(client: FlaskClient, db: Database) -> None:
    who, stranger = somebody(db, "developer"), somebody(db, "developer")
    with atomic() as session:
        sessions.open(session, who.user_id, ip="198.51.100.4", user_agent="<i>Phone</i>", second_factor=False)
    (foreign,) = sessions.list_of(stranger.user_id)
    signed_in(client, who)
    page = client.get("/account").text
    other = UUID(re.findall(r"/account/sessions/([0-9a-f-]{36})/end", page)[0])

    gone = send(client, "/account", f"/account/sessions/{other}/end")
    refused = send(client, "/account", f"/account/sessions/{foreign.id}/end")

    assert "&lt;i&gt;Phone&lt;/i&gt;" in page
    assert (gone.status_code, refused.status_code) == (303, 404)
    assert len(sessions.list_of(who.user_id)) == 1
    assert len(sessions.list_of(stranger.user_id)) == 1


def test_signing_out_everywhere_ends_all_sessions(client: FlaskClient, db: Database) -> None:
    who = somebody(db, "developer")
    with atomic() as session:
        sessions.open(session, who.user_id, ip=None, second_factor=False)

    answer = send(signed_in(client, who), "/account", "/sign-out", everywhere="yes")

    assert answer.headers["Location"] == "/sign-in?done=all"
    assert sessions.list_of(who.user_id) == []


def test_the_qr_code_is_shown_whole_at_any_width() -> None:
    """A view box scales the drawing; a fixed size would be cut off by a narrow page, and no phone would read it."""
    shown = scalable('<svg xmlns="x" width="285" height="285" class="segno"><path d="M4 4"/></svg>')

    assert shown.startswith('<svg xmlns="x" viewBox="0 0 285 285" role="img" aria-label="QR code')
    assert "width=" not in shown
