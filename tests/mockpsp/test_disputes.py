"""Disputes of the mock: inquiries, chargebacks, evidence, the bank's verdict, and debits that come back."""

from __future__ import annotations

import pytest
import requests
import stripe

from checkout.mockpsp.fees import dispute_fee_minor
from tests.mockpsp.harness import pdf
from tests.stripe_openapi import validate

DAY = 86_400
FRAUD, NOT_RECEIVED, PLAIN = "4000000000000259", "4000000000002685", "4242424242424242"
DEBIT_RETURNED, DEBIT = "DE88370400440532990002", "DE89370400440532013000"


@pytest.fixture
def disputed(client, new_session, pay):
    """The dispute of a payment whose card is disputed at once."""

    def make(card=FRAUD, amount=2490, currency="eur"):
        pay(new_session(amount, currency), card)
        return client.v1.disputes.list({"limit": 1}).data[0]

    return make


@pytest.fixture
def paid(client, new_session, pay):
    """The charge of a payment that nobody disputes yet."""

    def make(amount=2490, currency="eur", card=PLAIN):
        pay(new_session(amount, currency), card)
        return client.v1.charges.list({"limit": 1}).data[0]

    return make


@pytest.fixture
def debited(client, control, new_session, pay):
    """The charge of a bank debit that has arrived."""

    def make(iban=DEBIT, amount=4000):
        pay(new_session(amount), iban=iban)
        control("POST", "/clock", {"advance_seconds": 2 * DAY})
        return client.v1.charges.list({"limit": 1}).data[0]

    return make


def answer(client, dispute, words, **more):
    return client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": words}} | more)


def balance(client, currency="eur"):
    return {line.currency: line.amount for line in client.v1.balance.retrieve().available}[currency]


def movements(dispute):
    return [
        (item.reporting_category, item.amount, item.fee, item.net) for item in dispute.balance_transactions
    ]


def told(shop, count, after=3):
    """The news after those of the payment itself; each conforms to Stripe's description."""
    types = shop.wait_for(after + count)[after:]
    for item in shop.received[after:]:
        assert validate.object_errors(item.event["data"]["object"]) == []
    return [name.removeprefix("charge.dispute.") for name in types]


@pytest.mark.parametrize(
    ("card", "reason", "code"),
    [(FRAUD, "fraudulent", "10.4"), (NOT_RECEIVED, "product_not_received", "13.1")],
)
@pytest.mark.parametrize(
    ("currency", "amount", "charge_fee", "fee"),
    [("eur", 2490, 102, 2000), ("jpy", 2490, 72, 1300), ("kwd", 2490, 172, 6000)],
)
def test_a_card_that_is_disputed_at_once(
    client, disputed, shop, card, reason, code, currency, amount, charge_fee, fee
):
    """The amount and a fee are gone when the shop hears of it; it has two weeks to answer."""
    made = disputed(card, amount, currency)

    assert told(shop, 2) == ["created", "funds_withdrawn"]
    assert (made.status, made.amount, made.reason, made.network_reason_code) == (
        "needs_response",
        amount,
        reason,
        code,
    )
    assert movements(made) == [("dispute", -amount, fee, -amount - fee)]
    assert balance(client, currency) == -charge_fee - fee
    details = made.evidence_details
    assert 14 * DAY <= details.due_by - made.created < 15 * DAY
    assert (details.has_evidence, details.past_due, details.submission_count) == (False, False, 0)
    assert (made.is_charge_refundable, made.payment_method_details.card.case_type) == (False, "chargeback")
    assert client.v1.charges.retrieve(made.charge).disputed is True
    assert shop.received[3].event["data"]["object"]["balance_transactions"][0]["fee"] == fee


