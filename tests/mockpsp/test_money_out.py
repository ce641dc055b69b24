"""Money out of the mock: sellers' accounts, transfers, payouts, what a bank says of them, and what the journal keeps."""

from __future__ import annotations

import itertools
import re
import sqlite3

import pytest
import requests
import stripe

from checkout.mockpsp import banks
from checkout.mockpsp.store import Store
from tests.mockpsp.harness import API_KEY

DAY = 86_400
_numbers = itertools.count(1)


@pytest.fixture
def seller(client, control):
    """A verified account and 100.00 EUR, 10000 JPY and 100.000 KWD of the platform's to send."""
    for currency, amount in (("eur", 10_000), ("jpy", 10_000), ("kwd", 100_000)):
        control("POST", "/topup", {"amount": amount, "currency": currency})
    return client.v1.accounts.create(
        {"country": "DE", "email": "ada+verified@example.org", "metadata": {"seller": "sel_ada"}}
    ).id


@pytest.fixture
def transfer(client):
    def send(account, amount=1050, currency="eur", **more):
        key = more.pop("key", None) or f"po_{next(_numbers)}:transfer"
        group = key.split(":")[0]
        params = {"amount": amount, "currency": currency, "destination": account, "transfer_group": group}
        return client.v1.transfers.create(params | more, {"idempotency_key": key})

    return send


@pytest.fixture
def payout(client):
    def send(account, amount=1050, currency="eur", **more):
        return client.v1.payouts.create(
            {"amount": amount, "currency": currency, "metadata": {"payout": "po_1"}} | more,
            {"stripe_account": account},
        )

    return send


def on_hand(client, account=None):
    balance = client.v1.balance.retrieve({}, {"stripe_account": account} if account else {})
    return {line.currency: line.amount for line in balance.available}


@pytest.mark.parametrize(("currency", "amount"), [("eur", 1050), ("jpy", 1050), ("kwd", 1050)])
def test_a_transfer_moves_the_amount_and_nothing_else(client, seller, transfer, currency, amount):
    """10.50 EUR, 1050 JPY and 1.050 KWD leave the platform and are the seller's; the two sides add up to what was."""
    before = on_hand(client)[currency]

    transfer(seller, amount, currency)

    assert on_hand(client)[currency] == before - amount
    assert on_hand(client, seller) == {currency: amount}


@pytest.mark.parametrize(("currency", "amount"), [("kwd", 1055), ("isk", 1050)])
def test_an_amount_off_the_currencys_step_is_refused(seller, transfer, currency, amount):
    """KWD ends in 0, ISK in 00: nobody could pay the rest out."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(seller, amount, currency)

    assert refused.value.code == "parameter_invalid_integer"


def test_a_transfer_beyond_what_is_available_is_refused_and_its_key_keeps_the_refusal(
    client, control, seller, transfer
):
    """100.00 are there, 100.01 are asked for; after a top-up the same key still says no, a new one succeeds."""
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            transfer(seller, 10_001, key="po_9:transfer")
        assert refused.value.code == "balance_insufficient"
        control("POST", "/topup", {"amount": 5_000, "currency": "eur"})

    assert transfer(seller, 10_001, key="po_10:transfer").amount == 10_001


def test_pending_funds_cannot_be_sent(control, client, new_session, pay, transfer):
    """A charge of yesterday is pending for two days where a test says so."""
    control("POST", "/funds", {"available_after_seconds": 2 * DAY})
    account = client.v1.accounts.create({"country": "DE", "email": "a+verified@example.org"}).id
    pay(new_session(), "4242424242424242")

    with pytest.raises(stripe.InvalidRequestError):
        transfer(account, 1_000)

    control("POST", "/clock", {"advance_seconds": 2 * DAY})
    assert transfer(account, 1_000).amount == 1_000


def test_a_transfer_whose_answer_is_lost_is_one_transfer_under_its_key(client, control, seller, transfer):
    """Executed, answer lost, sent again: one object. Other parameters under the key are refused."""
    control(
        "POST", "/faults", {"path": "/v1/transfers", "method": "POST", "kind": "drop_response", "times": 1}
    )
    with pytest.raises(stripe.APIConnectionError):
        transfer(seller, key="po_7:transfer")

    again = transfer(seller, key="po_7:transfer")

    assert [item.id for item in client.v1.transfers.list({"transfer_group": "po_7"}).data] == [again.id]
    with pytest.raises(stripe.IdempotencyError):
        transfer(seller, 1051, key="po_7:transfer")


def test_a_key_is_forgotten_after_a_day(client, control, seller, transfer):
    """25 hours later the key makes a second transfer: whoever comes late has to look first."""
    transfer(seller, key="po_8:transfer")
    control("POST", "/clock", {"advance_seconds": 25 * 3600})
    transfer(seller, key="po_8:transfer")

    assert len(client.v1.transfers.list({"transfer_group": "po_8"}).data) == 2


def test_a_reversal_takes_back_what_the_account_still_holds(client, seller, transfer, payout):
    """3.00 of 10.50, then the rest; nothing beyond, and nothing that is on its way to the bank."""
    made = transfer(seller)
    reversals = client.v1.transfers.reversals
    reversals.create(made.id, {"amount": 300})
    payout(seller, 700)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        reversals.create(made.id, {"amount": 750})
    assert refused.value.code == "balance_insufficient"
    with pytest.raises(stripe.InvalidRequestError):
        reversals.create(made.id, {"amount": 751})

    found = client.v1.transfers.retrieve(made.id)

    assert (found.amount_reversed, found.reversed) == (300, False)
    assert [item.amount for item in found.reversals.data] == [300]
    assert on_hand(client, seller) == {"eur": 50}


def test_a_standard_payout_arrives_after_two_days(client, control, seller, transfer, payout, shop):
    """pending, in transit after seconds, paid after two days; each is told with the account's name."""
    transfer(seller)
    sent = payout(seller)
    there = {"stripe_account": seller}

    states = [sent.status]
    for seconds in (15, DAY, DAY):
        control("POST", "/clock", {"advance_seconds": seconds})
        states.append(client.v1.payouts.retrieve(sent.id, {}, there).status)

    assert states == ["pending", "in_transit", "in_transit", "paid"]
    shop.wait_for(5)
    told = [(item.event["type"], item.event.get("account")) for item in shop.received]
    assert [pair for pair in told if pair[0].startswith("payout")] == [
        ("payout.created", seller),
        ("payout.updated", seller),
        ("payout.paid", seller),
    ]
    assert ("transfer.created", None) in told


