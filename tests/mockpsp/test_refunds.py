"""Refunds of the mock: what the balance, the charge, the journal and the webhooks say of them."""

from __future__ import annotations

import pytest
import requests
import stripe

from tests.stripe_openapi import validate

HOUR = 3600
PENDING, FAILING = "4000000000007726", "4000000000005126"


@pytest.fixture
def paid(client, new_session, pay):
    """The charge of a session that was paid; its payment is pay_1."""

    def make(amount=2490, currency="eur", card="4242424242424242"):
        session = new_session(amount, currency)
        pay(session, card)
        intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
        return client.v1.charges.list({"payment_intent": intent}).data[0]

    return make


@pytest.fixture
def refund(client):
    def give(charge, amount=None, **more):
        key = more.pop("key", None)
        params = {"payment_intent": charge.payment_intent} | more
        if amount is not None:
            params["amount"] = amount
        return client.v1.refunds.create(params, {"idempotency_key": key} if key else {})

    return give


def balance(client, currency="eur"):
    return {line.currency: line.amount for line in client.v1.balance.retrieve().available}[currency]


def movements(client, currency="eur"):
    listed = client.v1.balance_transactions.list({"currency": currency}).data
    return [(item.type, item.reporting_category, item.amount, item.fee, item.net) for item in listed][::-1]


def told(shop, count, after=3):
    """The news after those of the payment itself; each conforms to Stripe's description."""
    types = shop.wait_for(after + count)[after:]
    for item in shop.received[after:]:
        assert validate.object_errors(item.event["data"]["object"]) == []
    return types


@pytest.mark.parametrize(
    ("currency", "amount", "fee", "part"),
    [("eur", 2490, 102, 1000), ("jpy", 1000, 29, 333), ("kwd", 12_340, 458, 4330)],
)
def test_a_part_is_given_back_and_then_the_rest(client, paid, refund, currency, amount, fee, part):
    """The fee is not given back; the charge says how much of it has been."""
    charge = paid(amount, currency)

    first = refund(charge, part, reason="requested_by_customer")
    half = client.v1.charges.retrieve(charge.id)
    rest = refund(charge)
    whole = client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})

    assert (first.status, first.amount, first.charge, first.currency) == (
        "succeeded",
        part,
        charge.id,
        currency,
    )
    assert (half.amount_refunded, half.refunded) == (part, False)
    assert (rest.amount, whole.amount_refunded, whole.refunded) == (amount - part, amount, True)
    assert [item.id for item in whole.refunds.data] == [rest.id, first.id]
    assert movements(client, currency) == [
        ("charge", "charge", amount, fee, amount - fee),
        ("refund", "refund", -part, 0, -part),
        ("refund", "refund", part - amount, 0, part - amount),
    ]
    assert balance(client, currency) == -fee


def test_a_refund_is_told_once_it_is_made(paid, refund, shop):
    """First the refund, then the charge that it was taken from."""
    charge = paid()
    made = refund(charge, 1000)

    assert told(shop, 2) == ["refund.created", "charge.refunded"]
    news = [item.event["data"]["object"] for item in shop.received[3:]]
    assert (news[0]["id"], news[0]["status"]) == (made.id, "succeeded")
    assert (news[1]["id"], news[1]["amount_refunded"], "refunds" in news[1]) == (charge.id, 1000, False)


def test_a_refund_to_the_pending_card_succeeds_later(client, control, paid, refund, shop):
    """The money has left the balance while the refund is pending."""
    made = refund(paid(card=PENDING), 500)
    assert (made.status, made.pending_reason) == ("pending", "processing")
    assert balance(client) == 2490 - 102 - 500

    control("POST", "/clock", {"advance_seconds": 10})

    found = client.v1.refunds.retrieve(made.id, {"expand": ["balance_transaction"]})
    assert (found.status, found.pending_reason, found.balance_transaction.net) == ("succeeded", None, -500)
    assert told(shop, 4)[2:] == ["refund.updated", "charge.refund.updated"]


@pytest.mark.parametrize(
    ("currency", "amount", "part"), [("eur", 1500, 500), ("jpy", 1500, 500), ("kwd", 1500, 500)]
)
def test_a_refund_to_the_failing_card_comes_back(client, control, paid, refund, shop, currency, amount, part):
    """It succeeds, and fails half a minute later: the money is on the balance again, the charge can be refunded."""
    charge = paid(amount, currency, FAILING)
    before = balance(client, currency)
    made = refund(charge, part)
    assert (made.status, balance(client, currency)) == ("succeeded", before - part)

    control("POST", "/clock", {"advance_seconds": 30})

    found = client.v1.refunds.retrieve(made.id, {"expand": ["failure_balance_transaction"]})
    assert (found.status, found.failure_reason) == ("failed", "expired_or_canceled_card")
    assert (found.failure_balance_transaction.type, found.failure_balance_transaction.net) == (
        "refund_failure",
        part,
    )
    assert balance(client, currency) == before
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert told(shop, 5)[2:] == ["refund.failed", "refund.updated", "charge.refund.updated"]
    entries = [item for item in control("GET", "/journal")["entries"] if item["kind"].startswith("refund")]
    assert [(item["kind"], item["amount"], item["id"]) for item in entries] == [
        ("refund", part, made.id),
        ("refund_failure", part, made.id),
    ]


