"""Passwords by a link, and changed by their owner: every session ends, and no second factor is passed by."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from checkout.db.session import atomic
from checkout.identity import invitations, password_links
from tests.conftest import Database
from tests.pages.people import CAUSE, PASSWORD, Somebody, send, signed_in, somebody, with_app, with_password

NEW = "another long passphrase"


def link_of(who: Somebody, kind: str = "reset") -> str:
    with atomic() as session:
        link_id = password_links.make(session, kind, who.user_id)
    return (
        f"/{'invitation' if kind == 'invitation' else 'password-reset'}/{password_links.token(kind, link_id)}"
    )


def test_asking_for_a_link_tells_nobody_who_has_an_account(client: FlaskClient, db: Database) -> None:
    who = somebody(db, "finance")
    known = send(client, "/password-reset", "/password-reset", email=who.email)
    unknown = send(client, "/password-reset", "/password-reset", email="nobody@example.org")

    assert [re.sub(r"req_\w+", "", page.text) for page in (known, unknown)].count(
        re.sub(r"req_\w+", "", known.text)
    ) == 2
    assert known.status_code == unknown.status_code == 200


def test_a_reset_sets_the_password_and_nothing_more(client: FlaskClient, db: Database) -> None:
    """No session comes of it, the open ones end, and the second factor is asked as before. The link works once."""
    who = somebody(db, "finance")
    with_password(db, who)
    with_app(db, who)
    link = link_of(who)

    answer = send(client, link, link, password=NEW, again=NEW)
    signed = send(client, "/sign-in", "/sign-in", email=who.email, password=NEW)

    assert answer.headers["Location"] == "/sign-in?done=password"
    assert client.get_cookie("session") is None
    assert signed.headers["Location"] == "/sign-in/code"
    assert signed_in(client, who).get("/account").status_code == 303
    assert client.get(link).status_code == 404
    assert send(client, "/sign-in", link, password=NEW, again=NEW).status_code == 404


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [("short", "short", "12"), (NEW, PASSWORD, "not the same"), ("password1234", "password1234", "")],
)
def test_a_password_that_will_not_do_keeps_the_link(
    client: FlaskClient, db: Database, password: str, again: str, words: str
) -> None:
    link = link_of(somebody(db, "finance"))

    answer = send(client, link, link, password=password, again=again)

    assert answer.status_code == 422
    assert words in "".join(re.findall(r'role="alert"><p>(.*?)</p>', answer.text))
    assert client.get(link).status_code == 200


def test_an_invitation_is_accepted_once(client: FlaskClient, db: Database) -> None:
    """Whoever was invited names themselves, chooses a password, and signs in with it."""
    who = somebody(db, "developer", second_factor=False)
    with atomic() as session:
        invitations.invite(session, who.user_id, cause=CAUSE)
    link = link_of(who, "invitation")

    answer = send(client, link, link, name="Ada <b>L</b>", password=NEW, again=NEW)

    assert answer.headers["Location"] == "/sign-in?done=password"
    assert client.get(link).status_code == 404
    assert (
        send(client, "/sign-in", "/sign-in", email=who.email, password=NEW).headers["Location"] == "/sign-in"
    )
    assert "Ada &lt;b&gt;L&lt;/b&gt;" in client.get("/account").text


@pytest.mark.parametrize("path", ["/password-reset/x", "/invitation/%00", "/password-reset/" + "x" * 3000])
def test_a_link_that_was_never_made_is_a_page(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, "This link has ended" in answer.text) == (404, True)


def test_changing_the_password_ends_every_session(client: FlaskClient, db: Database) -> None:
    """The wrong old one changes nothing."""
    who = somebody(db, "developer")
    with_password(db, who)
    signed_in(client, who)

    wrong = send(client, "/account", "/account/password", old="x" * 20, password=NEW, again=NEW)
    right = send(client, "/account", "/account/password", old=PASSWORD, password=NEW, again=NEW)

    assert (wrong.status_code, "present password is not right" in wrong.text) == (422, True)
    assert right.headers["Location"] == "/sign-in?done=password"
    assert signed_in(client, who).get("/account").status_code == 303
