"""Lost webhooks: the PSP is asked by ourselves, in time, once at a time, and an unreachable one is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.core import clock
from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.payments import cadence, refresh_payment
from checkout.payments.errors import PspUnavailable
from checkout.payments.still_open import LISTED_FROM
from checkout.payments.sync import claim_due, sync_due
from checkout.psp import OutcomeUnknown
from checkout.tasks import ClaimedTask
from tests.concurrency import at_once
from tests.payments.conftest import REQUEST, events


def task(kind="payments.sync_due", **args):
    from checkout.core.ids import new_uuid

    return ClaimedTask(new_uuid(), "default", kind, args, 1, 8, 1)


def later(seconds):
    """Moves business time."""
    clock.configure(offset_seconds=seconds)


def test_a_payment_whose_webhooks_are_lost_is_settled(db, shop):
    """Paid, and nobody said so: the first look, half a minute after it began, finds the money."""
    payment = shop.started()
    shop.psp.charge(payment.psp_session_id)
    sync_due(task())
    assert shop.view(payment.id).status == "awaiting_shopper"

    later(31)
    sync_due(task())

    assert shop.view(payment.id).status == "succeeded"


def test_looks_are_less_than_a_minute_apart_while_the_page_is_open(db, shop):
    """For the whole hour, with the ten seconds between two runs; each look sets the time of the next."""
    gaps = []
    payment = shop.started()
    for _ in range(70):
        view = shop.view(payment.id)
        assert view.next_sync_at is not None
        gaps.append(view.next_sync_at - utcnow())
        later(int((view.next_sync_at - utcnow()).total_seconds()) + 1 + int(clock._offset.total_seconds()))
        sync_due(task())

    assert max(gaps) <= timedelta(seconds=50)
    assert utcnow() > payment.created_at + timedelta(minutes=55)


def test_an_unpaid_payment_expires_soon_after_its_sessions_end(db, shop):
    """Asked just after the end, whatever the cadence says: expired, orders canceled, told once."""
    payment = shop.started()
    assert cadence.next_sync(
        "awaiting_shopper",
        attempts=99,
        now=payment.session_expires_at - timedelta(seconds=5),
        session_expires_at=payment.session_expires_at,
    ) == payment.session_expires_at + timedelta(seconds=cadence.AFTER_EXPIRY_SECONDS)
    shop.psp.becomes(payment.psp_session_id, "expired")

    later(3_611)
    sync_due(task())
    sync_due(task())

    view = shop.view(payment.id)
    assert (view.status, view.next_sync_at) == ("expired", None)
    assert {order.status for order in view.orders} == {"canceled"}
    assert events(db).count("payment.expired") == 1


def test_a_payment_is_not_expired_by_our_clock_alone(db, shop):
    """The PSP says it is still open: it stays."""
    payment = shop.started()

    later(3_611)
    sync_due(task())

    assert shop.view(payment.id).status == "awaiting_shopper"


def test_a_silent_psp_is_asked_again_soon(db, shop):
    """No answer changes nothing but the time of the next look."""
    payment = shop.started()
    shop.psp.down = OutcomeUnknown("timeout")
    later(31)
    asked_at = utcnow()
    sync_due(task())

    view = shop.view(payment.id)
    assert view.status == "awaiting_shopper"
    assert asked_at < view.next_sync_at <= utcnow() + timedelta(seconds=30)
    with pytest.raises(PspUnavailable):
        refresh_payment(payment.id, cause=REQUEST)


def test_two_runs_at_once_share_the_payments(db, shop):
    """Each due payment is claimed by one of them."""
    for _ in range(10):
        shop.started()
    later(31)

    claimed = at_once(*[claim_due for _ in range(4)])

    ids = [one for batch in claimed for one in batch]
    assert len(ids) == len(set(ids)) == 10


def test_without_putting_off_first_two_runs_ask_twice(db, shop, monkeypatch):
    """Control: payments that stay due are claimed by the next run as well."""
    monkeypatch.setattr(cadence, "SYNC_FAILED_SECONDS", -3600)
    shop.started()
    later(31)

    assert claim_due() == claim_due() != []


def test_many_open_pages_are_one_look(db, shop):
    """Eight are due and open: one list, no look at one of them, and the next look of each is set as its own would."""
    payments = [shop.started() for _ in range(LISTED_FROM)]
    later(31)
    asked_at = utcnow()
    sync_due(task())

    assert (shop.psp.count("list"), shop.psp.count("fetch")) == (1, 0)
    for payment in payments:
        view = shop.view(payment.id)
        assert (view.status, view.version) == ("awaiting_shopper", payment.version)
        assert asked_at + timedelta(seconds=45) < view.next_sync_at <= utcnow() + timedelta(seconds=50)
        assert view.last_synced_at is not None
    assert (
        db.value("SELECT count(*) FROM payments WHERE sync_attempts = 1 AND psp_intent_id IS NOT NULL") == 8
    )


def test_who_is_not_on_the_list_is_asked_about_by_himself(db, shop):
    """Of ten due payments one is paid, one expired, one called off, and one page asks for another amount: each is looked
    at, and ends as it would alone. The other six are not."""
    paid, expired, called_off, differs, *others = [shop.started() for _ in range(10)]
    shop.psp.charge(paid.psp_session_id)
    shop.psp.becomes(expired.psp_session_id, "expired")
    shop.psp.becomes(differs.psp_session_id, "open", amount=Money(1, "EUR"))
    db.rows(
        "UPDATE payments SET cancel_requested_at = now() WHERE id = %(id)s RETURNING id", id=called_off.id
    )
    later(31)
    sync_due(task())

    found = [shop.view(payment.id).status for payment in (paid, expired, called_off, differs)]
    assert found == ["succeeded", "expired", "canceled", "in_review"]
    assert {shop.view(payment.id).status for payment in others} == {"awaiting_shopper"}
    assert (shop.psp.count("fetch"), shop.psp.count("expire")) == (3, 1)


def test_a_page_about_to_end_is_asked_about_by_itself(db, shop):
    """Past its session's end the list proves nothing: the look that ends the payment is a look at it."""
    payments = [shop.started() for _ in range(LISTED_FROM)]
    later(3_611)
    sync_due(task())

    assert shop.psp.count("fetch") == len(payments)


