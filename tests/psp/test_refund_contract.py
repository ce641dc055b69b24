"""What every adapter must do with refunds, over the wire to the mock PSP: its journal says what truly happened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from checkout.core.clock import utcnow
from checkout.core.ids import new
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.mockpsp.server import running_mock
from checkout.psp import (
    CallInsideTransaction,
    CreateRefund,
    HostedLine,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    RefundContradicted,
    RefundNews,
)
from tests.psp.conftest import MockPsp, adapter_at

EUR_1050 = Money(1050, "EUR")
GOOD_CARD = "4242424242424242"


def refund_of(snapshot, amount=EUR_1050, **fields):
    """A refund of a paid payment, its parameters written down as they are before a first attempt."""
    reference = new("re")
    return CreateRefund(
        reference=reference,
        payment_reference=snapshot.reference,
        idempotency_key=f"{reference}:refund",
        intent_id=snapshot.intent_id,
        charge_id=snapshot.charge.id,
        amount=amount,
        **fields,
    )


@pytest.fixture
def paid(mock, request_of):
    """Pays a payment at the mock and answers how it stands."""

    def pay(amount=Money(2490, "EUR"), card=GOOD_CARD):
        request = request_of(amount=amount, lines=(HostedLine("Mug", 1, amount),))
        registered = mock.adapter.register_payment(request)
        assert mock.pay(registered.session_id, card=card) == "succeeded"
        return mock.adapter.fetch_payment(registered.session_id)

    return pay


def truly(mock, reference):
    """Kind and wire amount of all that the journal has of a refund of ours."""
    entries = mock.control("GET", "journal")["entries"]
    return [(entry["kind"], entry["amount"]) for entry in entries if entry["reference"] == reference]


@pytest.mark.parametrize(
    ("paid_amount", "amount", "on_the_wire"),
    [
        (Money(2490, "EUR"), Money(1050, "EUR"), 1050),
        (Money(2490, "JPY"), Money(1050, "JPY"), 1050),
        (Money(24_900, "KWD"), Money(6490, "KWD"), 6490),
        (Money(2490, "ISK"), Money(900, "ISK"), 90_000),
    ],
)
def test_a_refund_comes_back_as_it_was_asked_for(mock, paid, paid_amount, amount, on_the_wire):
    """10.50 EUR, 1050 JPY, 6.490 KWD, 900 ISK (two decimals at Stripe): made, fetched, listed and found alike."""
    payment = paid(paid_amount)
    request = refund_of(payment, amount, reason="requested_by_customer")
    request = replace(request, wire=mock.adapter.refund_wire(request))

    made = mock.adapter.create_refund(request)

    assert (made.reference, made.amount, made.status) == (request.reference, amount, "succeeded")
    assert (made.charge_id, made.intent_id) == (payment.charge.id, payment.intent_id)
    assert made.balance_transaction is not None
    assert made.failure_balance_transaction is None
    assert truly(mock, request.reference) == [("refund", on_the_wire)]
    assert mock.adapter.fetch_refund(made.id) == made
    assert mock.adapter.list_refunds(payment.intent_id) == (made,)
    assert mock.adapter.find_refund(request.reference, payment.intent_id) == made


def test_a_payment_is_given_back_in_parts_and_no_further(mock, paid):
    """10.50 and 14.40 of 24.90; then not a cent: refused for good, and told why."""
    payment = paid()
    parts = [refund_of(payment), refund_of(payment, Money(1440, "EUR"))]
    made = [mock.adapter.create_refund(part) for part in parts]

    with pytest.raises(InvalidRequest) as refused:
        mock.adapter.create_refund(refund_of(payment, Money(1, "EUR")))

    assert refused.value.psp_code == "charge_already_refunded"
    assert mock.adapter.list_refunds(payment.intent_id) == tuple(made[::-1])


def test_more_than_is_left_is_refused_and_the_key_keeps_the_refusal(mock, paid):
    """24.91 of 24.90; the same key says so again after something else was refunded."""
    request = refund_of(paid(), Money(2491, "EUR"))

    for _ in range(2):
        with pytest.raises(InvalidRequest):
            mock.adapter.create_refund(request)

    assert truly(mock, request.reference) == []


def test_the_same_key_gives_back_once_and_another_request_under_it_leaves_it_unknown(mock, paid):
    payment = paid()
    request = refund_of(payment)
    first = mock.adapter.create_refund(request)

    assert mock.adapter.create_refund(request) == first
    with pytest.raises(OutcomeUnknown):
        mock.adapter.create_refund(replace(request, amount=Money(1060, "EUR")))

    assert truly(mock, request.reference) == [("refund", 1050)]


def test_one_key_gives_back_once_however_many_send_it_at_once(mock, paid):
    """Ten threads; with a key each (the control) two refunds of 10.50 fit into 24.90, and are made."""
    payment = paid()
    request = refund_of(payment)

    with ThreadPoolExecutor(10) as pool:
        made = set(pool.map(lambda _: patiently(mock, request).id, range(10)))

    assert len(made) == 1
    assert truly(mock, request.reference) == [("refund", 1050)]
    other = refund_of(payment)
    assert mock.adapter.create_refund(other).id not in made


def patiently(mock, request):
    for _ in range(50):
        try:
            return mock.adapter.create_refund(request)
        except RateLimited:  # the key is in flight
            continue
    raise AssertionError("never answered")


def test_what_was_stored_is_what_is_sent(mock, paid):
    """In whatever order the parameters come back from the database: the same key, the same refund."""
    request = refund_of(paid())
    wire = dict(sorted(mock.adapter.refund_wire(request).items(), reverse=True))

    first = mock.adapter.create_refund(replace(request, wire=wire))

    assert mock.adapter.create_refund(request) == first


def test_a_lost_answer_is_unknown_and_the_same_key_brings_the_one_refund(mock, paid):
    """Executed, answer lost twice; looked up meanwhile, it is there."""
    payment = paid()
    request = refund_of(payment)
    mock.control(
        "POST", "faults", {"path": "/v1/refunds", "method": "POST", "kind": "drop_response", "times": 2}
    )
    with pytest.raises(OutcomeUnknown):
        mock.adapter.create_refund(request)

    found = mock.adapter.find_refund(request.reference, payment.intent_id)

    assert found is not None
    assert mock.adapter.create_refund(request) == found
    assert truly(mock, request.reference) == [("refund", 1050)]


def test_a_request_that_never_arrived_is_unknown_and_not_there(mock, paid):
    """The other half of not knowing: the look-up reads the whole list, and the same key makes it."""
    payment = paid()
    request = refund_of(payment)
    mock.control(
        "POST", "faults", {"path": "/v1/refunds", "method": "POST", "kind": "drop_request", "times": 2}
    )
    with pytest.raises(OutcomeUnknown):
        mock.adapter.create_refund(request)

    assert mock.adapter.find_refund(request.reference, payment.intent_id) is None
    assert mock.adapter.create_refund(request).status == "succeeded"


def test_a_key_that_the_psp_forgot_is_no_reason_to_send_again(tmp_path, request_of):
    """25 hours after a lost answer: the look-up finds the refund; the key alone would give the money back twice."""
    with running_mock(Path(tmp_path) / "mock.sqlite3") as running:
        mock = MockPsp(running, adapter_at(running.base))
        registered = mock.adapter.register_payment(request_of())
        mock.pay(registered.session_id, card=GOOD_CARD)
        payment = mock.adapter.fetch_payment(registered.session_id)
        request = refund_of(payment)
        mock.control(
            "POST", "faults", {"path": "/v1/refunds", "method": "POST", "kind": "drop_response", "times": 2}
        )
        with pytest.raises(OutcomeUnknown):
            mock.adapter.create_refund(request)
        mock.control("POST", "clock", {"advance_seconds": 25 * 3600})

        found = mock.adapter.find_refund(request.reference, payment.intent_id)

        assert found is not None
        assert found.amount == EUR_1050
        again = mock.adapter.create_refund(request)  # the control
        assert again.id != found.id
        with pytest.raises(OutcomeUnknown):
            mock.adapter.find_refund(request.reference, payment.intent_id)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "garbage"}, {"kind": "status", "status": 503}, {"kind": "status", "status": 500}],
    ids=["garbage", "503", "500"],
)
def test_an_answer_that_says_nothing_is_unknown(mock, paid, fault):
    payment = paid()
    mock.control("POST", "faults", {"path": "/v1/refunds", "method": "POST", "times": 2, **fault})

    with pytest.raises(OutcomeUnknown):
        mock.adapter.create_refund(refund_of(payment))


def test_a_refund_of_another_amount_is_unknown_and_named(mock, paid):
    """11.50 where 10.50 was asked for: the refund is there, and a person is told which."""
    request = refund_of(paid())
    mock.control(
        "POST", "faults", {"path": "/v1/refunds", "method": "POST", "kind": "wrong_amount", "times": 1}
    )

    with pytest.raises(RefundContradicted) as contradicted:
        mock.adapter.create_refund(request)

    assert mock.adapter.fetch_refund(contradicted.value.refund_id).amount == Money(1150, "EUR")


def test_a_refund_that_waits_goes_through_later(mock, paid):
    """Its money has left our balance at once: the movement is there while the status still waits."""
    made = mock.adapter.create_refund(refund_of(paid(card="4000000000007726")))
    assert (made.status, made.psp_status) == ("pending", "pending")
    assert made.balance_transaction is not None

    mock.control("POST", "refunds", {"refund": made.id, "action": "succeed"})

    assert mock.adapter.fetch_refund(made.id) == replace(made, status="succeeded", psp_status="succeeded")


def test_a_refund_that_bounces_names_the_movement_that_brought_it_back(mock, paid):
    """After it had succeeded; what came back can be given back anew, under another key."""
    payment = paid(Money(1050, "EUR"), card="4000000000005126")
    request = refund_of(payment)
    made = mock.adapter.create_refund(request)
    assert made.status == "succeeded"

    mock.control("POST", "refunds", {"refund": made.id, "action": "fail"})
    bounced = mock.adapter.fetch_refund(made.id)

    assert (bounced.status, bounced.failure_reason) == ("failed", "expired_or_canceled_card")
    assert bounced.balance_transaction == made.balance_transaction
    assert bounced.failure_balance_transaction not in (None, made.balance_transaction)
    assert truly(mock, request.reference) == [("refund", 1050), ("refund_failure", 1050)]
    assert mock.adapter.create_refund(refund_of(payment)).amount == EUR_1050


def test_a_refund_that_asks_the_shopper_still_waits(mock, paid):
    """requires_action: the shopper has to say where the money shall go."""
    made = mock.adapter.create_refund(refund_of(paid(card="4000000000007726")))

    mock.control("POST", "refunds", {"refund": made.id, "action": "require_action"})

    waiting = mock.adapter.fetch_refund(made.id)
    assert (waiting.status, waiting.psp_status) == ("pending", "requires_action")


def test_a_refund_made_in_the_psps_dashboard_is_listed_and_not_ours(mock, paid):
    payment = paid()
    mock.control("POST", "refunds", {"payment_intent": payment.intent_id, "amount": 500})

    (made,) = mock.adapter.list_refunds(payment.intent_id)

    assert (made.reference, made.amount) == (None, Money(500, "EUR"))
    assert mock.adapter.find_refund(new("re"), payment.intent_id) is None


def test_its_events_say_what_became_of_it(mock, paid):
    """refund.created with the movement, charge.refunded to list by, refund.failed with what brought the money back."""
    request = refund_of(paid(card="4000000000005126"))
    made = mock.adapter.create_refund(request)
    mock.control("POST", "refunds", {"refund": made.id, "action": "fail"})

    told = {}
    for payload in mock.events():
        news = mock.adapter.interpret_money_back(payload)
        if isinstance(news, RefundNews) and news.charge_id == request.charge_id:
            told[payload["type"]] = news

    assert told["refund.created"].refund == made
    assert (told["charge.refunded"].refund, told["charge.refunded"].intent_id) == (None, request.intent_id)
    bounced = mock.adapter.fetch_refund(made.id)
    assert told["refund.failed"].refund == told["refund.updated"].refund == bounced
    assert told["refund.failed"].at >= made.created_at


def test_the_movements_of_a_refund_are_listed_on_our_balance(mock, paid):
    """−10.50 and nothing of the fee back; after the bounce +10.50."""
    made = mock.adapter.create_refund(refund_of(paid(card="4000000000005126")))
    mock.control("POST", "refunds", {"refund": made.id, "action": "fail"})
    bounced = mock.adapter.fetch_refund(made.id)

    hour = made.created_at.replace(minute=0, second=0)
    listed = {
        item.id: item.net
        for item in mock.adapter.list_balance_transactions(created_from=hour, created_before=_later(utcnow()))
    }

    assert listed[bounced.balance_transaction] == -EUR_1050
    assert listed[bounced.failure_balance_transaction] == EUR_1050


def _later(moment):
    return moment.replace(year=moment.year + 1)


def test_a_call_inside_a_transaction_is_refused(mock, db):
    """The payment's lock would be held for as long as the PSP takes."""
    request = CreateRefund("re_1", "pay_1", "re_1:refund", "pi_1", None, EUR_1050)

    with atomic(), pytest.raises(CallInsideTransaction):
        mock.adapter.create_refund(request)
