"""Stripe's own SDK drives every endpoint, unchanged; each request and each answer conforms to Stripe's description."""

from __future__ import annotations

import re

import pytest
import stripe

from checkout.mockpsp import resources
from tests.mockpsp.conftest import session_params
from tests.mockpsp.harness import pdf

EXPAND_ALL = ["line_items", "payment_intent.latest_charge.balance_transaction", "customer"]


def test_every_endpoint_through_the_official_sdk(client, pay, http):
    """One story that touches each endpoint; the test fails when an endpoint is added and left out here."""
    customer = client.v1.customers.create({"email": "jo@example.org", "metadata": {"a": "1"}})
    client.v1.customers.update(customer.id, {"name": "Jo", "metadata": {"b": "2"}})
    sessions = client.v1.checkout.sessions
    params = session_params(customer=customer.id)
    del params["customer_email"]
    paid = sessions.create(params, {"idempotency_key": "pay_1:register"})
    pay(paid, "4242424242424242")
    declined = sessions.create(session_params())
    pay(declined, "4000000000000002")
    debited = sessions.create(session_params())
    pay(debited, iban="DE18370400440532990001")

    found = sessions.retrieve(paid.id, {"expand": EXPAND_ALL})
    assert found.payment_status == "paid"
    assert found.customer.name == "Jo"
    assert found.customer.metadata.to_dict() == {"a": "1", "b": "2"}
    assert [item.description for item in found.line_items.data] == ["Mug"]
    assert found.payment_intent.latest_charge.balance_transaction.net == 2490 - 102
    assert [item.amount_total for item in sessions.line_items.list(paid.id).data] == [2490]
    assert [item.id for item in sessions.list({"status": "complete"}).data] == [debited.id, paid.id]
    assert sessions.list({"payment_intent": found.payment_intent.id}).data[0].id == paid.id
    assert sessions.expire(declined.id).status == "expired"

    intents = client.v1.payment_intents
    assert intents.retrieve(found.payment_intent.id).amount_received == 2490
    assert len(intents.list({"customer": customer.id}).data) == 1
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.cancel(found.payment_intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"

    charge = found.payment_intent.latest_charge
    assert (
        client.v1.charges.retrieve(charge.id, {"expand": ["balance_transaction"]}).balance_transaction.fee
        == 102
    )
    assert client.v1.charges.list({"payment_intent": found.payment_intent.id}).data[0].id == charge.id
    booked = client.v1.balance_transactions.list({"source": charge.id}).data[0]
    assert client.v1.balance_transactions.retrieve(booked.id, {"expand": ["source"]}).source.id == charge.id
    assert client.v1.balance.retrieve().available[0].amount == 2388
    events = client.v1.events.list({"type": "charge.succeeded"})
    assert client.v1.events.retrieve(events.data[0].id).data.object["id"] == charge.id
    assert client.v1.customers.list({"email": "jo@example.org"}).data[0].id == customer.id
    assert client.v1.customers.retrieve(customer.id).email == "jo@example.org"
    assert client.v1.customers.delete(customer.id).deleted is True

    _money_out(client)
    _money_back(client, charge)
    _dispute(client, pay)
    _reports(client)

    untouched = [
        endpoint.rule
        for endpoint in resources.ENDPOINTS
        if not any(
            method == endpoint.method and re.fullmatch(re.sub("<[a-z]+>", "[^/]+", endpoint.rule), path)
            for method, path in http.seen
        )
    ]
    assert untouched == []


def _money_out(client):
    """A seller's account, a transfer to it, a payout from it, and both taken back."""
    accounts, transfers, payouts = client.v1.accounts, client.v1.transfers, client.v1.payouts
    account = accounts.create(
        {
            "country": "DE",
            "email": "ada+verified@example.org",
            "controller": {"requirement_collection": "application", "stripe_dashboard": {"type": "none"}},
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {"seller": "sel_1"},
        }
    )
    accounts.update(account.id, {"business_profile": {"name": "Ada's Pottery"}})
    assert accounts.retrieve(account.id).business_profile.name == "Ada's Pottery"
    assert accounts.list({"limit": 1}).data[0].id == account.id
    link = client.v1.account_links.create(
        {
            "account": account.id,
            "refresh_url": "http://localhost:8000/again",
            "return_url": "http://localhost:8000/done",
            "type": "account_onboarding",
        }
    )
    assert "/connect/" in link.url
    made = transfers.create(
        {"amount": 1050, "currency": "eur", "destination": account.id, "transfer_group": "po_ours"}
    )
    there = {"stripe_account": account.id}
    payout = payouts.create({"amount": 1050, "currency": "eur", "metadata": {"payout": "po_ours"}}, there)
    assert (
        payouts.retrieve(payout.id, {"expand": ["balance_transaction"]}, there).balance_transaction.net
        == -1050
    )
    assert payouts.list({"status": "pending"}, there).data[0].id == payout.id
    assert payouts.cancel(payout.id, {}, there).status == "canceled"
    assert client.v1.balance.retrieve({}, there).available[0].amount == 1050
    reversal = transfers.reversals.create(made.id, {"amount": 1050})
    assert transfers.reversals.list(made.id).data[0].id == reversal.id
    assert transfers.list({"transfer_group": "po_ours"}).data[0].reversed is True
    assert transfers.retrieve(made.id, {"expand": ["destination"]}).destination.id == account.id


def _money_back(client, charge):
    """A part of the charge is given back."""
    refunds = client.v1.refunds
    made = refunds.create(
        {"charge": charge.id, "amount": 500, "reason": "duplicate", "metadata": {"refund": "re_ours"}}
    )
    everything = ["balance_transaction.source", "charge.refunds", "payment_intent"]
    found = refunds.retrieve(made.id, {"expand": everything})
    assert found.charge.refunds.data[0].id == found.balance_transaction.source.id == made.id
    assert refunds.update(made.id, {"metadata": {"note": "x"}}).metadata.note == "x"
    assert refunds.list({"charge": charge.id}).data[0].id == made.id
    with pytest.raises(stripe.InvalidRequestError):
        refunds.cancel(made.id)
    expanded = client.v1.payment_intents.retrieve(
        charge.payment_intent, {"expand": ["latest_charge.refunds"]}
    )
    assert [item.amount for item in expanded.latest_charge.refunds.data] == [500]


def _dispute(client, pay):
    """A card's bank takes a payment back; a document is handed in, and then the platform gives up."""
    disputes, files = client.v1.disputes, client.v1.files
    pay(client.v1.checkout.sessions.create(session_params()), "4000000000000259")
    opened = disputes.list({"limit": 1}).data[0]
    document = files.create({"purpose": "dispute_evidence", "file": pdf("receipt.pdf")})
    assert files.retrieve(document.id).size == files.list({"purpose": "dispute_evidence"}).data[0].size
    draft = {"evidence": {"receipt": document.id, "customer_name": "Jo"}, "submit": False}
    assert disputes.update(opened.id, draft).evidence_details.has_evidence is True
    assert disputes.close(opened.id).status == "lost"
    found = disputes.retrieve(opened.id, {"expand": ["charge", "payment_intent"]})
    assert found.charge.disputed is True
    booked = client.v1.balance_transactions.list({"source": opened.id}).data[0].id
    assert client.v1.balance_transactions.retrieve(booked, {"expand": ["source"]}).source.id == opened.id


def test_an_intent_left_over_by_a_failed_debit_can_be_canceled(client, new_session, pay, control):
    session = new_session()
    pay(session, iban="DE18370400440532990001")
    control("POST", "/clock", {"advance_seconds": 2 * 86_400})
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent

    canceled = client.v1.payment_intents.cancel(intent, {"cancellation_reason": "abandoned"})

    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")


def test_errors_are_the_sdks_own_classes(client, mock):
    """What the SDK raises is what it raises with Stripe."""
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.charges.retrieve("ch_unknown")
    assert (missing.value.http_status, missing.value.code, missing.value.param) == (
        404,
        "resource_missing",
        "charge",
    )

    stranger = stripe.StripeClient("sk_live_123456", base_addresses={"api": mock.base}, max_network_retries=0)
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.balance.retrieve()


def test_an_answer_names_its_request_and_version(client):
    response = client.raw_request("get", "/v1/balance")

    assert response.headers["Request-Id"].startswith("req_")
    assert response.headers["Stripe-Version"] == "2026-10-28.endive"


def _reports(client):
    """A report of the day's activity is asked for, looked up and listed."""
    run = client.v1.reporting.report_runs.create(
        {
            "report_type": "balance_change_from_activity.itemized.3",
            "parameters": {"interval_start": 1_700_000_000, "interval_end": 1_700_086_400},
        }
    )
    assert client.v1.reporting.report_runs.retrieve(run.id).id == run.id
    assert client.v1.reporting.report_runs.list().data[0].id == run.id
    types = client.v1.reporting.report_types.list().data
    assert [each.version for each in types] == [3, 5]
    assert (
        client.v1.reporting.report_types.retrieve(types[0].id).default_columns[0] == "balance_transaction_id"
    )
    with pytest.raises(stripe.InvalidRequestError, match="No such report_type"):
        client.v1.reporting.report_types.retrieve("balance.summary.1")