@pytest.mark.parametrize(
    ("currency", "amount", "charge_fee", "fee"),
    [("eur", 2490, 102, 2000), ("jpy", 2490, 72, 1300), ("kwd", 2490, 172, 6000)],
)
def test_winning_evidence_brings_the_funds_and_the_answers_fee_back(
    client, control, disputed, shop, currency, amount, charge_fee, fee
):
    """24.90 and 20.00 are taken, the answer costs 20.00 by a movement of its own; 44.90 come back."""
    made = disputed(FRAUD, amount, currency)

    answered = answer(client, made, "See: winning_evidence.")
    after_answer = balance(client, currency)
    control("POST", "/clock", {"advance_seconds": 10})

    won = client.v1.disputes.retrieve(made.id)
    assert (answered.status, answered.evidence_details.submission_count) == ("under_review", 1)
    assert after_answer == -charge_fee - 2 * fee
    assert (won.status, won.is_charge_refundable) == ("won", True)
    assert movements(won) == [
        ("dispute", -amount, fee, -amount - fee),
        ("dispute", 0, fee, -fee),
        ("dispute_reversal", amount, -fee, amount + fee),
    ]
    assert balance(client, currency) == amount - charge_fee - fee
    assert told(shop, 5)[2:] == ["updated", "closed", "funds_reinstated"]


def test_losing_evidence_loses_and_costs_both_fees(client, control, disputed, shop):
    """Nothing comes back."""
    made = disputed()
    answer(client, made, "losing_evidence")
    control("POST", "/clock", {"advance_seconds": 10})

    assert client.v1.disputes.retrieve(made.id).status == "lost"
    assert balance(client) == -102 - 4000
    assert told(shop, 4)[2:] == ["updated", "closed"]


def test_evidence_that_says_nothing_is_lost_after_two_months(client, control, disputed):
    """Under review until then."""
    made = disputed()
    answer(client, made, "We did send it.")
    states = []
    for days in (59, 1):
        control("POST", "/clock", {"advance_seconds": days * DAY})
        states.append(client.v1.disputes.retrieve(made.id).status)

    assert states == ["under_review", "lost"]


def test_a_draft_is_kept_until_it_is_submitted(client, control, disputed):
    """submit=false costs nothing and tells the bank nothing; the next request hands everything in."""
    made = disputed()
    draft = answer(client, made, "winning_evidence", submit=False)
    assert (draft.status, draft.evidence_details.has_evidence) == ("needs_response", True)
    more = client.v1.disputes.update(
        made.id, {"evidence": {"customer_name": "Jo", "service_date": ""}, "submit": False}
    )
    assert (more.evidence.uncategorized_text, more.evidence.customer_name) == ("winning_evidence", "Jo")
    assert balance(client) == -102 - 2000

    submitted = client.v1.disputes.update(made.id, {"submit": True})

    assert (submitted.status, submitted.evidence_details.submission_method) == ("under_review", "manual")
    assert balance(client) == -102 - 4000


def test_a_deadline_that_passes_without_evidence_loses(client, control, disputed, shop):
    """A draft that nobody submitted is no answer."""
    made = disputed()
    answer(client, made, "winning_evidence", submit=False)
    control("POST", "/clock", {"advance_seconds": 15 * DAY})

    lost = client.v1.disputes.retrieve(made.id)

    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)
    assert told(shop, 4)[3:] == ["closed"]
    with pytest.raises(stripe.InvalidRequestError):
        answer(client, made, "winning_evidence")


