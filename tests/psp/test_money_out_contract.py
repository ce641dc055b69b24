"""What every adapter must do with sellers' accounts and money on its way out, over the wire to the mock PSP."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from checkout.core.clock import utcnow
from checkout.core.ids import new
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.mockpsp.server import running_mock
from checkout.psp import (
    AccountNews,
    BankPayoutNews,
    CallInsideTransaction,
    CreateBankPayout,
    CreateConnectedAccount,
    CreateTransfer,
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    ReverseTransfer,
    SetBankAccount,
    TransferNews,
    UnreadableEvent,
)
from tests.psp.conftest import MockPsp, adapter_at
from tests.psp.deliveries import event

EUR_1050 = Money(1050, "EUR")


def account_request(**fields):
    seller = new("sel")
    made = CreateConnectedAccount(
        reference=seller,
        idempotency_key=f"{seller}:account",
        country="DE",
        business_name="Ada's Pottery",
        email="ada+verified@example.org",
        default_currency="EUR",
    )
    return replace(made, **fields)


def transfer_to(account_id, amount=EUR_1050):
    payout = new("po")
    return CreateTransfer(
        reference=payout, idempotency_key=f"{payout}:transfer", amount=amount, destination=account_id
    )


def payout_of(transfer, **fields):
    made = CreateBankPayout(
        reference=transfer.reference,
        idempotency_key=f"{transfer.reference}:payout",
        amount=transfer.amount,
        account=transfer.destination,
    )
    return replace(made, **fields)


@pytest.fixture
def seller(mock):
    """A verified account, and funds of the platform."""
    for currency in ("eur", "jpy", "kwd", "isk", "huf"):
        mock.control("POST", "topup", {"amount": 1_000_000, "currency": currency})
    return mock.adapter.create_connected_account(account_request()).id


def test_a_sellers_account_is_opened_read_and_found(mock):
    """It names our seller, and money can be sent to it once the PSP has verified it."""
    request, since = account_request(), utcnow()

    opened = mock.adapter.create_connected_account(request)

    assert opened.reference == request.reference
    assert (opened.country, opened.default_currency) == ("DE", "EUR")
    assert (opened.payouts_enabled, opened.transfers_enabled, opened.details_submitted) == (True, True, True)
    assert mock.adapter.fetch_connected_account(opened.id) == opened
    assert mock.adapter.find_connected_account(request.reference, since) == opened
    assert mock.adapter.find_connected_account(new("sel"), since) is None


def test_the_same_key_opens_one_account_and_another_request_leaves_it_unknown(mock):
    request = account_request()
    first = mock.adapter.create_connected_account(request)

    assert mock.adapter.create_connected_account(request).id == first.id
    with pytest.raises(OutcomeUnknown):
        mock.adapter.create_connected_account(replace(request, country="FR"))


def test_an_account_without_details_says_what_is_wanted(mock):
    """Nothing is enabled, and the link leads to the PSP's page."""
    opened = mock.adapter.create_connected_account(account_request(email="new@example.org"))

    assert not opened.payouts_enabled
    assert "external_account" in opened.requirements.currently_due
    link = mock.adapter.create_account_link(
        opened.id,
        refresh_url="https://shop.example/a",
        return_url="https://shop.example/b",
        idempotency_key=new("sel"),
    )
    assert link.url.startswith(f"{mock.running.base}/connect/")
    assert link.expires_at > utcnow()


def test_a_bank_account_is_set_and_shown_by_its_last_digits(mock, seller):
    request = SetBankAccount(
        idempotency_key=new("sel"),
        country="DE",
        currency="EUR",
        number="DE62370400440532013001",
        holder_name="Ada",
    )

    (bank,) = mock.adapter.set_bank_account(seller, request).bank_accounts

    assert (bank.currency, bank.country, bank.last4) == ("EUR", "DE", "3001")
    assert "DE62370400440532013001" not in repr(request)


@pytest.mark.parametrize(
    ("amount", "on_the_wire"),
    [
        (Money(1050, "EUR"), "1050"),
        (Money(1050, "JPY"), "1050"),
        (Money(6490, "KWD"), "6490"),
        (Money(900, "ISK"), "90000"),
        (Money(10_000, "HUF"), "10000"),
    ],
)
def test_an_amount_comes_back_as_it_was_sent(mock, seller, amount, on_the_wire):
    """10.50 EUR, 1050 JPY, 6.490 KWD, 900 ISK (two decimals at Stripe): transferred and paid out as asked."""
    request = transfer_to(seller, amount)
    assert mock.adapter.wire_of(request)["amount"] == on_the_wire

    made = mock.adapter.create_transfer(request)
    sent = mock.adapter.create_payout(payout_of(request))

    assert (made.reference, made.amount, made.destination) == (request.reference, amount, seller)
    assert (sent.reference, sent.amount, sent.account) == (request.reference, amount, seller)
    assert made.balance_transaction


