"""The emails about a payment: what they say, that each fact is told once, and that nobody's text becomes a header."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from checkout.events.subscribers import PAYMENT_EMAIL, SUBSCRIBERS
from checkout.notifications import queries
from checkout.notifications.message import UndeliverableAddress
from checkout.notifications.payment_email import WRITERS
from tests.conftest import Database
from tests.notifications.conftest import tell
from tests.pages.seed import MUG_AND_TEA, Line, Part, seed

Mailbox = Callable[[], list[dict[str, Any]]]
HOSTILE = "Evil\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>"
ENDS = {
    "payment.succeeded": "succeeded",
    "payment.failed": "failed",
    "payment.expired": "expired",
    "payment.delayed": "processing",
}


def parsed(row: dict[str, Any]) -> EmailMessage:
    message = message_from_bytes(bytes(row["raw"]), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert body is not None
    return str(body.get_content()).replace("\N{NO-BREAK SPACE}", " ")


def test_every_fact_that_is_subscribed_has_its_words() -> None:
    subscribed = {fact for fact, kinds in SUBSCRIBERS.items() if PAYMENT_EMAIL in kinds}

    assert subscribed == set(WRITERS)


def test_the_confirmation_names_each_sellers_delivery_and_the_receipt(db: Database, mailbox: Mailbox) -> None:
    """Text and HTML say the same: amount, both delivery windows, the link to the receipt."""
    tell("payment.succeeded", seed(db, status="succeeded"))

    (row,) = mailbox()
    message = parsed(row)
    for said in (part(message, "plain"), part(message, "html")):
        assert "We received 24.90 EUR." in said
        assert "Estimated delivery: 17–19 Mar" in said
        assert "Estimated delivery: 20 Mar" in said
        assert re.search(r"https://pay\.example/s/[\w.-]+/receipt", said)
    assert row["subject"] == "Demo shop: order 1042-A, 1042-B, payment received"
    assert str(message["From"]) == "Demo shop <no-reply@pay.example>"
    assert str(message["To"]) == "jo@example.org"
    assert message["Auto-Submitted"] == "auto-generated"


def test_amounts_and_days_are_in_the_orders_locale(db: Database, mailbox: Mailbox) -> None:
    tell("payment.succeeded", seed(db, status="succeeded", locale="de-DE"))

    said = part(parsed(mailbox()[0]), "plain")
    assert "24,90 EUR" in said
    assert "17.–19. März" in said


def test_a_delivery_nobody_named_is_not_invented(db: Database, mailbox: Mailbox) -> None:
    tell(
        "payment.succeeded",
        seed(db, status="succeeded", parts=(Part("Bao Tea", 990, None, (Line("Tea", 990),)),)),
    )

    assert "Delivery date not known yet" in part(parsed(mailbox()[0]), "plain")
    assert re.fullmatch(r"Demo shop: payment pay_\w{26}, payment received", mailbox()[0]["subject"])


@pytest.mark.parametrize(
    ("fact", "columns", "expected"),
    [
        (
            "payment.failed",
            {"last_error": {"code": "insufficient_funds"}},
            "There is not enough money on the account.",
        ),
        (
            "payment.failed",
            {"last_error": {"code": "stolen_card"}},
            "Your bank did not approve this payment.",
        ),
        ("payment.failed", {"last_error": {"code": "psp_rejected"}}, "The payment page could not be opened."),
        ("payment.expired", {}, "before you paid. Nothing was taken"),
        ("payment.delayed", {}, "please do not pay again"),
        ("payment.delayed", {}, "A bank debit may take up to 4 business days"),
    ],
)
def test_an_email_says_what_happened(
    db: Database, mailbox: Mailbox, fact: str, columns: dict[str, Any], expected: str
) -> None:
    tell(fact, seed(db, status=ENDS[fact], columns=columns))

    message = parsed(mailbox()[0])
    assert expected in part(message, "plain")
    assert expected in part(message, "html")


@pytest.mark.parametrize("fact", ["payment.failed", "payment.expired"])
def test_an_end_leads_back_to_the_cart(db: Database, mailbox: Mailbox, fact: str) -> None:
    tell(fact, seed(db, status=ENDS[fact]))

    assert re.search(r"https://shop\.example/cart\?payment=pay_\w{26}", part(parsed(mailbox()[0]), "plain"))


@pytest.mark.parametrize("fact", sorted(ENDS))
def test_a_fact_is_told_once(db: Database, mailbox: Mailbox, fact: str) -> None:
    """The task runs twice, as after a lost lease: one email, one row."""
    payment = seed(db, status=ENDS[fact], age=timedelta(minutes=3))

    tell(fact, payment)
    tell(fact, payment)

    assert len(mailbox()) == 1
    assert db.value("SELECT count(*) FROM emails WHERE sent_at IS NOT NULL") == 1


def test_two_facts_of_one_payment_are_two_emails(db: Database, mailbox: Mailbox) -> None:
    payment = seed(db, status="processing")
    tell("payment.delayed", payment)
    db.rows("UPDATE payments SET status = 'succeeded', succeeded_at = now() WHERE id = %(id)s", id=payment)

    tell("payment.succeeded", payment)

    assert len({row["message_id"] for row in mailbox()}) == 2


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_a_delay_is_not_told_after_the_answer(db: Database, mailbox: Mailbox, status: str) -> None:
    """The email waited in a queue, the bank was faster: "needs more time" would be untrue."""
    tell("payment.delayed", seed(db, status=status))

    assert mailbox() == []


def test_a_confirmation_that_left_is_known(db: Database, mailbox: Mailbox) -> None:
    """The status page says "sent" only then."""
    payment = seed(db, status="succeeded")
    tell("payment.succeeded", payment)

    object = db.value("SELECT object FROM emails")
    assert queries.was_sent(object, "payment.succeeded")
    assert not queries.was_sent(object, "payment.delayed")


def test_names_never_become_headers_or_markup(db: Database, mailbox: Mailbox) -> None:
    """A shop, seller, goods and reference full of line breaks and tags: one recipient, no script."""
    parts = (Part(HOSTILE, 990, HOSTILE, (Line(HOSTILE, 990),)),)
    tell("payment.succeeded", seed(db, status="succeeded", shop=HOSTILE, parts=parts))

    (row,) = mailbox()
    message = parsed(row)
    assert message["Bcc"] is None
    assert sorted(message.keys()) == sorted(
        ["Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    assert "\n" not in row["subject"]
    assert "<script>" not in part(message, "html")


@pytest.mark.parametrize(
    "address",
    ["jo@example.org\r\nBcc: all@example.org", "jo@example.org, all@example.org", "<jo@example.org>", "jo", "@", "a@b c",
     "jo@" + "x" * 300],
)  # fmt: skip
def test_a_malformed_address_gets_no_email(db: Database, mailbox: Mailbox, address: str) -> None:
    payment = seed(db, status="succeeded", email=address)

    with pytest.raises(UndeliverableAddress):
        tell("payment.succeeded", payment)
    assert mailbox() == []


def test_unusual_names_arrive_as_written(db: Database, mailbox: Mailbox) -> None:
    """Emoji, right-to-left marks and 300 characters."""
    parts = (Part("متجر \N{RIGHT-TO-LEFT MARK}🏺", 990, "№ 7", (Line("x" * 300, 990),)),)
    tell(
        "payment.succeeded",
        seed(db, status="succeeded", shop="Töpferei 🏺", parts=parts, email="jo@exämple.org"),
    )

    message = parsed(mailbox()[0])
    assert "متجر \N{RIGHT-TO-LEFT MARK}🏺" in part(message, "plain")
    assert "Töpferei 🏺" in str(message["Subject"])
    assert str(message["To"]) == "jo@xn--exmple-cua.org"


def test_no_email_loads_anything_from_elsewhere(db: Database, mailbox: Mailbox) -> None:
    """No image, no font, no style sheet, nothing that tells a sender that the email was opened."""
    for fact, status in ENDS.items():
        tell(fact, seed(db, status=status, parts=MUG_AND_TEA))

    for row in mailbox():
        html = part(parsed(row), "html")
        assert not re.search(r"<img|<link|src=|@import|url\(|<script", html)
