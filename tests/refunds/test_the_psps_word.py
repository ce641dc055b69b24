"""What the PSP says of refunds: lost, late, twice, in every order, and of refunds that nobody here asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
import time_machine

from checkout.core.clock import utcnow
from checkout.psp import InsufficientFunds, InvalidRequest, RefundContradicted
from checkout.refunds.periodic import look
from checkout.refunds.refund import read_refund
from tests.refunds.conftest import EVENT


def kinds(desk):
    return [kind for kind, _ in desk.entries("payment_captured", "psp_fee")]


def test_a_lost_answer_is_asked_for_under_the_same_key(desk):
    refund = desk.asks(desk.paid(1500), 500)
    desk.psp.back.lose("after")
    assert desk.sends(refund) > 0
    assert desk.status(refund) == "unknown"
    assert desk.sends(refund) is None
    assert (desk.status(refund), len(desk.psp.back.refunds)) == ("succeeded", 1)
    assert {key for _, key in desk.psp.back.calls} == {refund.public_id}
    assert kinds(desk) == ["refund_requested", "refund_sent"]


def test_a_psp_that_repeats_its_failure_is_looked_through_and_a_person_told(desk):
    """It did the refund and answers 500 under the key again and again: found after some tries, and the alert is over."""
    refund = desk.asks(desk.paid(1500), 500)
    desk.psp.back.lose("after")
    for _ in range(8):
        desk.psp.back.lose("before")
    desk.psp.back.hide()
    for _ in range(5):
        desk.sends(refund)
    assert (desk.status(refund), desk.alerts()) == ("unknown", ["refund_unknown"])
    desk.sends(refund)
    assert desk.status(refund) == "succeeded"
    assert desk.db.value("SELECT status FROM alerts") == "resolved"
    assert len(desk.psp.back.refunds) == 1


def test_an_answer_of_another_amount_calls_a_person(desk):
    refund = desk.asks(desk.paid(1500), 500)
    desk.psp.back.lose("after", RefundContradicted("another amount", refund_id="re_x"))
    assert desk.sends(refund) > 3600
    assert (desk.status(refund), desk.alerts()) == ("unknown", ["refund_contradicted"])


@pytest.mark.parametrize("when", ["after", "before"])
def test_after_the_keys_window_it_is_looked_up_and_never_sent_again(desk, when):
    """25 hours later the key would give the money back a second time: found, or twice not there."""
    payment = desk.paid(1500)
    refund = desk.asks(payment, 500)
    desk.psp.back.lose(when)
    with time_machine.travel(utcnow(), tick=False) as clock:
        desk.sends(refund)
        desk.psp.back.forget_keys()
        clock.shift(timedelta(hours=25))
        wait = desk.sends(refund)
        if when == "before":
            assert wait == 60.0
            clock.shift(timedelta(seconds=61))
            desk.sends(refund)
    made = 1 if when == "after" else 0
    assert len(desk.psp.back.refunds) == made
    assert desk.status(refund) == ("succeeded" if made else "failed")
    assert desk.refunded(payment) == 500 * made


def test_a_refusal_gives_the_money_back_to_the_order(desk):
    payment = desk.paid(1500)
    refund = desk.asks(payment)
    desk.psp.back.refuse(InvalidRequest("charge disputed", psp_code="charge_disputed"))
    desk.sends(refund)
    failed = read_refund(refund.id)
    assert (failed.status, failed.failure_code, failed.failure_psp_code) == (
        "failed",
        "refused",
        "charge_disputed",
    )
    assert desk.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}
    assert desk.order(payment.orders[0].id) == {
        "status": "paid",
        "refunded": 0,
        "to_wallet": 0,
        "in_flight": 0,
        "logistics": 0,
    }
    assert (desk.alerts(), desk.events()) == (["refund_failed"], ["refund.created", "refund.failed"])


def test_without_cover_the_failure_says_so(desk):
    refund = desk.asks(desk.paid(1500), 500)
    desk.psp.back.refuse(InsufficientFunds("balance_insufficient"))
    desk.sends(refund)
    assert read_refund(refund.id).failure_code == "not_covered"


def test_a_refusal_after_a_lost_answer_is_looked_up(desk):
    """5.00 went back, its answer lost; then the key to the PSP is refused: the refund stands."""
    refund = desk.asks(desk.paid(1500), 500)
    desk.psp.back.lose("after")
    desk.psp.back.lose("before", InvalidRequest("HTTP 401: api_key_expired"))
    desk.sends(refund)
    desk.sends(refund)
    assert desk.status(refund) == "succeeded"


def test_a_pending_refund_waits_and_a_look_ends_it(desk):
    """The order is not closed while it is pending; its webhook is lost, and the PSP is asked."""
    payment = desk.paid(1500)
    desk.psp.back.keep_pending()
    refund = desk.refunds(payment)
    assert (refund.status, desk.order(payment.orders[0].id)["status"]) == ("pending", "paid")
    desk.psp.back.settle(refund.public_id)
    look(refund.id, psp=desk.psp, cause=EVENT)
    assert (desk.status(refund), desk.order(payment.orders[0].id)["status"]) == ("succeeded", "closed")
    assert desk.events() == ["refund.created", "refund.pending", "refund.succeeded"]


def test_a_failed_refund_opens_its_closed_order_again(desk):
    payment = desk.paid(1500)
    refund = desk.refunds(payment)
    desk.hears(desk.psp.back.bounce(refund.public_id))
    assert desk.order(payment.orders[0].id)["status"] == "paid"
    assert desk.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}


def test_what_failed_and_is_not_back_yet_is_not_the_orders(desk):
    """The PSP says failed before it shows the movement: the money is the order's with the movement, not before."""
    payment = desk.paid(1500)
    refund = desk.refunds(payment, 500)
    desk.hears(desk.psp.back.bounce(refund.public_id, moved=False))
    assert (desk.status(refund), desk.refunded(payment)) == ("failed", 500)
    desk.hears(desk.psp.back.bounce(refund.public_id))
    assert desk.refunded(payment) == 0
    assert kinds(desk) == ["refund_requested", "refund_sent", "refund_bounced", "refund_failed"]