def test_a_failed_refund_fails_once(client, control, paid, refund):
    """By the control API at once; the card's own time, later, changes nothing."""
    made = refund(paid(card=FAILING), 500)
    control("POST", "/refunds", {"refund": made.id, "action": "fail"})
    control("POST", "/clock", {"advance_seconds": 60})
    control("POST", "/refunds", {"refund": made.id, "action": "succeed"})

    assert client.v1.refunds.retrieve(made.id).status == "failed"
    assert balance(client) == 2490 - 102


def test_more_than_is_left_is_refused(client, paid, refund):
    """24.91 of 24.90; then 14.91 where 10.00 are gone; then anything where nothing is left. Nothing moves."""
    charge = paid()
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        refund(charge, 2491)
    refund(charge, 1000)
    with pytest.raises(stripe.InvalidRequestError):
        refund(charge, 1491)
    refund(charge, 1490)
    with pytest.raises(stripe.InvalidRequestError) as spent:
        refund(charge, 1)

    assert (too_much.value.param, too_much.value.code) == ("amount", None)
    assert spent.value.code == "charge_already_refunded"
    assert balance(client) == -102


def test_a_failed_refund_can_be_made_again(control, paid, refund):
    """What has come back is left of the charge once more."""
    charge = paid()
    control("POST", "/refunds", {"refund": refund(charge).id, "action": "fail"})

    assert refund(charge).amount == 2490


@pytest.mark.parametrize(("currency", "amount", "part"), [("kwd", 12_340, 4335), ("isk", 249_000, 1050)])
def test_an_amount_off_the_currencys_step_is_refused(paid, refund, currency, amount, part):
    """KWD ends in 0, ISK in 00."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(paid(amount, currency), part)

    assert refused.value.code == "parameter_invalid_integer"


def test_only_a_charge_that_took_money_is_refunded(client, new_session, pay, post):
    """A declined payment, a debit on its way, no charge at all, two at once, none of that id."""
    declined, waiting = new_session(), new_session()
    pay(declined, "4000000000000002")
    pay(waiting, iban="DE89370400440532013000")
    answers = []
    for session in (declined, waiting):
        intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
        answers.append(post("/v1/refunds", {"payment_intent": intent}))
    charge = client.v1.charges.list().data[0].id
    answers.append(post("/v1/refunds", {"charge": charge}))
    answers.append(post("/v1/refunds", {}))
    answers.append(post("/v1/refunds", {"charge": charge, "payment_intent": "pi_1"}))
    answers.append(post("/v1/refunds", {"charge": "ch_unknown"}))

    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 400, 404]
    assert answers[3].json()["error"]["code"] == "parameter_missing"
    assert client.v1.refunds.list().data == []


def test_a_refund_whose_answer_is_lost_is_one_refund_under_its_key(client, control, paid, refund):
    """Executed, answer lost, sent again: one object, one movement. Other parameters under the key are refused."""
    charge = paid()
    control("POST", "/faults", {"path": "/v1/refunds", "method": "POST", "kind": "drop_response", "times": 1})
    with pytest.raises(stripe.APIConnectionError):
        refund(charge, 500, key="re_1:refund")

    again = refund(charge, 500, key="re_1:refund")

    assert [item.id for item in client.v1.refunds.list({"charge": charge.id}).data] == [again.id]
    assert balance(client) == 2490 - 102 - 500
    with pytest.raises(stripe.IdempotencyError):
        refund(charge, 501, key="re_1:refund")


def test_the_journal_names_our_refund_and_else_our_payment(control, paid, refund):
    """metadata[refund] is the reference; a refund from the dashboard has the payment's, and no key."""
    charge = paid()
    ours = refund(charge, 500, metadata={"refund": "re_ours"}, key="re_ours:refund")
    theirs = control("POST", "/refunds", {"charge": charge.id, "amount": 300, "reason": "duplicate"})

    entries = [item for item in control("GET", "/journal")["entries"] if item["kind"] == "refund"]

    assert [(item["id"], item["amount"], item["reference"], item["idempotency_key"]) for item in entries] == [
        (ours.id, 500, "re_ours", "re_ours:refund"),
        (theirs["id"], 300, "pay_1", None),
    ]
    assert entries[0]["balance_transaction"] == ours.balance_transaction


def test_a_refund_from_the_dashboard_is_told_and_found(client, control, paid, shop):
    """All that is left, where no amount is named."""
    charge = paid()
    made = control("POST", "/refunds", {"payment_intent": charge.payment_intent})

    found = client.v1.refunds.list({"payment_intent": charge.payment_intent}).data[0]

    assert (found.id, found.amount, found.metadata.to_dict()) == (made["id"], 2490, {})
    assert told(shop, 2) == ["refund.created", "charge.refunded"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"charge": "ch_unknown"},
        {"payment_intent": 3},
        {"refund": "re_unknown", "action": "fail"},
        {"refund": "re_unknown", "action": "vanish"},
        {"charge": "ch_unknown", "reason": "boredom"},
        {"charge": "ch_unknown", "amount": "much"},
    ],
)
def test_a_dashboard_refund_that_makes_no_sense_is_refused(standing, body):
    response = requests.post(f"{standing.base}/_mock/refunds", json=body, timeout=30)

    assert response.status_code == 422
    assert response.json()["error"]


