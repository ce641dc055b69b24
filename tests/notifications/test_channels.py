"""Emails through a real SMTP conversation, and a process killed between sending and saying so."""

from __future__ import annotations

import smtplib
from email import message_from_bytes

import pytest

from checkout.core.ids import encode
from checkout.notifications.channels import Mailbox, Smtp, channel_for
from tests.conftest import Database
from tests.killed import killed
from tests.notifications.conftest import PUBLIC_URL, SECRET_KEY, PostBox, tell
from tests.pages.seed import seed


def test_an_email_reaches_the_mail_server(db: Database, post_box: PostBox) -> None:
    tell("payment.succeeded", seed(db, status="succeeded"))

    (envelope,) = post_box.wait_for(1)
    assert envelope.mail_from == "no-reply@pay.example"
    assert envelope.rcpt_tos == ["jo@example.org"]
    assert isinstance(envelope.content, bytes)
    assert b"Message-ID: <payment_succeeded.pay_" in envelope.content
    assert db.value("SELECT count(*) FROM emails WHERE sent_at IS NOT NULL") == 1


def test_a_server_that_is_busy_is_tried_again_under_the_same_id(db: Database, post_box: PostBox) -> None:
    """451: the task fails and runs again; the email leaves once."""
    payment = seed(db, status="succeeded")
    post_box.answer = "451 try later"
    with pytest.raises(smtplib.SMTPDataError):
        tell("payment.succeeded", payment)
    assert db.value("SELECT sent_at FROM emails") is None

    post_box.answer = "250 taken"
    tell("payment.succeeded", payment)

    assert len(post_box.wait_for(1)) == 1


def test_no_server_is_a_failure_of_the_task_alone(db: Database, post_box: PostBox) -> None:
    from tests.notifications.conftest import configure

    configure("smtp://127.0.0.1:1")
    with pytest.raises(OSError):
        tell("payment.succeeded", seed(db, status="succeeded"))


@pytest.mark.xdist_group("killed")
@pytest.mark.parametrize(
    ("point", "sent_before"), [("notifications.written_down:1", 0), ("notifications.sent:1", 1)]
)
def test_a_killed_sender_leaves_one_email_under_one_id(
    db: Database, post_box: PostBox, point: str, sent_before: int
) -> None:
    """kill -9 between writing down, sending and saying so: sent again at worst, under the same Message-ID and date."""
    payment = seed(db, status="succeeded")
    job = {"database": db.url, "smtp": post_box.url, "payment": encode("pay", payment), "point": point}
    killed("tests.notifications.sender_child", job)
    assert len(post_box.received) == sent_before
    assert db.value("SELECT sent_at FROM emails") is None

    tell("payment.succeeded", payment)
    tell("payment.succeeded", payment)

    messages = [
        message_from_bytes(bytes(envelope.content)) for envelope in post_box.wait_for(sent_before + 1)
    ]
    assert len(messages) == sent_before + 1
    assert len({message["Message-ID"] for message in messages}) == 1
    assert len({message["Date"] for message in messages}) == 1
    assert db.value("SELECT count(*) FROM emails") == 1


def test_the_channel_follows_the_setting() -> None:
    assert channel_for(None) == Mailbox()
    assert channel_for("smtp://mail.example") == Smtp("smtp://mail.example")
    with pytest.raises(ValueError, match="smtps://"):
        channel_for("https://mail.example")


def test_a_password_is_not_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch, post_box: PostBox) -> None:
    """A server on another machine that offers no STARTTLS never sees it."""
    monkeypatch.setattr("checkout.notifications.channels.LOOPBACK", frozenset())
    url = post_box.url.replace("smtp://", "smtp://user:secret@")

    from email.message import EmailMessage

    with pytest.raises(smtplib.SMTPException, match="STARTTLS"):
        Smtp(url).send(EmailMessage())


def test_the_links_are_those_of_the_status_page(db: Database, post_box: PostBox) -> None:
    from checkout.payments.links import StatusLinks

    payment = seed(db, status="succeeded")
    tell("payment.succeeded", payment)

    (envelope,) = post_box.wait_for(1)
    (text,) = [
        p for p in message_from_bytes(bytes(envelope.content)).walk() if p.get_content_type() == "text/plain"
    ]
    assert StatusLinks(PUBLIC_URL, SECRET_KEY).url(payment) in text.get_payload(decode=True).decode()