@pytest.mark.parametrize(
    "amount", [Money(6492, "KWD"), Money(150, "HUF"), Money(150, "TWD"), Money(50, "MGA"), Money(0, "EUR")]
)
def test_an_amount_off_the_step_is_never_sent(mock, seller, amount):
    """KWD ends in 0, HUF and TWD are whole units, MGA has no decimals at Stripe; the capabilities say the same."""
    before = len(mock.exchanges)

    with pytest.raises(InvalidRequest):
        mock.adapter.create_transfer(transfer_to(seller, amount))

    assert len(mock.exchanges) == before
    step = mock.adapter.capabilities.currencies[amount.currency].payout_step_minor
    assert amount.amount_minor % step or not amount


def test_what_was_stored_is_what_is_sent(mock, seller):
    """The stored parameters go out unchanged, in whatever order they come back from the database."""
    request = transfer_to(seller)
    wire = dict(sorted(mock.adapter.wire_of(request).items(), reverse=True))

    first = mock.adapter.create_transfer(replace(request, wire=wire))

    assert mock.adapter.create_transfer(request).id == first.id


def test_a_lost_answer_is_unknown_and_the_same_key_brings_the_one_transfer(mock, seller):
    """Executed, answer lost; the next attempt finds it. Other parameters under the key leave it unknown."""
    request = transfer_to(seller)
    mock.control(
        "POST", "faults", {"path": "/v1/transfers", "method": "POST", "kind": "drop_response", "times": 2}
    )
    with pytest.raises(OutcomeUnknown):
        mock.adapter.create_transfer(request)

    made = mock.adapter.create_transfer(request)

    assert mock.adapter.find_transfer(request.reference) == made
    with pytest.raises(OutcomeUnknown):
        mock.adapter.create_transfer(replace(request, amount=Money(1060, "EUR")))


def test_a_payout_whose_answer_is_lost_is_found_on_its_account(mock, seller):
    """Looked up by our reference; another account has none."""
    request, since = transfer_to(seller), utcnow()
    mock.adapter.create_transfer(request)
    mock.control(
        "POST", "faults", {"path": "/v1/payouts", "method": "POST", "kind": "drop_response", "times": 2}
    )
    with pytest.raises(OutcomeUnknown):
        mock.adapter.create_payout(payout_of(request))

    found = mock.adapter.find_payout(request.reference, account=seller, created_after=since)

    assert found == mock.adapter.create_payout(payout_of(request))
    other = mock.adapter.create_connected_account(account_request()).id
    assert mock.adapter.find_payout(request.reference, account=other, created_after=since) is None


def test_a_key_that_the_psp_forgot_is_no_reason_to_send_again(tmp_path):
    """25 hours later: the look-up by our reference finds the transfer and the payout."""
    with running_mock(Path(tmp_path) / "mock.sqlite3") as running:
        mock = MockPsp(running, adapter_at(running.base))
        mock.control("POST", "topup", {"amount": 10_000, "currency": "eur"})
        account = mock.adapter.create_connected_account(account_request()).id
        request, since = transfer_to(account), utcnow()
        made, sent = mock.adapter.create_transfer(request), mock.adapter.create_payout(payout_of(request))
        mock.control("POST", "clock", {"advance_seconds": 25 * 3600})

        assert mock.adapter.find_transfer(request.reference) == made
        found = mock.adapter.find_payout(request.reference, account=account, created_after=since)
        assert found is not None
        assert (found.id, found.status) == (sent.id, "in_transit")
        again = mock.adapter.create_transfer(request)  # the control: the key alone protects no longer
        assert again.id != made.id
        with pytest.raises(OutcomeUnknown):
            mock.adapter.find_transfer(request.reference)


def test_what_is_not_covered_is_a_refusal_that_its_key_keeps(mock, seller):
    """More than the platform has; more than the account has; more back than the account holds."""
    request = transfer_to(seller, Money(90_000_000, "EUR"))
    for _ in range(2):
        with pytest.raises(InsufficientFunds):
            mock.adapter.create_transfer(request)
    small = transfer_to(seller, Money(100, "EUR"))
    mock.adapter.create_transfer(small)

    with pytest.raises(InsufficientFunds):
        mock.adapter.create_payout(payout_of(small, amount=Money(90_000_000, "EUR")))


