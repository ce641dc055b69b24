"""What every adapter must do, run against Stripe's adapter and the mock PSP, over the wire."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from checkout.core.clock import utcnow
from checkout.core.ids import new
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.psp import (
    CallInsideTransaction,
    HostedLine,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    StoredRequest,
)
from checkout.psp.stripe import transport


def test_registering_opens_a_hosted_page_for_an_hour(mock, request_of):
    """The answer has the page's address, the session's id and its end."""
    request = request_of()

    registered = mock.adapter.register_payment(request)

    assert registered.hosted_url.startswith(mock.running.base)
    assert registered.session_id.startswith("cs_test_")
    assert abs(registered.expires_at - request.expires_at) < timedelta(seconds=1)


def test_what_was_stored_is_what_is_sent(mock, request_of):
    """A stored request goes out as it was written down, its members in whatever order the database returns them."""
    request = request_of()
    wire = mock.adapter.wire_request(request)
    shuffled = dict(sorted(wire.items(), key=lambda pair: pair[1]))

    first = mock.adapter.register_payment(request)
    again = mock.adapter.register_payment(
        StoredRequest(request.reference, request.idempotency_key, request.amount, shuffled)
    )

    assert again == first
    forms = [form for method, url, form, status, body in mock.exchanges if method == "post"]
    assert forms[0] == forms[1]


def test_one_key_opens_one_page_however_many_send_it_at_once(mock, request_of):
    """Twenty threads with one request: every one that is answered has the same session, and there is one at the PSP."""
    request = request_of()

    def register(_: int) -> str:
        for _attempt in range(50):
            try:
                return mock.adapter.register_payment(request).session_id
            except RateLimited:  # the key is in flight
                continue
        raise AssertionError("never answered")

    with ThreadPoolExecutor(20) as pool:
        sessions = set(pool.map(register, range(20)))

    assert len(sessions) == 1


def test_another_request_under_the_same_key_leaves_the_outcome_unknown(mock, request_of):
    """Something was executed under that key, so this is no proof that nothing was."""
    request = request_of()
    mock.adapter.register_payment(request)
    other = request_of(
        reference=request.reference,
        amount=Money(9900, "EUR"),
        lines=(HostedLine("Mug", 1, Money(9900, "EUR")),),
    )

    with pytest.raises(OutcomeUnknown):
        mock.adapter.register_payment(other)


def test_a_fresh_page_is_open(mock, request_of):
    request = request_of()
    registered = mock.adapter.register_payment(request)

    snapshot = mock.adapter.fetch_payment(registered.session_id)

    assert (snapshot.status, snapshot.reference, snapshot.amount) == (
        "open",
        request.reference,
        Money(2490, "EUR"),
    )
    assert snapshot.hosted_url == registered.hosted_url
    assert snapshot.charge is None
    assert snapshot.livemode is False


def test_a_paid_page_shows_its_charge(mock, request_of):
    """The charge has the captured amount, the intent, the method and its movement on the balance."""
    registered = mock.adapter.register_payment(request_of())
    assert mock.pay(registered.session_id, card="4242424242424242") == "succeeded"

    snapshot = mock.adapter.fetch_payment(registered.session_id)

    assert snapshot.status == "succeeded"
    assert snapshot.charge is not None
    assert snapshot.charge.amount == Money(2490, "EUR")
    assert snapshot.charge.intent_id == snapshot.intent_id
    assert snapshot.charge.method == "card"
    movement = mock.adapter.fetch_charge_balance_transaction(snapshot.charge.id)
    assert movement is not None
    assert movement.id == snapshot.charge.balance_transaction
    assert movement.source == snapshot.charge.id
    # 2.9 % of 24.90 is 0.72, and 0.30
    assert (movement.amount, movement.fee, movement.net) == (
        Money(2490, "EUR"),
        Money(102, "EUR"),
        Money(2388, "EUR"),
    )


def test_a_declined_attempt_leaves_the_page_open_with_its_reason(mock, request_of):
    registered = mock.adapter.register_payment(request_of())
    mock.pay(registered.session_id, card="4000000000009995")

    snapshot = mock.adapter.fetch_payment(registered.session_id)

    assert snapshot.status == "open"
    assert snapshot.decline is not None
    assert snapshot.decline.code == "insufficient_funds"


def test_a_stolen_card_is_declined_without_saying_so(mock, request_of):
    """Our reason is the general one; Stripe's own word is kept for operators."""
    registered = mock.adapter.register_payment(request_of())
    mock.pay(registered.session_id, card="4000000000009979")

    decline = mock.adapter.fetch_payment(registered.session_id).decline

    assert decline is not None
    assert (decline.code, decline.psp_code) == ("generic_decline", "stolen_card")


