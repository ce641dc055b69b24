"""What an event says of a payment: literal events, those the mock sends, and Stripe's own example objects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkout.core.money import Money
from checkout.psp import Charge, UnreadableEvent
from checkout.psp.stripe.declines import REASONS, reason_of
from checkout.psp.stripe.news import _READERS, payment_news
from checkout.wording.declines import DECLINES
from tests.psp.deliveries import event

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "stripe" / "fixtures-subset.json"
AT = 1_795_262_400


def session(**changes):
    return {
        "id": "cs_test_1", "object": "checkout.session", "client_reference_id": "pay_1", "livemode": False,
        "payment_intent": "pi_1", "payment_status": "paid", "status": "complete", **changes,
    }  # fmt: skip


def intent(**changes):
    return {
        "id": "pi_1", "object": "payment_intent", "amount": 2490, "amount_received": 2490, "created": AT,
        "currency": "eur", "last_payment_error": None, "latest_charge": "ch_1", "livemode": False,
        "metadata": {"payment": "pay_1"}, "status": "succeeded", **changes,
    }  # fmt: skip


def charge(**changes):
    return {
        "id": "ch_1", "object": "charge", "amount": 2490, "amount_captured": 2490, "balance_transaction": "txn_1",
        "captured": True, "created": AT, "currency": "eur", "failure_code": None, "failure_message": None,
        "livemode": False, "metadata": {"payment": "pay_1"}, "outcome": None, "payment_intent": "pi_1",
        "payment_method_details": {"type": "card", "card": {}}, "status": "succeeded", **changes,
    }  # fmt: skip


def card_error(**changes):
    return {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Not enough.",
            "payment_method": {"type": "card"}, **changes}  # fmt: skip


def news(type, thing, **members):
    return payment_news(event(type, thing, **members))


def test_a_succeeded_charge_is_captured_money():
    told = news("charge.succeeded", charge())

    assert (told.kind, told.reference, told.intent_id) == ("captured", "pay_1", "pi_1")
    assert told.charge == Charge(
        id="ch_1",
        amount=Money(2490, "EUR"),
        intent_id="pi_1",
        balance_transaction="txn_1",
        created_at=datetime.fromtimestamp(AT, UTC),
        method="card",
    )


def test_a_succeeded_intent_names_its_charge():
    told = news("payment_intent.succeeded", intent())

    assert told.kind == "captured"
    assert told.charge is not None
    assert (told.charge.id, told.charge.amount) == ("ch_1", Money(2490, "EUR"))


def test_what_was_captured_counts_and_not_what_was_asked():
    """A different amount is for the payment to notice: here it is told as it is."""
    told = news("charge.succeeded", charge(amount_captured=2480))

    assert told.charge is not None
    assert told.charge.amount == Money(2480, "EUR")


@pytest.mark.parametrize("type", ["charge.updated", "charge.captured", "charge.refunded"])
def test_a_later_event_about_a_captured_charge_still_tells_of_the_capture(type):
    """Its own event may be lost or late."""
    assert news(type, charge()).kind == "captured"


def test_a_charge_that_is_only_authorised_is_no_news():
    assert news("charge.succeeded", charge(captured=False, amount_captured=0)).kind == "none"


@pytest.mark.parametrize(
    ("type", "payment_status", "status", "kind"),
    [
        ("checkout.session.completed", "paid", "complete", "completed"),
        ("checkout.session.completed", "unpaid", "complete", "processing"),
        ("checkout.session.async_payment_succeeded", "paid", "complete", "completed"),
        ("checkout.session.async_payment_failed", "unpaid", "complete", "ended"),
        ("checkout.session.expired", "unpaid", "expired", "ended"),
    ],
)
def test_what_a_session_says(type, payment_status, status, kind):
    told = news(type, session(payment_status=payment_status, status=status))

    assert (told.kind, told.reference, told.session_id, told.intent_id) == (
        kind,
        "pay_1",
        "cs_test_1",
        "pi_1",
    )


@pytest.mark.parametrize(
    ("type", "status", "kind"),
    [
        ("payment_intent.processing", "processing", "processing"),
        ("payment_intent.canceled", "canceled", "ended"),
    ],
)
def test_what_an_intent_says(type, status, kind):
    told = news(type, intent(status=status, latest_charge=None))

    assert (told.kind, told.reference, told.intent_id) == (kind, "pay_1", "pi_1")


def test_a_declined_card_is_an_attempt_and_no_end():
    """The hosted page lets the shopper try again."""
    thing = intent(status="requires_payment_method", last_payment_error=card_error(), latest_charge="ch_1")

    told = news("payment_intent.payment_failed", thing)

    assert told.kind == "attempt_declined"
    assert told.decline is not None
    assert (told.decline.code, told.decline.psp_code) == ("insufficient_funds", "insufficient_funds")
    assert told.charge is None


def test_a_refused_debit_is_an_end():
    """It comes days after the page was left: nobody can try again."""
    refusal = card_error(
        code="debit_not_authorized", decline_code=None, payment_method={"type": "sepa_debit"}
    )

    told = news(
        "payment_intent.payment_failed", intent(status="requires_payment_method", last_payment_error=refusal)
    )

    assert told.kind == "ended"
    assert told.decline is not None
    assert told.decline.code == "debit_refused"


@pytest.mark.parametrize(
    ("method", "kind"), [("card", "attempt_declined"), ("sepa_debit", "ended"), ("us_bank_account", "ended")]
)
def test_a_failed_charge_is_an_attempt_or_an_end_by_its_method(method, kind):
    thing = charge(
        status="failed", captured=False, amount_captured=0, balance_transaction=None, failure_code="card_declined",
        outcome={"reason": "expired_card"}, payment_method_details={"type": method},
    )  # fmt: skip

    told = news("charge.failed", thing)

    assert told.kind == kind
    assert told.decline is not None
    assert told.decline.code == "expired_card"


def test_a_pending_charge_is_processing():
    assert news("charge.pending", charge(status="pending", captured=False)).kind == "processing"


@pytest.mark.parametrize(
    "type", ["customer.created", "payment_intent.created", "payout.paid", "no.such.type"]
)
def test_other_types_say_nothing_of_a_payment(type):
    told = news(type, {"id": "x_1"})

    assert told.kind == "none"
    assert told.reason


def test_an_event_of_a_connected_account_is_about_no_payment():
    """Whatever it claims: our payments are made on the platform's own account."""
    assert news("charge.succeeded", charge(), account="acct_1").kind == "none"


