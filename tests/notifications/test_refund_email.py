"""The email of a refund: what went back of whose order, or that it did not arrive; once for each."""

from __future__ import annotations

import pytest

from checkout.core.ids import new_uuid
from checkout.notifications.refund_email import send_refund_email
from checkout.tasks import ClaimedTask
from tests.notifications.conftest import configure
from tests.notifications.test_parcel_email import sent, text
from tests.refunds.conftest import PEOPLE, desk, psp, shop

__all__ = ["desk", "psp", "shop"]


@pytest.fixture(autouse=True)
def _office(db):
    configure()


def tell(refund, type):
    args = {"event": str(new_uuid()), "type": type, "object": refund.public_id}
    send_refund_email(ClaimedTask(new_uuid(), "mail", "notifications.refund_email", args, 1, 8, 1))


def test_what_went_back_is_told_once_by_seller(db, desk):
    """5.00 of Ada's 15.00 and 3.30 of Bao's 9.90: one email, however often it is told."""
    payment = desk.paid(1500, 990)
    refund = desk.refunds(payment, 830)

    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'notifications.refund_email'") == 1
    tell(refund, "refund.succeeded")
    tell(refund, "refund.succeeded")

    (message,) = sent(db)
    assert str(message["Message-ID"]) == f"<refund_succeeded.{refund.public_id}@pay.example>"
    subject = str(message["Subject"]).replace("\N{NO-BREAK SPACE}", " ")
    assert subject == "Demo shop: order 1042-A, 1042-B, refund of 8,30 EUR sent"
    for kind in ("plain", "html"):
        said = text(message, kind).replace("\N{NO-BREAK SPACE}", " ").replace("&#39;", "'")
        assert "8,30 EUR went back to you" in said
        assert "Banks may need 5 to 10 business days" in said
        for part in ("Ada's Pottery", "5,00 EUR", "Bao Tea", "3,30 EUR"):
            assert part in said


def test_store_credit_can_be_spent_now(db, desk):
    refund = desk.refunds(desk.paid(1500), destination="wallet")

    tell(refund, "refund.succeeded")

    (message,) = sent(db)
    said = text(message, "plain")
    assert "is your store credit" in said
    assert "Banks may need" not in said


def test_a_refund_that_bounced_asks_for_help_and_the_good_news_comes_no_more(db, desk):
    """The email of its success had not left yet: it would be wrong by now."""
    payment = desk.paid(1500)
    refund = desk.refunds(payment)
    desk.hears(desk.psp.back.bounce(refund.public_id))

    tell(refund, "refund.succeeded")
    tell(refund, "refund.failed")

    (message,) = sent(db)
    assert str(message["Subject"]) == "Demo shop: order 1042-A, refund failed"
    for kind in ("plain", "html"):
        said = text(message, kind).replace("\N{NO-BREAK SPACE}", " ")
        assert "The 15,00 EUR that was to go back to you did not reach you." in said
        assert "/help" in said


@pytest.mark.parametrize("code", ["not_approved", "disputed"])
def test_what_was_never_begun_is_not_told(db, desk, code):
    """Nor what the shopper's bank has taken already: it is not with the shop."""
    refund = desk.asks(desk.paid(2_000_000), cause=PEOPLE)
    db.rows(
        "UPDATE refunds SET status = 'failed', failure_code = %(code)s, in_flight = false, failed_at = now()",
        code=code,
    )

    tell(refund, "refund.failed")

    assert sent(db) == []