def test_a_refund_beyond_the_funds_waits_where_a_test_says_so(client, control, paid, refund, shop):
    """13.88 are there after a first refund of 10.00: 14.00 wait until the platform puts money in."""
    control("POST", "/funds", {"refunds_wait": True})
    charge = paid()
    refund(charge, 1000)
    waiting = refund(charge, 1400)
    assert (waiting.status, waiting.pending_reason, waiting.balance_transaction) == (
        "pending",
        "insufficient_funds",
        None,
    )
    control("POST", "/refunds", {"refund": waiting.id, "action": "succeed"})
    assert balance(client) == 1388

    control("POST", "/topup", {"amount": 12, "currency": "eur"})

    found = client.v1.refunds.retrieve(waiting.id)
    assert (found.status, found.pending_reason) == ("succeeded", None)
    assert balance(client) == 0
    assert told(shop, 6)[4:] == ["refund.updated", "charge.refund.updated"]


def test_a_waiting_refund_is_paid_when_the_funds_become_available(client, control, paid, refund):
    """The charge is pending for a day; the refund is looked at again every hour."""
    control("POST", "/funds", {"available_after_seconds": 24 * HOUR, "refunds_wait": True})
    waiting = refund(paid(), 500)

    states = []
    for hours in (23, 2):
        control("POST", "/clock", {"advance_seconds": hours * HOUR})
        states.append(client.v1.refunds.retrieve(waiting.id).status)

    assert states == ["pending", "succeeded"]


def test_a_waiting_refund_that_fails_moves_no_money(client, control, paid, refund):
    """Nothing was taken, so nothing comes back."""
    control("POST", "/funds", {"refunds_wait": True})
    charge = paid()
    waiting = refund(charge)
    control("POST", "/refunds", {"refund": waiting.id, "action": "fail"})

    found = client.v1.refunds.retrieve(waiting.id)

    assert (found.status, "failure_balance_transaction" in found) == ("failed", False)
    assert balance(client) == 2490 - 102
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0


def test_only_a_refund_that_asks_for_action_is_canceled(client, control, paid, refund, shop):
    """A pending one cannot be; one that waits for the shopper can: its money comes back."""
    charge = paid(card=PENDING)
    made = refund(charge, 500)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.cancel(made.id)
    control("POST", "/refunds", {"refund": made.id, "action": "require_action"})

    canceled = client.v1.refunds.cancel(made.id)

    assert (canceled.status, canceled.failure_reason) == ("canceled", "merchant_request")
    assert balance(client) == 2490 - 102
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert told(shop, 6)[2:] == ["refund.updated", "charge.refund.updated"] * 2


def test_a_debits_refund_is_of_its_own_kind(client, control, new_session, pay):
    """A bank debit that has arrived: type payment_refund, sent back to the bank account."""
    pay(new_session(), iban="DE89370400440532013000")
    control("POST", "/clock", {"advance_seconds": 2 * 24 * HOUR})
    charge = client.v1.charges.list().data[0]

    made = client.v1.refunds.create({"charge": charge.id})

    assert made.id.startswith("pyr_")
    assert made.destination_details.type == "sepa_debit"
    assert movements(client)[-1] == ("payment_refund", "refund", -2490, 0, -2490)


def test_refunds_are_listed_in_pages_of_their_charge(client, paid, refund):
    """Five refunds of one charge and one of another, two to a page."""
    charge, other = paid(), paid()
    made = [refund(charge, 100 + number).id for number in range(5)]
    refund(other)

    by_charge = client.v1.refunds.list({"charge": charge.id, "limit": 2})
    by_intent = client.v1.refunds.list({"payment_intent": charge.payment_intent, "limit": 3})

    assert [item.id for item in by_charge.auto_paging_iter()] == made[::-1]
    assert [item.id for item in by_intent.data] == made[:1:-1]
    assert [
        item.id for item in client.v1.refunds.list({"ending_before": made[3], "charge": charge.id}).data
    ] == made[4:]


def test_metadata_of_a_refund_is_merged(client, paid, refund):
    """An empty value removes its key."""
    made = refund(paid(), 100, metadata={"refund": "re_1", "note": "x"})

    changed = client.v1.refunds.update(made.id, {"metadata": {"note": "", "by": "jo"}})

    assert changed.metadata.to_dict() == {"refund": "re_1", "by": "jo"}


def test_a_fault_alters_the_amount_of_a_refund(client, control, paid, refund):
    """wrong_amount: 1.00 more goes back than was asked for, and the balance says so."""
    control("POST", "/faults", {"path": "/v1/refunds", "method": "POST", "kind": "wrong_amount", "times": 1})
    charge = paid()

    assert refund(charge, 500).amount == 600
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 600
    assert balance(client) == 2490 - 102 - 600