def test_a_dispute_can_be_given_up(client, disputed, shop):
    """Lost at once, and only once."""
    made = disputed()

    assert client.v1.disputes.close(made.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.disputes.close(made.id)
    assert told(shop, 3)[2:] == ["closed"]
    assert balance(client) == -102 - 2000


def test_evidence_is_submitted_once(client, disputed):
    """The second answer is refused; nothing is taken twice."""
    made = disputed()
    answer(client, made, "first")
    with pytest.raises(stripe.InvalidRequestError):
        answer(client, made, "second")

    assert client.v1.disputes.retrieve(made.id).evidence.uncategorized_text == "first"
    assert balance(client) == -102 - 4000


def test_nothing_cannot_be_submitted(client, disputed):
    """No evidence, no fee."""
    made = disputed()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.disputes.update(made.id, {"submit": True})

    assert refused.value.param == "submit"
    assert client.v1.disputes.update(made.id, {"metadata": {"dispute": "dis_1"}}).metadata.dispute == "dis_1"
    assert balance(client) == -102 - 2000


def test_evidence_has_its_limits(client, disputed):
    """20,000 characters in a long field, 5,000 in a short one, 150,000 in all; also when each is nine bytes."""
    made = disputed()
    long = ["access_activity_log", "cancellation_rebuttal", "product_description", "refund_refusal_explanation",
            "cancellation_policy_disclosure", "duplicate_charge_explanation", "refund_policy_disclosure"]  # fmt: skip
    full = {name: "字" * 20_000 for name in long} | {
        "billing_address": "字" * 5_000,
        "customer_name": "字" * 5_000,
    }
    too_long = (
        {"uncategorized_text": "x" * 20_001},
        {"customer_name": "x" * 5_001},
        full | {"shipping_date": "x"},
    )
    for evidence in too_long:
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.disputes.update(made.id, {"evidence": evidence, "submit": False})

    kept = client.v1.disputes.update(made.id, {"evidence": full, "submit": False})

    assert len(kept.evidence.customer_name) == 5_000


def test_a_document_must_be_a_file_that_there_is(client, disputed):
    """An id of nothing is 404; a file goes with the evidence."""
    made = disputed()
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.disputes.update(made.id, {"evidence": {"receipt": "file_unknown"}, "submit": False})
    file = client.v1.files.create({"purpose": "dispute_evidence", "file": pdf("receipt.pdf")})

    kept = client.v1.disputes.update(made.id, {"evidence": {"receipt": file.id}, "submit": False})

    assert (missing.value.code, missing.value.param) == ("resource_missing", "evidence[receipt]")
    assert (kept.evidence.receipt, kept.evidence_details.has_evidence) == (file.id, True)


def test_an_answer_that_is_lost_costs_one_fee_under_its_key(client, control, disputed):
    """Executed, answer lost, sent again with the same key: the same answer, one fee."""
    made = disputed()
    path = f"/v1/disputes/{made.id}"
    control("POST", "/faults", {"path": path, "method": "POST", "kind": "drop_response", "times": 1})
    params, key = {"evidence": {"uncategorized_text": "x"}}, {"idempotency_key": "dis_1:submit"}
    with pytest.raises(stripe.APIConnectionError):
        client.v1.disputes.update(made.id, params, key)

    assert client.v1.disputes.update(made.id, params, key).status == "under_review"
    assert balance(client) == -102 - 4000


def test_an_inquiry_moves_no_money_and_may_become_a_chargeback(client, control, paid, shop):
    """Then the money goes, and it can be answered anew."""
    charge = paid()
    asked = control("POST", "/disputes", {"payment_intent": charge.payment_intent, "action": "inquire"})
    assert (asked["status"], asked["balance_transactions"]) == ("warning_needs_response", [])
    assert asked["is_charge_refundable"] is True
    inquiry = client.v1.disputes.retrieve(asked["id"])
    answer(client, inquiry, "escalate_inquiry_evidence")
    assert balance(client) == 2490 - 102

    control("POST", "/clock", {"advance_seconds": 10})

    made = client.v1.disputes.retrieve(inquiry.id)
    assert (made.status, made.payment_method_details.card.case_type) == ("needs_response", "chargeback")
    assert balance(client) == -102 - 2000
    assert told(shop, 4) == ["created", "updated", "updated", "funds_withdrawn"]
    assert answer(client, made, "winning_evidence").evidence_details.submission_count == 2


def test_an_inquiry_that_escalates_gets_a_new_deadline(client, control, paid):
    """Escalated on the tenth day: the inquiry's own deadline passes without harm, the new one does not."""
    charge = paid()
    made = control("POST", "/disputes", {"charge": charge.id, "action": "inquire"})
    control("POST", "/clock", {"advance_seconds": 10 * DAY})
    control("POST", "/disputes", {"charge": charge.id, "action": "open"})
    states = []
    for days in (6, 9):
        control("POST", "/clock", {"advance_seconds": days * DAY})
        states.append(client.v1.disputes.retrieve(made["id"]).status)

    assert states == ["needs_response", "lost"]


@pytest.mark.parametrize("how", ["evidence", "time", "control", "refund"])
def test_an_inquiry_is_closed(client, control, paid, shop, how):
    """By an answer, after 120 days, by the bank, or because everything has been refunded."""
    charge = paid()
    made = control("POST", "/disputes", {"charge": charge.id, "action": "inquire", "reason": "unrecognized"})
    match how:
        case "evidence":
            answer(client, client.v1.disputes.retrieve(made["id"]), "winning_evidence")
            control("POST", "/clock", {"advance_seconds": 10})
        case "time":
            control("POST", "/clock", {"advance_seconds": 120 * DAY})
        case "control":
            control("POST", "/disputes", {"dispute": made["id"], "action": "close"})
        case "refund":
            client.v1.refunds.create({"charge": charge.id})

    assert client.v1.disputes.retrieve(made["id"]).status == "warning_closed"
    events = client.v1.events.list({"type": "charge.dispute.*"}).data
    assert (events[0].type, events[-1].type) == ("charge.dispute.closed", "charge.dispute.created")
    assert events[0].data.object["balance_transactions"] == []


def test_an_inquiry_stays_open_after_its_deadline(client, control, paid):
    """Past due, no evidence is taken any more, and nothing is lost."""
    charge = paid()
    made = control("POST", "/disputes", {"charge": charge.id, "action": "inquire"})
    control("POST", "/clock", {"advance_seconds": 16 * DAY})

    found = client.v1.disputes.retrieve(made["id"])

    assert (found.status, found.evidence_details.past_due) == ("warning_needs_response", True)
    with pytest.raises(stripe.InvalidRequestError):
        answer(client, found, "too late")
    assert balance(client) == 2490 - 102


@pytest.mark.parametrize(
    ("currency", "amount", "part"), [("eur", 2490, 1000), ("kwd", 12_340, 4330), ("jpy", 2490, 1000)]
)
def test_a_part_may_be_disputed_and_the_rest_refunded(client, control, paid, currency, amount, part):
    """What the bank has taken cannot be refunded beside it; what it has brought back can."""
    charge = paid(amount, currency)
    made = control("POST", "/disputes", {"charge": charge.id, "action": "open", "amount": part})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": charge.id, "amount": amount - part + 10})

    rest = client.v1.refunds.create({"charge": charge.id})
    with pytest.raises(stripe.InvalidRequestError) as spent:
        client.v1.refunds.create({"charge": charge.id})
    control("POST", "/disputes", {"dispute": made["id"], "action": "win"})

    assert (refused.value.code, spent.value.code, rest.amount) == (
        "charge_disputed",
        "charge_disputed",
        amount - part,
    )
    assert client.v1.refunds.create({"charge": charge.id}).amount == part


@pytest.mark.parametrize("end", ["needs_response", "under_review", "lost"])
def test_a_disputed_charge_is_not_refunded(client, disputed, end):
    """Whatever the bank still thinks of it."""
    made = disputed()
    if end == "under_review":
        answer(client, made, "x")
    elif end == "lost":
        client.v1.disputes.close(made.id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": made.payment_intent})

    assert refused.value.code == "charge_disputed"


def test_a_refunded_charge_may_still_be_disputed(client, control, paid):
    """The money is gone twice; the balance says so."""
    charge = paid()
    client.v1.refunds.create({"charge": charge.id})
    control("POST", "/disputes", {"charge": charge.id, "action": "open"})

    assert balance(client) == -102 - 2490 - 2000


def test_the_bank_may_think_better_of_a_lost_dispute(client, control, disputed, shop):
    """win after lose brings back what was taken; funds may also come back without another verdict."""
    first, second = disputed(), disputed()
    for made in (first, second):
        control("POST", "/disputes", {"dispute": made.id, "action": "lose"})
    control("POST", "/disputes", {"dispute": first.id, "action": "win"})
    control("POST", "/disputes", {"dispute": second.id, "action": "reinstate", "amount": 990})

    won, lost = client.v1.disputes.retrieve(first.id), client.v1.disputes.retrieve(second.id)

    assert (won.status, movements(won)[1:]) == ("won", [("dispute_reversal", 2490, 0, 2490)])
    assert (lost.status, movements(lost)[1:]) == ("lost", [("dispute_reversal", 990, 0, 990)])
    assert balance(client) == 2 * -102 - 2 * 2000 + 2490 + 990


@pytest.mark.parametrize("by", ["time", "control"])
def test_a_bank_debit_comes_back(client, control, debited, shop, by):
    """Five days after it arrived, or when a test says so: lost at once, with a fee of 7.50. Once, not twice."""
    charge = debited(DEBIT_RETURNED if by == "time" else DEBIT)
    assert balance(client) == 4000 - 146
    if by == "control":
        control(
            "POST", "/disputes", {"charge": charge.id, "action": "return", "reason": "insufficient_funds"}
        )
    control("POST", "/clock", {"advance_seconds": 6 * DAY})

    made = client.v1.disputes.list({"charge": charge.id}).data[0]

    assert (made.status, made.evidence_details.due_by, made.payment_method_details) == ("lost", None, None)
    assert made.reason == ("debit_not_authorized" if by == "time" else "insufficient_funds")
    assert movements(made) == [("dispute", -4000, 750, -4750)]
    assert balance(client) == -146 - 750
    assert told(shop, 3, after=6) == ["created", "funds_withdrawn", "closed"]
    assert len(client.v1.disputes.list({"charge": charge.id}).data) == 1


def test_a_debit_returned_by_hand_does_not_come_back_again(client, control, debited):
    """The account's own time, later, finds it returned."""
    charge = debited(DEBIT_RETURNED)
    control("POST", "/disputes", {"charge": charge.id, "action": "return"})
    control("POST", "/clock", {"advance_seconds": 6 * DAY})

    assert balance(client) == -146 - 750


def test_a_debit_is_returned_on_the_fifth_day(client, control, debited):
    """Not before."""
    debited(DEBIT_RETURNED)
    counts = []
    for seconds in (5 * DAY - 60, 60):
        control("POST", "/clock", {"advance_seconds": seconds})
        counts.append(len(client.v1.disputes.list().data))

    assert counts == [0, 1]


def test_the_journal_tells_what_a_dispute_took_and_brought_back(client, control, disputed):
    """Amounts positive, the kind says the direction; the reference is the payment's."""
    made = disputed()
    answer(client, made, "winning_evidence")
    control("POST", "/clock", {"advance_seconds": 10})

    entries = [item for item in control("GET", "/journal")["entries"] if item["id"] == made.id]

    assert [(item["kind"], item["amount"], item["reference"]) for item in entries] == [
        ("dispute", 2490, "pay_1"),
        ("fee", 2000, "pay_1"),
        ("fee", 2000, "pay_1"),
        ("dispute_reversal", 2490, "pay_1"),
        ("fee_reversal", 2000, "pay_1"),
    ]
    listed = client.v1.balance_transactions.list({"source": made.id}).data
    assert {item.id for item in listed} == {item["balance_transaction"] for item in entries}
    assert sum(item.net for item in listed) == -2000


def test_disputes_are_listed_in_pages(client, control, disputed, paid):
    """Three, one to a page; by charge and by intent only the one."""
    made = [disputed().id for _ in range(3)]
    paid()

    assert [item.id for item in client.v1.disputes.list({"limit": 1}).auto_paging_iter()] == made[::-1]
    last = client.v1.disputes.retrieve(made[-1])
    for named in ({"charge": last.charge}, {"payment_intent": last.payment_intent}):
        assert [item.id for item in client.v1.disputes.list(named).data] == [last.id]


@pytest.mark.parametrize(
    ("currency", "fee"), [("usd", 1500), ("gbp", 2000), ("sek", 2000), ("isk", 2000), ("bhd", 20_000)]
)
def test_the_fee_of_a_dispute_depends_on_the_currency(currency, fee):
    """15.00 USD, 20.00 GBP, elsewhere 20 whole units."""
    assert dispute_fee_minor(currency) == fee


def refused(mock, body):
    response = requests.post(f"{mock.base}/_mock/disputes", json=body, timeout=30)
    assert response.status_code == 422, response.text
    return response.json()["error"]


def test_what_no_bank_does_is_refused(mock, client, paid, debited, control):
    """Each says why, and moves nothing."""
    card, debit = paid(), debited()
    before = balance(client)
    wrong = [
        {"charge": card.id, "action": "vanish"},
        {"charge": card.id, "action": "return"},
        {"charge": debit.id, "action": "open"},
        {"charge": card.id, "action": "open", "reason": "boredom"},
        {"charge": card.id, "action": "open", "amount": 0},
        {"charge": card.id, "action": "win"},
        {"charge": "ch_unknown", "action": "open"},
        {"dispute": "du_unknown", "action": "win"},
        {"action": "open"},
        {"charge": card.id, "payment_intent": card.payment_intent, "action": "open"},
    ]

    assert all(refused(mock, body) for body in wrong)
    assert balance(client) == before
    control("POST", "/disputes", {"charge": card.id, "action": "open"})
    assert "disputed already" in refused(mock, {"charge": card.id, "action": "open"})
    assert refused(mock, {"charge": card.id, "action": "escalate"})
    assert refused(mock, {"charge": card.id, "action": "reinstate", "amount": 2491})
