"""Signing in on the pages: two steps, one refusal for everything, a token that nobody else can have chosen."""

from __future__ import annotations

import re

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Database
from tests.pages.conftest import BROWSER
from tests.pages.people import (
    PASSWORD,
    Somebody,
    send,
    signed_in,
    somebody,
    token_in,
    with_app,
    with_password,
)

PROBLEM = re.compile(r'role="alert"><p>(.*?)</p>')


@pytest.fixture
def admin(db: Database) -> Somebody:
    """An admin with a password and a second factor, and no session that the test's browser knows."""
    who = somebody(db, "admin")
    with_password(db, who)
    return who


def first_step(client: FlaskClient, email: str, password: str = PASSWORD, **more: str):
    return send(client, "/sign-in", "/sign-in", email=email, password=password, **more)


def session_of(client: FlaskClient) -> str | None:
    cookie = client.get_cookie("session")
    return cookie.value if cookie else None


def test_a_password_alone_opens_nothing_where_a_second_factor_is(
    client: FlaskClient, db: Database, admin: Somebody
) -> None:
    """The first step leads to the second; only the code opens the session, and leads to where one wanted to go."""
    secret = with_app(db, admin)

    first = first_step(client, admin.email, next="/admin/users")
    between = client.get("/admin/users").status_code
    second = send(
        client, first.headers["Location"], "/sign-in/code", code=pyotp.TOTP(secret).now(), next="/admin/users"
    )

    assert (first.status_code, session_of(client) is not None, between) == (303, True, 303)
    assert first.headers["Location"].startswith("/sign-in/code?next=")
    assert (second.status_code, second.headers["Location"]) == (303, "/admin/users")
    assert client.get("/admin/users").status_code == 200
    assert client.get_cookie("sign_in") is None


def test_the_session_is_new_whatever_the_browser_brought(client: FlaskClient, db: Database) -> None:
    """A token planted before the sign-in is worth nothing after it."""
    who = somebody(db, "developer", second_factor=False)
    with_password(db, who)
    client.set_cookie("session", "planted")

    first_step(client, who.email)

    assert session_of(client) not in (None, "planted")
    assert client.get("/account").status_code == 200
    client.set_cookie("session", "planted")
    assert client.get("/account").status_code == 303


def test_unknown_and_wrong_are_one_answer(client: FlaskClient, db: Database, admin: Somebody) -> None:
    """Status, words and the address typed: nothing tells whether there is an account."""
    unknown = first_step(client, "nobody@example.org", "x" * 20)
    wrong = first_step(client, admin.email, "x" * 20)

    assert unknown.status_code == wrong.status_code == 422
    assert PROBLEM.findall(unknown.text) == PROBLEM.findall(wrong.text) != []
    scrubbed = [
        re.sub(r"req_\w+|[0-9a-f]{64}", "", page.text.replace(email, ""))
        for page, email in ((unknown, "nobody@example.org"), (wrong, admin.email))
    ]
    assert scrubbed[0] == scrubbed[1]


def test_after_five_failures_the_right_password_waits_too(
    client: FlaskClient, db: Database, admin: Somebody
) -> None:
    """The page says how long; it does not say whether the password was right."""
    for _attempt in range(5):
        first_step(client, admin.email, "wrong wrong wrong")

    locked = first_step(client, admin.email)

    assert locked.status_code == 429
    assert re.search(r"There were too many attempts\. Please try again in \d+ minutes?\.", locked.text)


def test_a_code_counts_once(client: FlaskClient, app: Flask, db: Database, admin: Somebody) -> None:
    """Somebody who looked over the shoulder cannot use it again."""
    code = pyotp.TOTP(with_app(db, admin)).now()
    first_step(client, admin.email)
    assert send(client, "/sign-in/code", "/sign-in/code", code=code).status_code == 303

    thief = app.test_client()
    thief.environ_base["HTTP_ACCEPT"] = BROWSER["Accept"]
    first_step(thief, admin.email)
    again = send(thief, "/sign-in/code", "/sign-in/code", code=code)

    assert again.status_code == 422
    assert "This code does not fit" in again.text
    assert thief.get("/account").status_code == 303


def test_the_second_step_without_the_first_begins_anew(client: FlaskClient, db: Database) -> None:
    for path in ("/sign-in/code", "/sign-in/enrol"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?done=again")
        client.set_cookie("sign_in", "made-up")
        assert send(client, "/sign-in", path, code="123456").headers["Location"] == "/sign-in?done=again"
        client.delete_cookie("sign_in")


def test_a_role_that_needs_a_second_factor_gets_one_first(client: FlaskClient, db: Database) -> None:
    """Secret as text and picture, codes shown once, then a session that the step-up asks nothing of."""
    who = somebody(db, "finance", second_factor=False)
    with_password(db, who)

    first = first_step(client, who.email)
    page = client.get(first.headers["Location"])
    secret = re.findall(r'class="secret">(\w+)<', page.text)[0]
    wrong = send(client, "/sign-in/enrol", "/sign-in/enrol", code="000000")
    done = send(client, "/sign-in/enrol", "/sign-in/enrol", code=pyotp.TOTP(secret).now())

    assert first.headers["Location"] == "/sign-in/enrol"
    assert re.search(r'<figure class="qr"><svg[^>]* viewBox="0 0 \d+ \d+" role="img"', page.text)
    assert "style=" not in page.text
    assert wrong.status_code == 422
    assert done.status_code == 200
    assert len(re.findall(r"<li><code>[0-9a-z-]{19}</code>", done.text)) == 10
    assert client.get("/account/recovery-codes").status_code == 200


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/%5cevil.example"])
def test_nobody_is_led_away_after_signing_in(client: FlaskClient, db: Database, there: str) -> None:
    who = somebody(db, "developer", second_factor=False)
    with_password(db, who)

    assert first_step(client, who.email, next=there).headers["Location"] == "/sign-in"


def test_signing_out_ends_the_session_itself(client: FlaskClient, app: Flask, db: Database) -> None:
    """Not the cookie alone: a copy of the token opens nothing."""
    who = somebody(db, "developer")
    answer = send(signed_in(client, who), "/account", "/sign-out")
    copy = signed_in(app.test_client(), who)

    assert answer.headers["Location"] == "/sign-in?done=out"
    assert session_of(client) is None
    assert copy.get("/account").status_code == 303


def test_a_sign_out_needs_a_form(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "developer"))

    assert client.get("/sign-out").status_code == 405


def test_asking_how_long_a_session_lasts_does_not_prolong_it(client: FlaskClient, db: Database) -> None:
    """Two minutes before its end the frame gets a warning with a way to stay; after it, a way back in."""
    who = somebody(db, "developer")
    signed_in(client, who)
    quiet = client.get("/session").text
    db.rows("UPDATE sessions SET last_seen_at = now() - interval '29 minutes'")
    ending = client.get("/session").text
    still = client.get("/session").text
    stayed = client.post("/session", data={"csrf_token": token_in(ending)}, headers={"HX-Request": "true"})
    db.rows("UPDATE sessions SET last_seen_at = now() - interval '31 minutes'")
    over = client.get("/session").text

    assert 'role="alert"' not in quiet
    assert "You are signed out in 2 minutes" in ending
    assert "You are signed out in 2 minutes" in still
    assert 'role="alert"' not in stayed.text
    assert "Sign in again" in over


def test_a_poll_without_a_session_is_sent_to_the_sign_in_as_a_whole(client: FlaskClient) -> None:
    """htmx would put the sign-in page into the middle of another."""
    answer = client.get("/account", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == "/sign-in?next=/account"