def test_a_transfer_is_taken_back_in_parts(mock):
    """3.00 and 7.50 of 10.50: listed newest first, the transfer shows the sum."""
    mock.control("POST", "topup", {"amount": 2_000, "currency": "eur"})
    request = transfer_to(mock.adapter.create_connected_account(account_request()).id)
    made = mock.adapter.create_transfer(request)
    for part in (300, 750):
        back = mock.adapter.reverse_transfer(
            ReverseTransfer(request.reference, f"{request.reference}:{part}", made.id, Money(part, "EUR"))
        )
        assert (back.transfer_id, back.reference) == (made.id, request.reference)

    listed = mock.adapter.list_transfer_reversals(made.id)

    assert [item.amount for item in listed] == [Money(750, "EUR"), Money(300, "EUR")]
    assert mock.adapter.fetch_transfer(made.id).amount_reversed == EUR_1050
    assert mock.adapter.fetch_connected_balance(request.destination).available == (Money(0, "EUR"),)


def test_a_payout_is_called_back_while_it_is_pending_and_later_says_how_it_stands(mock, seller):
    request = transfer_to(seller)
    mock.adapter.create_transfer(request)
    sent = mock.adapter.create_payout(payout_of(request, method="instant"))
    assert (sent.status, sent.method, sent.automatic) == ("pending", "instant", False)

    canceled = mock.adapter.cancel_payout(sent.id, f"{request.reference}:cancel", account=seller)
    again = mock.adapter.cancel_payout(sent.id, f"{request.reference}:cancel:2", account=seller)

    assert (canceled.status, again.status) == ("canceled", "canceled")
    assert canceled.failure_balance_transaction


def test_a_failed_payout_says_why_in_our_words(mock, seller):
    """no_account at the bank; both movements of the account are named and listed."""
    request = transfer_to(seller)
    mock.adapter.create_transfer(request)
    sent = mock.adapter.create_payout(payout_of(request))
    mock.control("POST", "payouts", {"payout": sent.id, "action": "fail", "code": "no_account"})

    failed = mock.adapter.fetch_payout(sent.id, account=seller)

    assert failed.status == "failed"
    assert failed.failure is not None
    assert (failed.failure.code, failed.failure.psp_code) == ("no_account", "no_account")
    hour = timedelta(hours=1)
    listed = {
        item.id: item.net
        for item in mock.adapter.list_balance_transactions(
            created_from=utcnow() - hour, created_before=utcnow() + hour, account=seller
        )
    }
    assert listed[failed.balance_transaction] == Money(-1050, "EUR")
    assert listed[failed.failure_balance_transaction] == EUR_1050


def test_events_are_read_by_kind(mock, seller):
    """account.updated, transfer.reversed, payout.failed: each with its account, object and our reference."""
    request = transfer_to(seller)
    made = mock.adapter.create_transfer(request)
    sent = mock.adapter.create_payout(payout_of(request))
    mock.control("POST", "payouts", {"payout": sent.id, "action": "fail"})
    mock.adapter.reverse_transfer(
        ReverseTransfer(request.reference, f"{request.reference}:reversal", made.id, EUR_1050)
    )
    told = {
        news.__class__.__name__ + payload["type"]: news
        for payload in events_of(mock, seller) + mock.events()
        if (news := mock.adapter.interpret_money_out(payload)) is not None
    }

    verified = told["AccountNewsaccount.updated"]
    assert isinstance(verified, AccountNews)
    assert verified.account.id == seller
    failed = told["BankPayoutNewspayout.failed"]
    assert isinstance(failed, BankPayoutNews)
    assert (failed.payout.account, failed.payout.reference) == (seller, request.reference)
    back = told["TransferNewstransfer.reversed"]
    assert isinstance(back, TransferNews)
    assert back.transfer.amount_reversed == EUR_1050
    assert back.reversals_complete
    assert [item.amount for item in back.reversals] == [EUR_1050]


def events_of(mock, account):
    answer = requests.get(
        f"{mock.running.base}/v1/events?limit=100",
        headers={"Authorization": "Bearer sk_test_mock", "Stripe-Account": account},
        timeout=30,
    )
    return answer.json()["data"][::-1]


def test_an_event_of_something_else_says_nothing_and_a_mangled_one_is_unreadable(mock):
    assert mock.adapter.interpret_money_out(event("charge.succeeded", {"id": "ch_1"})) is None
    with pytest.raises(UnreadableEvent):
        mock.adapter.interpret_money_out(event("payout.paid", {"id": "po_1", "status": "eaten"}))


@pytest.mark.parametrize("kind", ["garbage", "wrong_amount"])
def test_an_answer_that_is_not_what_was_asked_for_is_not_believed(mock, seller, kind):
    mock.control("POST", "faults", {"path": "/v1/transfers", "method": "POST", "kind": kind, "times": 2})

    with pytest.raises(OutcomeUnknown):
        mock.adapter.create_transfer(transfer_to(seller))


def test_a_call_inside_a_transaction_is_refused(mock, db):
    """Money on its way out most of all: the lock would be held for as long as the PSP takes."""
    with atomic(), pytest.raises(CallInsideTransaction):
        mock.adapter.create_transfer(transfer_to("acct_1"))