def test_an_instant_payout_arrives_in_minutes(client, control, seller, transfer, payout):
    transfer(seller)
    sent = payout(seller, method="instant")
    control("POST", "/clock", {"advance_seconds": 150})

    assert client.v1.payouts.retrieve(sent.id, {}, {"stripe_account": seller}).status == "paid"


def test_a_payout_that_has_left_cannot_be_called_back(client, control, seller, transfer, payout):
    """Pending ones can: the money is the account's again."""
    transfer(seller)
    there = {"stripe_account": seller}
    assert client.v1.payouts.cancel(payout(seller).id, {}, there).status == "canceled"
    assert on_hand(client, seller) == {"eur": 1050}
    gone = payout(seller)
    control("POST", "/clock", {"advance_seconds": 15})

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payouts.cancel(gone.id, {}, there)


FAILING = [row for row in banks.TABLE if row.failure is not None and not row.returns]


@pytest.mark.parametrize("bank", FAILING, ids=lambda row: row.slug)
def test_a_bank_account_that_takes_no_payouts(client, control, seller, transfer, payout, bank):
    """The bank's code comes with the payout, and the money is back on the account."""
    number = {"object": "bank_account", "account_number": bank.number, "country": "DE", "currency": "eur"}
    client.v1.accounts.update(seller, {"external_account": number})
    transfer(seller)
    sent = payout(seller)
    control("POST", "/clock", {"advance_seconds": 60})

    found = client.v1.payouts.retrieve(sent.id, {}, {"stripe_account": seller})

    assert (found.status, found.failure_code) == ("failed", bank.failure.code)
    assert on_hand(client, seller) == {"eur": 1050}
    assert client.v1.accounts.retrieve(seller).external_accounts.data[0].last4 == bank.number[-4:]


@pytest.mark.parametrize(
    ("card", "states"),
    [
        ("4000990000001903", ["failed", "failed", "failed"]),
        ("4000990000002000", ["in_transit", "paid", "failed"]),
    ],
)
def test_the_two_cards_that_decide_over_a_payout(
    client, control, seller, transfer, payout, new_session, pay, card, states
):
    """The next payout of the seller that the session names fails, or comes back; the one after it arrives. Another
    seller's is not touched."""
    pay(new_session(metadata={"payment": "pay_1", "sellers": "sel_bao,sel_ada"}), card)
    other = client.v1.accounts.create({"country": "DE", "email": "c+verified@example.org"}).id
    for account in (other, seller, seller):
        transfer(account, 500)
    unharmed, marked, after = payout(other, 500), payout(seller, 500), payout(seller, 500)

    seen = []
    for seconds in (60, 2 * DAY, 2 * DAY):
        control("POST", "/clock", {"advance_seconds": seconds})
        seen.append(client.v1.payouts.retrieve(marked.id, {}, {"stripe_account": seller}).status)

    assert seen == states
    assert client.v1.payouts.retrieve(unharmed.id, {}, {"stripe_account": other}).status == "paid"
    assert client.v1.payouts.retrieve(after.id, {}, {"stripe_account": seller}).status == "paid"


