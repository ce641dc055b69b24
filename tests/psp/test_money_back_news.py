"""What an event says of a refund or a dispute; every shape that the tests make is held against Stripe's description."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkout.core.money import Money
from checkout.psp import DisputeNews, RefundNews, UnreadableEvent
from checkout.psp.stripe.money_back_news import money_back_news
from tests.psp.deliveries import event
from tests.psp.fake_money_back import FakeMoneyBack
from tests.psp.money_back_objects import (
    dispute_event,
    dispute_object,
    refund_event,
    refund_object,
    refunded_charge_event,
)
from tests.stripe_openapi.validate import object_errors

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "stripe" / "fixtures-subset.json"
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def psp():
    return FakeMoneyBack()


@pytest.mark.parametrize(
    "type", ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]
)
def test_a_refunds_event_carries_the_refund(psp, type):
    made = psp.refund_elsewhere("pi_1", Money(1050, "EUR"))
    payload = refund_event(made, type)

    assert object_errors(payload["data"]["object"]) == []
    assert money_back_news(payload) == RefundNews(made, "ch_of_pi_1", "pi_1", AT)


@pytest.mark.parametrize(
    ("amount", "on_the_wire"),
    [
        (Money(1050, "EUR"), 1050),
        (Money(1050, "JPY"), 1050),
        (Money(6490, "KWD"), 6490),
        (Money(900, "ISK"), 90_000),
        (Money(500, "MGA"), 5),
    ],
)
def test_amounts_are_read_in_the_currencys_own_unit(psp, amount, on_the_wire):
    """10.50 EUR, 1050 JPY, 6.490 KWD, 900 ISK (two decimals at Stripe), 5.00 MGA (none at Stripe)."""
    refund = psp.refund_elsewhere("pi_1", amount)
    dispute = psp.open_dispute("pi_1", amount, fee_minor=100)
    assert refund_object(refund)["amount"] == dispute_object(dispute)["amount"] == on_the_wire

    of_refund, of_dispute = money_back_news(refund_event(refund)), money_back_news(dispute_event(dispute))

    assert of_refund.refund.amount == of_dispute.dispute.amount == amount
    assert [(moved.amount, moved.fee) for moved in of_dispute.dispute.movements] == [
        (-amount, Money(100, amount.currency))
    ]


def test_a_bounce_names_both_movements_and_why(psp):
    """After it had succeeded; our reference is read from the refund's own metadata."""
    made = replace(
        psp.refund_elsewhere("pi_1", Money(1050, "EUR")), reference="re_01jd2k8wz5e8p9c4m6h7r3t1vx"
    )
    psp.refunds["key"] = made

    bounced = psp.bounce(made.reference)
    news = money_back_news(refund_event(bounced, "refund.failed"))

    assert object_errors(refund_object(bounced)) == []
    assert (news.refund.reference, news.refund.status) == (made.reference, "failed")
    assert news.refund.failure_reason == "lost_or_stolen_card"
    assert news.refund.balance_transaction == "txn_re_1"
    assert news.refund.failure_balance_transaction == "txn_re_1_back"


@pytest.mark.parametrize(
    ("of_stripe", "ours"),
    [
        ("requires_action", "pending"),
        ("pending", "pending"),
        ("succeeded", "succeeded"),
        ("canceled", "failed"),
    ],
)
def test_stripes_statuses_become_ours_and_its_own_word_is_kept(psp, of_stripe, ours):
    made = replace(psp.refund_elsewhere("pi_1", Money(1050, "EUR")), psp_status=of_stripe)

    refund = money_back_news(refund_event(made)).refund

    assert (refund.status, refund.psp_status) == (ours, of_stripe)


def test_a_refunded_charge_names_its_payment_and_no_refund(psp):
    """The refunds of the payment are to be listed."""
    made = psp.refund_elsewhere("pi_1", Money(1050, "EUR"))

    assert money_back_news(refunded_charge_event(made)) == RefundNews(None, "ch_of_pi_1", "pi_1", AT)


@pytest.mark.parametrize("kind", ["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"])
def test_a_disputes_event_carries_the_dispute_and_its_kind(psp, kind):
    """Withdrawn with a fee of 15.00, reinstated with 15.00 of it back: movements signed as our balance saw them."""
    opened = psp.open_dispute("pi_1", Money(1050, "EUR"))
    dispute = psp.reinstate(opened.id, fee_minor=1_500)

    assert object_errors(dispute_object(dispute)) == []
    news = money_back_news(dispute_event(dispute, kind))

    assert news == DisputeNews(dispute, kind, AT)
    assert [(moved.amount.amount_minor, moved.fee.amount_minor) for moved in news.dispute.movements] == [
        (-1050, 1500),
        (1050, -1500),
    ]