def test_a_bad_end_is_read_again_before_it_is_believed(desk):
    """An event says failed; the PSP, asked, says succeeded: so it is."""
    refund = desk.refunds(desk.paid(1500), 500)
    desk.hears(replace(desk.made(refund), status="failed", psp_status="failed"))
    assert (desk.status(refund), desk.alerts()) == ("succeeded", [])


@pytest.mark.parametrize("answer_first", [True, False])
def test_the_answer_and_its_webhook_in_either_order_and_twice(desk, answer_first):
    payment = desk.paid(1500)
    refund = desk.asks(payment, 500)
    if answer_first:
        desk.sends(refund)
    else:
        desk.psp.back.lose("after")
        desk.sends(refund)  # executed; the webhook comes before anybody knows
    for _ in range(2):
        assert desk.hears(desk.made(refund)) == "applied"
        assert desk.hears(None, payment) == "applied"
    desk.sends(refund)
    assert kinds(desk) == ["refund_requested", "refund_sent"]
    assert (desk.status(refund), desk.refunded(payment)) == ("succeeded", 500)
    assert desk.alerts() == []


def histories(desk, payment, order):
    """Everything the PSP ever shows of a refund that is pending, succeeds, and bounces: told in one order."""
    desk.psp.back.keep_pending(moved=False)
    refund = desk.asks(payment, 500)
    desk.sends(refund)
    snapshots = [desk.made(refund)]
    snapshots.append(desk.psp.back.settle(refund.public_id))
    snapshots.append(desk.psp.back.bounce(refund.public_id))
    for index in order:
        desk.hears(snapshots[index])
    return refund


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_every_order_of_events_ends_the_same(desk, order):
    """Pending, succeeded, failed, in every order and each twice: failed, and all money where it was."""
    payment = desk.paid(1500)
    refund = histories(desk, payment, [*order, *order])
    assert (desk.status(refund), desk.refunded(payment)) == ("failed", 0)
    assert desk.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}
    assert sorted(kinds(desk)) == ["refund_bounced", "refund_failed", "refund_requested", "refund_sent"]


def test_a_refund_from_the_dashboard_is_booked_once(desk):
    """3.00 of 24.90, heard three ways: spread over what is left, one entry, an alert."""
    payment = desk.paid(1500, 990)
    made = desk.dashboard(payment, 300)
    for _ in range(2):
        desk.hears(made)
        desk.hears(None, payment)
    (entry,) = desk.entries("payment_captured", "psp_fee")
    assert entry == (
        "external_refund",
        {"seller_pending:A": 181, "seller_pending:B": 119, "psp_balance": -300},
    )
    assert (desk.refunded(payment), desk.alerts()) == (300, ["external_refund"])
    desk.balances()