def test_a_reference_that_is_not_there_is_none():
    assert news("charge.succeeded", charge(metadata={})).reference is None


@pytest.mark.parametrize(
    ("type", "thing"),
    [
        ("charge.succeeded", charge(amount_captured="2490")),
        ("charge.succeeded", charge(amount_captured=24.9)),
        ("charge.succeeded", charge(currency="xxx")),
        ("charge.succeeded", charge(currency=None)),
        ("charge.succeeded", charge(id=None)),
        ("charge.succeeded", charge(metadata=["pay_1"])),
        ("charge.succeeded", charge(created=10**18)),
        ("payment_intent.succeeded", intent(latest_charge=None)),
        ("payment_intent.succeeded", intent(amount_received=None)),
        ("payment_intent.succeeded", intent(status=1)),
        ("checkout.session.completed", session(id=None)),
        ("checkout.session.completed", session(livemode=None)),
        ("checkout.session.completed", session(client_reference_id=7)),
    ],
)
def test_an_object_that_does_not_look_as_agreed_is_unreadable(type, thing):
    with pytest.raises(UnreadableEvent):
        news(type, thing)


def test_every_event_of_a_purchase_is_understood(mock, request_of):
    """The mock's own events, from declined to paid: each has our reference, and two of them the money."""
    request = request_of()
    registered = mock.adapter.register_payment(request)
    mock.pay(registered.session_id, card="4000000000000002")
    mock.pay(registered.session_id, card="4242424242424242")

    told = {
        sent["type"]: mock.adapter.interpret(sent)
        for sent in mock.events()
        if request.reference in json.dumps(sent)
    }

    assert {type: known.kind for type, known in told.items() if known.kind != "none"} == {
        "charge.failed": "attempt_declined",
        "payment_intent.payment_failed": "attempt_declined",
        "charge.succeeded": "captured",
        "payment_intent.succeeded": "captured",
        "checkout.session.completed": "completed",
    }
    assert {known.reference for known in told.values() if known.kind != "none"} == {request.reference}


@pytest.mark.skipif(not FIXTURES.exists(), reason=f"Stripe's example objects are not at {FIXTURES}")
@pytest.mark.parametrize("type", sorted(_READERS))
def test_stripes_own_example_objects_are_readable(type):
    """Whatever they say, reading them never fails."""
    resource = {"checkout": "checkout.session", "payment_intent": "payment_intent", "charge": "charge"}[
        type.split(".")[0]
    ]
    thing = json.loads(FIXTURES.read_text())["resources"][resource]

    assert news(type, thing).kind in (
        "captured",
        "processing",
        "attempt_declined",
        "ended",
        "completed",
        "none",
    )


def test_there_are_words_for_every_reason():
    assert set(REASONS.values()) | {reason_of(None)} <= set(DECLINES)


@pytest.mark.parametrize(
    "code",
    [
        "lost_card",
        "stolen_card",
        "pickup_card",
        "fraudulent",
        "highest_risk_level",
        "do_not_honor",
        "merchant_blacklist",
        "security_violation",
        "restricted_card",
        "new_word",
        None,
    ],
)
def test_what_a_thief_must_not_learn_is_the_general_reason(code):
    assert reason_of(code) == "generic_decline"
