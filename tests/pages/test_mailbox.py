"""The development mailbox: every email, its HTML shut in a frame that can load and run nothing."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient

from checkout.notifications.channels import Mailbox
from tests.conftest import Database
from tests.notifications.conftest import configure, tell
from tests.pages.seed import seed


def received(db: Database) -> int:
    configure()
    tell("payment.succeeded", seed(db, status="succeeded"))
    return int(db.value("SELECT id FROM mailbox_messages"))


def test_an_empty_mailbox_says_how_the_first_email_arrives(client: FlaskClient) -> None:
    assert "No email yet" in client.get("/demo/mailbox").text


def test_the_list_leads_to_the_message(client: FlaskClient, db: Database) -> None:
    id = received(db)

    page = client.get("/demo/mailbox").text

    assert f'href="/demo/mailbox/{id}">Demo shop: order 1042-A, 1042-B, payment received</a>' in page


def test_a_message_shows_text_and_html(client: FlaskClient, db: Database) -> None:
    page = client.get(f"/demo/mailbox/{received(db)}")

    assert "Thank you, payment received" in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert re.search(r'<a href="https://pay\.example/s/[^"]+/receipt"', page.text)


def test_the_html_part_can_neither_run_nor_load(client: FlaskClient, db: Database) -> None:
    """Its own style sheet is allowed by its digest alone."""
    answer = client.get(f"/demo/mailbox/{received(db)}/html")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert re.search(r"style-src 'sha256-[\w+/=]{44}'", policy)
    assert "script-src" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_message_without_html_is_shown_all_the_same(client: FlaskClient, db: Database) -> None:
    message = EmailMessage()
    message["Message-ID"], message["To"], message["Subject"] = "<1@x>", "jo@example.org", "<b>Plain</b>"
    message.set_content("Only text & <tags>")
    Mailbox().send(message)
    id = db.value("SELECT id FROM mailbox_messages")

    assert "Only text &amp; &lt;tags&gt;" in client.get(f"/demo/mailbox/{id}").text
    assert client.get(f"/demo/mailbox/{id}/html").status_code == 200
    assert "&lt;b&gt;Plain&lt;/b&gt;" in client.get("/demo/mailbox").text


@pytest.mark.parametrize("id", ["0", "999", "99999999999999999999999", "x", "-1"])
def test_a_message_that_is_not_there_is_a_page(client: FlaskClient, id: str) -> None:
    assert client.get(f"/demo/mailbox/{id}").status_code == 404