def test_the_journal_names_our_payout_and_where_the_money_went(client, control, seller, transfer, payout):
    """Transfer, payout, its failure, reversal: amounts positive, with reference and destination."""
    made = transfer(seller, key="po_1:transfer")
    sent = payout(seller)
    control("POST", "/payouts", {"payout": sent.id, "action": "fail", "code": "no_account"})
    client.v1.transfers.reversals.create(made.id, {}, {"idempotency_key": "po_1:reversal"})

    entries = [entry for entry in control("GET", "/journal")["entries"] if entry["kind"] != "topup"]

    bank = client.v1.payouts.retrieve(sent.id, {}, {"stripe_account": seller}).destination
    assert [(e["kind"], e["account"], e["amount"], e["reference"], e["destination"]) for e in entries] == [
        ("transfer", "platform", 1050, "po_1", seller),
        ("payout", seller, 1050, "po_1", bank),
        ("payout_failure", seller, 1050, "po_1", bank),
        ("reversal", "platform", 1050, "po_1", seller),
    ]
    assert [e["idempotency_key"] for e in entries if e["kind"] in ("transfer", "reversal")] == [
        "po_1:transfer",
        "po_1:reversal",
    ]
    assert on_hand(client) == {"eur": 10_000, "jpy": 10_000, "kwd": 100_000}


def test_an_account_that_is_not_verified_is_sent_nothing(client, control, seller, transfer, payout):
    """No transfer before the checks are passed; no payout once the account is rejected."""
    fresh = client.v1.accounts.create({"country": "DE", "email": "new@example.org"}).id
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(fresh)
    assert refused.value.code == "insufficient_capabilities_for_transfer"

    transfer(seller)
    control("POST", "/accounts", {"account": seller, "action": "reject"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payout(seller)
    assert refused.value.code == "payouts_not_allowed"


def test_one_accounts_objects_are_hidden_from_another(client, seller, transfer, payout):
    """A payout is found on its own account alone; an account that does not exist is forbidden."""
    transfer(seller)
    sent = payout(seller)
    other = client.v1.accounts.create({"country": "DE"}).id

    for options in ({}, {"stripe_account": other}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payouts.retrieve(sent.id, {}, options)
        assert list(client.v1.payouts.list({}, options).data) == []
    with pytest.raises(stripe.PermissionError):
        client.v1.balance.retrieve({}, {"stripe_account": "acct_unknown"})


def test_a_seller_onboards_on_the_hosted_page(client, shop):
    """The form hands in a bank account; the account is verified, told of, and the link is spent."""
    account = client.v1.accounts.create({"country": "DE", "email": "new@example.org"})
    assert account.requirements.disabled_reason == "requirements.past_due"
    link = client.v1.account_links.create(
        {
            "account": account.id,
            "refresh_url": "http://localhost:1/again",
            "return_url": "http://localhost:1/done",
            "type": "account_onboarding",
        }
    )
    page = requests.get(link.url, timeout=30)
    assert "form-action 'self' http://localhost:1" in page.headers["Content-Security-Policy"]
    number = re.search(r'name="iban"[^>]*value="(\w+)"', page.text)[1]

    answer = requests.post(
        link.url, data={"iban": number, "outcome": "verify"}, allow_redirects=False, timeout=30
    )

    assert answer.headers["Location"] == "http://localhost:1/done"
    assert client.v1.accounts.retrieve(account.id).payouts_enabled is True
    assert shop.wait_for(1) == ["account.updated"]
    assert shop.received[0].event["account"] == account.id
    spent = requests.get(link.url, allow_redirects=False, timeout=30)
    assert spent.headers["Location"] == "http://localhost:1/again"


def test_a_file_of_an_older_version_is_opened(tmp_path):
    """Its balance transactions know of no accounts: they are the platform's."""
    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as old:
        old.execute(
            "create table balance_transactions (seq integer primary key autoincrement, id text not null unique, "
            "created integer not null, source, type, currency, available_on, net, body text not null, private text)"
        )
        old.execute("insert into balance_transactions (id, created, body) values ('txn_1', 1, '{}')")
    store = Store(path)

    with store.transaction() as tx:
        assert tx.account_of("balance_transaction", "txn_1") == ""
    store.close()


def test_faults_and_cursors_work_on_the_new_addresses(client, control, seller, transfer, mock):
    """A 503 with Retry-After before a transfer; pages of one of three transfers."""
    control("POST", "/faults", {"path": "/v1/transfers", "kind": "status", "status": 503, "times": 1})
    answer = requests.post(
        f"{mock.base}/v1/transfers", headers={"Authorization": f"Bearer {API_KEY}"}, timeout=30
    )
    assert answer.status_code == 503
    made = [transfer(seller, 100).id for _ in range(3)]

    listed = [
        item.id for item in client.v1.transfers.list({"limit": 1, "destination": seller}).auto_paging_iter()
    ]

    assert listed == made[::-1]