def test_what_the_dashboard_gave_beyond_what_was_left_is_the_platforms_loss(desk):
    """15.00 were refunded by us, and 10.00 more in the dashboard: booked, and somebody is called."""
    payment = desk.paid(1500)
    desk.refunds(payment, 800)
    desk.hears(desk.dashboard(payment, 1000))
    assert desk.entries()[-1] == (
        "external_refund",
        {"seller_pending:A": 700, "seller_losses": 300, "psp_balance": -1000},
    )
    assert desk.alerts() == ["refund_beyond_left"]
    assert (desk.refunded(payment), desk.order(payment.orders[0].id)["status"]) == (1800, "closed")


def test_a_dashboard_refund_that_bounces_goes_back_where_it_came_from(desk):
    payment = desk.paid(1500)
    desk.refunds(payment, 800)
    made = desk.dashboard(payment, 1000)
    desk.hears(made)
    desk.hears(desk.psp.back.bounce(made.id))
    assert desk.balances() == {"psp_balance": 700, "seller_pending:A": -700}
    assert desk.refunded(payment) == 800


def test_a_dashboard_refund_before_the_capture_is_known_waits(desk):
    """The PSP's news come in any order: the refund is not booked before the money is."""
    payment = desk.shop.started((1500,))
    captured = desk.psp.captured(payment.psp_session_id)
    made = desk.dashboard(payment, 300)
    assert desk.hears(made) != "applied"
    desk.shop.hears(captured)
    assert desk.hears(made) == "applied"
    assert desk.balances() == {"psp_balance": 1200, "seller_pending:A": -1200}


def test_a_refund_of_nobody_here_changes_nothing(desk):
    payment = desk.paid(1500)
    made = replace(desk.dashboard(payment, 300), intent_id="pi_other", charge_id="ch_other")
    assert desk.hears(made) == "unknown"


def test_another_amount_than_was_asked_for_stops_with_an_alert(desk):
    from checkout.core.money import Money

    refund = desk.asks(desk.paid(1500), 500)
    desk.psp.back.lose("after")
    desk.sends(refund)
    desk.hears(replace(desk.made(refund), amount=Money(501, "EUR")))
    assert (desk.status(refund), desk.alerts()) == ("unknown", ["refund_contradicted"])


def test_a_refund_that_was_given_up_and_was_made_after_all_is_booked(desk):
    """Twice not in the PSP's list, given back to the order; a day later the PSP tells of it: it is booked as it is."""
    payment = desk.paid(1500)
    refund = desk.asks(payment, 500)
    desk.psp.back.lose("after")
    with time_machine.travel(utcnow(), tick=False) as clock:
        desk.sends(refund)
        desk.psp.back.hide(2)
        clock.shift(timedelta(hours=25))
        desk.sends(refund)
        clock.shift(timedelta(seconds=61))
        desk.sends(refund)
    assert (desk.status(refund), desk.refunded(payment)) == ("failed", 0)
    desk.hears(desk.made(refund))
    desk.hears(desk.made(refund))
    assert desk.refunded(payment) == 500
    assert desk.balances() == {"psp_balance": 1000, "seller_pending:A": -1000}
    assert sorted(desk.alerts()) == ["external_refund", "refund_failed"]


def test_a_refund_of_another_payment_under_our_reference_is_that_payments(desk):
    """Whoever copied our metadata in the dashboard gave back 5.00 of another payment: it is booked there, and ours,
    of which nobody has heard, waits for its own answer."""
    ours, other = desk.paid(1500), desk.paid(1500)
    refund = desk.asks(ours, 500)
    copied = replace(desk.dashboard(other, 500), reference=refund.public_id)
    assert desk.hears(copied) == "applied"
    assert (desk.status(refund), desk.refunded(ours), desk.refunded(other)) == ("requested", 500, 500)
    desk.sends(refund)
    assert desk.status(refund) == "succeeded"
    assert [kind for kind in kinds(desk) if kind != "refund_requested"] == ["external_refund", "refund_sent"]