def test_where_there_is_no_list_each_is_asked_about(db, shop, monkeypatch):
    """The list fails, single looks do not: nobody's money waits for it."""
    payments = [shop.started() for _ in range(LISTED_FROM)]
    shop.psp.charge(payments[0].psp_session_id)

    def no_list(**_during):
        raise OutcomeUnknown("a list of more than 100 pages")

    monkeypatch.setattr(shop.psp, "list_open_pages", no_list)
    later(31)
    sync_due(task())

    assert shop.view(payments[0].id).status == "succeeded"
    assert shop.psp.count("fetch") == len(payments)


def test_what_a_round_has_no_time_for_is_the_next_ones(db, shop, monkeypatch):
    """No list, and two at a time: all nine are looked at by one run all the same."""
    payments = [shop.started() for _ in range(9)]
    monkeypatch.setattr("checkout.payments.sync.BATCH", 2)
    monkeypatch.setattr("checkout.payments.still_open.LISTED_FROM", 100)
    later(31)
    sync_due(task())

    assert shop.psp.count("fetch") == len(payments)


def test_processing_is_looked_at_more_often(db, shop):
    """A shopper waits: ten seconds, then 15, 30, and a minute."""
    payment = shop.started()
    heard_at = utcnow()
    shop.hears(shop.psp.news(payment.psp_session_id, "processing"))

    view = shop.view(payment.id)
    assert heard_at + timedelta(seconds=8) < view.next_sync_at <= utcnow() + timedelta(seconds=10)
    shop.psp.charge(payment.psp_session_id)
    later(11)
    sync_due(task())
    assert shop.view(payment.id).status == "succeeded"


def test_refresh_asks_now(db, shop):
    """Whatever the cadence says."""
    payment = shop.started()
    shop.psp.charge(payment.psp_session_id)

    assert refresh_payment(payment.id, cause=REQUEST).status == "succeeded"


def test_refresh_of_an_ended_payment_finds_late_money(db, shop):
    """Expired, then paid after all: booked apart, called out, still expired."""
    payment = shop.started()
    shop.hears(
        shop.psp.news(payment.psp_session_id, "ended"), shop.psp.becomes(payment.psp_session_id, "expired")
    )
    shop.psp.charge(payment.psp_session_id)

    view = refresh_payment(payment.id, cause=REQUEST)

    assert (view.status, view.late_capture) == ("expired", True)


def test_one_payment_that_cannot_be_applied_stops_no_other(db, shop, monkeypatch):
    """The first of two paid payments raises whatever it likes: the run ends well, the second is settled, the first is
    put off."""
    poison, other = shop.started(), shop.started()
    for payment in (poison, other):
        shop.psp.charge(payment.psp_session_id)
    fetch = shop.psp.fetch_payment

    def fetch_or_fall(session_id):
        if session_id == poison.psp_session_id:
            raise AssertionError("a fault of ours")
        return fetch(session_id)

    monkeypatch.setattr(shop.psp, "fetch_payment", fetch_or_fall)
    later(60)

    sync_due(task())

    assert shop.view(other.id).status == "succeeded"
    assert shop.view(poison.id).next_sync_at > utcnow()
    assert db.value("SELECT code FROM alerts") == "payment_sync_failed"


def test_a_debit_whose_page_expired_has_failed(db, shop):
    """Processing was heard of, then the page expired: nothing can come any more, and nobody asks for ever."""
    payment = shop.started()
    shop.hears(shop.psp.news(payment.psp_session_id, "processing"))
    shop.psp.becomes(payment.psp_session_id, "expired")

    assert refresh_payment(payment.id, cause=REQUEST).status == "failed"


def test_the_end_of_another_page_is_not_the_payments(db, shop):
    """The PSP forgot a key, and an orphan page names the payment: its end ends nothing, its money is money."""
    payment = shop.started()
    orphan = replace(shop.psp.sessions[payment.psp_session_id], session_id="cs_orphan", status="expired")
    shop.psp.sessions["cs_orphan"] = orphan

    shop.hears(shop.psp.news("cs_orphan", "ended"), orphan)
    assert shop.view(payment.id).status == "awaiting_shopper"

    shop.hears(shop.psp.captured("cs_orphan"), event="evt_2")
    assert shop.view(payment.id).status == "succeeded"