def test_a_warning_has_moved_nothing(psp):
    """An inquiry is answered before any money is taken."""
    dispute = psp.open_dispute("pi_1", Money(1050, "EUR"), status="warning_needs_response")

    news = money_back_news(dispute_event(dispute))

    assert (news.dispute.status, news.dispute.movements) == ("warning_needs_response", ())
    assert news.dispute.charge_is_refundable


@pytest.mark.parametrize("due_by", [0, None])
def test_a_bank_that_hears_no_answer_sets_no_time_for_one(psp, due_by):
    """Stripe writes 0; it is not the year 1970."""
    shown = dispute_object(psp.open_dispute("pi_1", Money(1050, "EUR")))
    shown["evidence_details"]["due_by"] = due_by

    assert money_back_news(event("charge.dispute.created", shown)).dispute.evidence_due_at is None


@pytest.mark.parametrize(
    ("means", "code"),
    [
        ({"type": "card", "card": {"network_reason_code": "4837"}}, "4837"),
        ({"type": "klarna", "klarna": {"reason_code": "goods_not_received"}}, "goods_not_received"),
        ({"type": "paypal", "paypal": {"case_id": "PP-1", "reason_code": None}}, None),
        (None, None),
    ],
)
def test_the_networks_reason_is_read_wherever_the_method_has_it(psp, means, code):
    shown = dispute_object(psp.open_dispute("pi_1", Money(1050, "EUR"))) | {"payment_method_details": means}

    assert money_back_news(event("charge.dispute.created", shown)).dispute.network_reason_code == code


def test_events_of_something_else_or_of_a_sellers_account_say_nothing(psp):
    made = psp.refund_elsewhere("pi_1", Money(1050, "EUR"))

    assert money_back_news(event("charge.succeeded", {"id": "ch_1"})) is None
    assert money_back_news(refund_event(made) | {"account": "acct_1"}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"status": "eaten"},
        {"status": None},
        {"amount": 0},
        {"amount": "1050"},
        {"amount": 10.5},
        {"currency": "xxx"},
        {"metadata": []},
        {"created": -1},
    ],
)
def test_a_mangled_refund_is_unreadable(psp, change):
    shown = refund_object(psp.refund_elsewhere("pi_1", Money(1050, "EUR"))) | change

    with pytest.raises(UnreadableEvent):
        money_back_news(event("refund.updated", shown))


@pytest.mark.parametrize(
    "change",
    [
        {"status": "eaten"},
        {"charge": None},
        {"balance_transactions": None},
        {"evidence_details": None},
        {"is_charge_refundable": "yes"},
    ],
)
def test_a_mangled_dispute_is_unreadable(psp, change):
    shown = dispute_object(psp.open_dispute("pi_1", Money(1050, "EUR"))) | change

    with pytest.raises(UnreadableEvent):
        money_back_news(event("charge.dispute.updated", shown))


def test_a_movement_that_does_not_add_up_is_unreadable(psp):
    """net = amount − fee: −10.50 − 15.00 is −25.50, not −10.50."""
    shown = dispute_object(psp.open_dispute("pi_1", Money(1050, "EUR")))
    assert shown["balance_transactions"][0]["net"] == -2550
    shown["balance_transactions"][0]["net"] = -1050

    with pytest.raises(UnreadableEvent):
        money_back_news(event("charge.dispute.funds_withdrawn", shown))


@pytest.mark.skipif(not FIXTURES.exists(), reason=f"Stripe's example objects are not at {FIXTURES}")
def test_stripes_own_example_objects_are_read():
    """A refund of 1.00 USD without a movement, an inquiry about 10.00 USD."""
    examples = json.loads(FIXTURES.read_text())["resources"]

    refund = money_back_news(event("refund.created", examples["refund"])).refund
    dispute = money_back_news(event("charge.dispute.created", examples["dispute"])).dispute

    assert (refund.amount, refund.status, refund.reference) == (Money(100, "USD"), "succeeded", None)
    assert (dispute.amount, dispute.status) == (Money(1000, "USD"), "warning_needs_response")
    assert (dispute.network_reason_code, dispute.movements) == ("10.4", ())


def test_a_fee_alone_moves_no_money_of_the_payment(psp):
    """What an answer costs: 0.00 and a fee of 20.00."""
    opened = psp.open_dispute("pi_1", Money(1050, "EUR"))

    dispute = money_back_news(dispute_event(psp.take_fee(opened.id, 2_000), "updated")).dispute

    assert [(moved.amount, moved.fee) for moved in dispute.movements[1:]] == [
        (Money(0, "EUR"), Money(2000, "EUR"))
    ]
