"""The email with a link that sets a password."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest

from checkout.core.cause import Cause
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.identity import invitations, password_links, reset, users
from checkout.identity.password_links import LinkKind
from checkout.identity.users import User
from checkout.notifications.link_email import send_link_email
from checkout.tasks import ClaimedTask
from tests.conftest import Database
from tests.notifications.conftest import task

Mailbox = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def jo(db: Database) -> User:
    password_links.configure(secret_key="k" * 32, public_url="https://pay.example")
    with atomic() as session:
        return users.create_user(session, email="jo@example.org", name="Jo <b>", cause=Cause("cli", "test"))


def staged(db: Database) -> ClaimedTask:
    """The newest task of this kind, as the worker is given it."""
    args = db.value("SELECT args FROM tasks WHERE kind = 'notifications.link_email' ORDER BY id DESC LIMIT 1")
    return replace(task("payment.succeeded", new_uuid()), kind="notifications.link_email", args=args)


def parts(row: dict[str, Any]) -> tuple[str, str]:
    message = message_from_bytes(bytes(row["raw"]), policy=policy.default)
    found = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]  # type: ignore[union-attr]
    return found[0], found[1]


def test_an_invitation_arrives_with_a_link_that_works(db: Database, mailbox: Mailbox, jo: User) -> None:
    """In text and HTML, once, with its end; the name is shown as text."""
    with atomic() as session:
        invitations.invite(session, jo.id, cause=Cause("cli", "test"))

    send_link_email(staged(db))
    send_link_email(staged(db))

    (row,) = mailbox()
    text, html = parts(row)
    (url,) = re.findall(r"https://pay\.example/invitation/\S+", text)
    assert (row["recipient"], row["subject"]) == ("jo@example.org", "Checkout: you are invited")
    assert url in html
    assert invitations.look_at(url.rsplit("/", 1)[1]).id == jo.id
    assert "Jo <b>" in text
    assert "Jo &lt;b&gt;" in html
    assert db.rows("SELECT template, object, sent_at IS NOT NULL AS sent FROM emails") == [
        {"template": "user.invitation", "object": jo.public_id, "sent": True}
    ]


def test_a_reset_says_what_happens(db: Database, mailbox: Mailbox, jo: User) -> None:
    """Its link works, and it says that the second factor stays."""
    reset.request("jo@example.org", ip=None)

    send_link_email(staged(db))

    text, _ = parts(mailbox()[0])
    (url,) = re.findall(r"https://pay\.example/password-reset/\S+", text)
    reset.look_at(url.rsplit("/", 1)[1])
    assert "your second factor stays" in text


@pytest.mark.parametrize("why", ["unknown address", "used", "too old", "no such link"])
def test_nothing_is_sent_that_nobody_can_use(db: Database, mailbox: Mailbox, jo: User, why: str) -> None:
    """A link that is nobody's, was used meanwhile, or is over."""
    known = why != "unknown address"
    reset.request("jo@example.org" if known else "nobody@example.org", ip=None)
    link: UUID = db.value("SELECT id FROM password_links")
    given = staged(db)
    if why == "used":
        with atomic() as session:
            password_links.use(session, LinkKind.RESET, password_links.token(LinkKind.RESET, link))
    if why == "too old":
        over = datetime.now(UTC) - timedelta(seconds=1)
        db.rows("UPDATE password_links SET expires_at = %(over)s", over=over)
    if why == "no such link":
        given = replace(given, args={"link": str(new_uuid())})

    send_link_email(given)

    assert mailbox() == []