def test_a_bank_debit_is_processing_until_the_bank_has_answered(mock, request_of):
    registered = mock.adapter.register_payment(request_of())
    mock.pay(registered.session_id, iban="DE89370400440532013000")

    assert mock.adapter.fetch_payment(registered.session_id).status == "processing"


def test_an_expired_page_says_so_and_expiring_it_again_is_no_error(mock, request_of):
    registered = mock.adapter.register_payment(request_of())

    first = mock.adapter.expire_payment(registered.session_id, f"{registered.session_id}:expire")
    again = mock.adapter.expire_payment(registered.session_id, f"{registered.session_id}:expire:2")

    assert (first.status, again.status) == ("expired", "expired")


def test_expiring_a_paid_page_tells_that_it_is_paid(mock, request_of):
    """The success wins, whoever asked for the end."""
    registered = mock.adapter.register_payment(request_of())
    mock.pay(registered.session_id, card="4242424242424242")

    assert mock.adapter.expire_payment(registered.session_id, "late:expire").status == "succeeded"


def test_a_payment_is_found_by_our_reference(mock, request_of):
    request = request_of()
    registered = mock.adapter.register_payment(request)

    found = mock.adapter.find_payment(request.reference, utcnow())

    assert found is not None
    assert found.session_id == registered.session_id
    assert mock.adapter.find_payment(new("pay"), utcnow()) is None


def test_the_look_up_reads_every_page(mock, request_of, monkeypatch):
    """With pages of two, the oldest of five is still found; a list longer than may be read proves nothing."""
    monkeypatch.setattr("checkout.psp.stripe.calls.PAGE", "2")
    since = utcnow()
    requests = [request_of() for _ in range(5)]
    for request in requests:
        mock.adapter.register_payment(request)

    assert mock.adapter.find_payment(requests[0].reference, since) is not None

    monkeypatch.setattr("checkout.psp.stripe.adapter.MAX_PAGES_OF_SESSIONS", 2)
    with pytest.raises(OutcomeUnknown):
        mock.adapter.find_payment(requests[0].reference, since)


def test_open_pages_are_listed_page_by_page(mock, request_of, monkeypatch):
    """Three made, one of them paid and one closed since: the third is left, with its amount. Of another time, none is."""
    monkeypatch.setattr("checkout.psp.stripe.calls.PAGE", "2")
    since = utcnow() - timedelta(seconds=2)
    requests = [request_of() for _ in range(3)]
    paid, closed, left = [mock.adapter.register_payment(request) for request in requests]
    mock.pay(paid.session_id, card="4242424242424242")
    mock.adapter.expire_payment(closed.session_id, f"{closed.session_id}:expire")
    hour = timedelta(hours=1)

    found = {
        page.session_id: (page.status, page.amount, page.reference)
        for page in mock.adapter.list_open_pages(created_from=since, created_before=since + hour)
    }

    assert found[left.session_id] == ("open", Money(2490, "EUR"), requests[2].reference)
    assert not {paid.session_id, closed.session_id} & set(found)
    assert (
        list(mock.adapter.list_open_pages(created_from=since - 2 * hour, created_before=since - hour)) == []
    )


def test_the_balance_has_an_amount_per_currency(mock, request_of):
    registered = mock.adapter.register_payment(request_of())
    mock.pay(registered.session_id, card="4242424242424242")

    balance = mock.adapter.fetch_balance()

    assert {amount.currency for amount in balance.pending} >= {"EUR"}


def test_movements_of_a_time_are_listed(mock, request_of):
    registered = mock.adapter.register_payment(request_of())
    mock.pay(registered.session_id, card="4242424242424242")
    charge = mock.adapter.fetch_payment(registered.session_id).charge

    hour = timedelta(hours=1)
    listed = list(
        mock.adapter.list_balance_transactions(created_from=utcnow() - hour, created_before=utcnow() + hour)
    )

    assert charge is not None
    assert charge.id in {movement.source for movement in listed}


