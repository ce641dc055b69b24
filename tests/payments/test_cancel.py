"""Calling a payment off: the page is closed first, and a shopper who was faster wins."""

from __future__ import annotations

import pytest

from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.ids import new_uuid
from checkout.payments import cancel_payment, refresh_payment
from checkout.payments.errors import InvalidPaymentState, PspUnavailable
from checkout.psp import OutcomeUnknown
from tests.payments.conftest import REQUEST, events, history, ledger
from tests.payments.fake_psp import lost_answer


def cancel(shop, payment_id, **options):
    return cancel_payment(payment_id, cause=REQUEST, **options)


def test_an_open_payment_is_canceled_with_its_page(db, shop):
    """The PSP's page is closed, the orders canceled, the world told, the wish in the audit log."""
    payment = shop.started()

    view = cancel(shop, payment.id)

    assert view.status == "canceled"
    assert {order.status for order in view.orders} == {"canceled"}
    assert shop.psp.sessions["cs_test_1"].status == "expired"
    assert events(db)[-1] == "payment.canceled"
    actions = [
        row["action"]
        for row in db.rows(
            "SELECT action FROM audit_log WHERE object = %(o)s ORDER BY sequence", o=view.public_id
        )
    ]
    assert actions == ["payment.create", "payment.cancel"]


def test_canceling_twice_answers_the_same(db, shop):
    """The second time changes nothing and asks nobody."""
    payment = shop.started()
    first = cancel(shop, payment.id)

    assert cancel(shop, payment.id) == first
    assert shop.psp.count("expire") == 1


def test_a_shopper_who_paid_a_moment_before_wins(db, shop):
    """The PSP says complete: the success counts, and the cancel is refused."""
    payment = shop.started()
    shop.psp.charge(payment.psp_session_id)

    with pytest.raises(InvalidPaymentState) as refused:
        cancel(shop, payment.id)

    assert refused.value.extra["payment_status"] == "succeeded"
    assert shop.view(payment.id).status == "succeeded"
    assert ledger(db)[0][0] == "payment_captured"


@pytest.mark.parametrize("status", ["processing", "succeeded", "expired", "failed"])
def test_what_is_beyond_canceling_is_refused(db, shop, status):
    """409, and the PSP is not asked."""
    payment = shop.started()
    session = payment.psp_session_id
    if status == "succeeded":
        shop.hears(shop.psp.captured(session))
    elif status == "processing":
        shop.hears(shop.psp.news(session, "processing"))
    else:
        shop.hears(shop.psp.news(session, "ended"), shop.psp.becomes(session, status))

    with pytest.raises(InvalidPaymentState):
        cancel(shop, payment.id)

    assert shop.psp.count("expire") == 0
    assert shop.view(payment.id).status == status


def test_the_expiry_event_of_our_own_closing_cancels(db, shop):
    """It may come before our second transaction: the payment is canceled, not expired."""
    payment = shop.started()
    expire = shop.psp.expire_payment

    def and_the_webhook_comes_first(session_id, key):
        snapshot = expire(session_id, key)
        shop.hears(shop.psp.news(session_id, "ended"), snapshot)
        return snapshot

    shop.psp.expire_payment = and_the_webhook_comes_first

    assert cancel(shop, payment.id).status == "canceled"
    assert history(db, payment.id) == ["created", "awaiting_shopper", "canceled"]


def test_a_cancel_that_the_psp_did_not_answer_is_carried_out_later(db, shop):
    """503, the wish stays; the sync closes the page as soon as the PSP answers."""
    payment = shop.started()
    shop.psp.down = OutcomeUnknown("timeout")
    with pytest.raises(PspUnavailable):
        cancel(shop, payment.id)
    view = shop.view(payment.id)
    assert (view.status, view.cancel_requested_at is not None) == ("awaiting_shopper", True)
    shop.psp.down = None

    assert refresh_payment(payment.id, cause=REQUEST).status == "canceled"


def test_canceling_an_unknown_payment_finds_its_page_first(db, shop):
    """The same stored request brings the session back, which is then closed."""
    shop.psp.faults = [lost_answer()]
    with pytest.raises(PspUnavailable):
        shop.start()
    payment_id = db.value("SELECT id FROM payments")

    assert cancel(shop, payment_id).status == "canceled"
    assert len(shop.psp.sessions) == 1
    assert history(db, payment_id) == ["created", "unknown", "awaiting_shopper", "canceled"]


def test_another_storefronts_payment_is_not_there(db, shop):
    """As unknown as one that does not exist."""
    payment = shop.started()

    with pytest.raises(NotFound):
        cancel(shop, payment.id, storefront_id=new_uuid())

    assert shop.view(payment.id).cancel_requested_at is None


def test_money_for_a_canceled_payment_is_kept_apart(db, shop):
    """Late all the same: never silent."""
    payment = shop.started()
    cancel(shop, payment.id)

    shop.hears(shop.psp.captured(payment.psp_session_id))

    assert shop.view(payment.id).late_capture
    assert db.value("SELECT code FROM alerts") == "late_capture"


def test_a_person_who_asks_is_in_the_audit_log(db, shop):
    """Refreshing by hand is an action; by a page's poll it is not."""
    payment = shop.started()
    refresh_payment(payment.id, cause=Cause("cli", "root"))
    refresh_payment(payment.id, cause=REQUEST)

    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'payment.refresh'") == 1