@pytest.mark.parametrize(
    ("amount", "on_the_wire"),
    [
        (Money(2490, "EUR"), "2490"),
        (Money(500, "JPY"), "500"),
        (Money(1230, "KWD"), "1230"),
        (Money(900, "ISK"), "90000"),
        (Money(5000, "UGX"), "500000"),
        (Money(12300, "MGA"), "123"),
    ],
)
def test_an_amount_comes_back_as_it_went_out(mock, request_of, amount, on_the_wire):
    """ISK and UGX have two decimals at Stripe, MGA has none: what is captured is still what we asked for."""
    request = request_of(amount=amount)
    assert mock.adapter.wire_request(request)["line_items[0][price_data][unit_amount]"] == on_the_wire

    registered = mock.adapter.register_payment(request)
    mock.pay(registered.session_id, card="4242424242424242")

    snapshot = mock.adapter.fetch_payment(registered.session_id)
    assert snapshot.amount == amount
    assert snapshot.charge is not None
    assert snapshot.charge.amount == amount


def test_a_session_that_the_psp_does_not_know_is_an_invalid_request(mock):
    with pytest.raises(InvalidRequest) as refused:
        mock.adapter.fetch_payment("cs_test_unknown")

    assert refused.value.psp_code == "resource_missing"


@pytest.mark.parametrize("id", ["cs_test/../../v1/balance", "", "cs test", "cs_test?x=1", "c" * 256])
def test_an_id_that_could_lead_elsewhere_is_never_sent(mock, id):
    with pytest.raises(InvalidRequest):
        mock.adapter.fetch_payment(id)

    assert mock.exchanges == []


def test_a_call_inside_a_transaction_is_refused(mock, request_of, db):
    """It would hold locks for as long as the PSP takes."""
    with atomic(), pytest.raises(CallInsideTransaction):
        mock.adapter.register_payment(request_of())

    assert mock.exchanges == []


@pytest.mark.parametrize("field", ["amount", "reference"])
def test_a_session_for_something_else_is_not_believed(mock, request_of, field):
    """The answer to our key tells of another amount or reference: as unknown as no answer."""
    request = request_of()
    wire = mock.adapter.wire_request(request)
    believed = {"amount": request.amount, "reference": request.reference}
    believed[field] = Money(1, "EUR") if field == "amount" else new("pay")

    with pytest.raises(OutcomeUnknown):
        mock.adapter.register_payment(StoredRequest(idempotency_key=new("pay"), wire=wire, **believed))


def test_the_mocks_wrong_amount_is_not_believed(mock, request_of):
    mock.control(
        "POST", "faults", {"path": "/v1/checkout/sessions", "method": "POST", "kind": "wrong_amount"}
    )

    with pytest.raises(OutcomeUnknown):
        mock.adapter.register_payment(request_of())


def test_a_lost_answer_is_unknown_and_the_same_key_brings_the_session(mock, request_of, monkeypatch):
    """Executed, answer lost; the next attempt brings the session that was made, and there is one."""
    monkeypatch.setattr("checkout.psp.stripe.client.RETRIES_INSIDE_A_CALL", 0)
    monkeypatch.setattr(transport, "READ_SECONDS", 1.0)
    request = request_of()
    mock.control(
        "POST",
        "faults",
        {"path": "/v1/checkout/sessions", "method": "POST", "kind": "drop_response", "times": 1},
    )

    with pytest.raises(OutcomeUnknown):
        mock.adapter.register_payment(request)
    registered = mock.adapter.register_payment(request)

    assert mock.adapter.find_payment(request.reference, utcnow()).session_id == registered.session_id
    listed = [
        entry
        for entry in mock.adapter._pages("/v1/checkout/sessions", {}, 100)
        if entry["client_reference_id"] == request.reference
    ]
    assert len(listed) == 1


def test_one_lost_answer_is_made_good_inside_the_call(mock, request_of, monkeypatch):
    """The SDK's own retry sends the same key."""
    monkeypatch.setattr(transport, "READ_SECONDS", 1.0)
    mock.control(
        "POST",
        "faults",
        {"path": "/v1/checkout/sessions", "method": "POST", "kind": "drop_response", "times": 1},
    )

    assert mock.adapter.register_payment(request_of()).session_id


def test_connections_are_kept(mock, request_of):
    """Ten calls, one connection: the pool is the process's."""
    for _ in range(10):
        mock.adapter.fetch_balance()

    _, pooled = mock.adapter._client._sdk()
    assert isinstance(pooled, transport.PooledClient)
    (address,) = pooled._pool.pools.keys()
    assert pooled._pool.pools[address].num_connections == 1
