"""A bank takes back what store credit was bought with: the wallet gives what is still there of it, what was spent the
platform bears, and a person hears how much."""

from __future__ import annotations

from uuid import UUID

import pytest

from checkout.core.money import Money
from checkout.ledger.verify import verify_ledger
from checkout.payments.views import PaymentView
from checkout.wallets.errors import WalletTooSmall
from tests.concurrency import at_once
from tests.disputes.conftest import EVENT, Bank
from tests.wallets.conftest import customer, granted, stands, wallet
from tests.wallets.test_top_up import top_up


@pytest.fixture
def jo(db, shop) -> UUID:
    """Somebody who buys store credit."""
    return customer(db, shop.storefront_id, "jo@example.org")


def topped_up(bank: Bank, jo: UUID, amount: Money) -> PaymentView:
    payment = bank.shop.view(top_up(bank.shop, jo, amount))
    bank.shop.hears(bank.psp.captured(payment.psp_session_id))
    return bank.shop.view(payment.id)


def checks_out(bank: Bank, amounts, currency, from_wallet):
    """A checkout that holds so much of the wallet; paid, where it is all of it."""
    command = bank.shop.command(amounts, currency, wallet_amount=Money(from_wallet, currency))
    return bank.shop.view(bank.shop.start(command))


def alerts(bank):
    return bank.db.rows("SELECT amount_minor, detail FROM alerts WHERE code = 'dispute_beyond_orders'")


def test_what_is_still_there_goes_and_what_is_won_comes_back(bank, jo):
    """30.00 EUR were bought and the bank takes them: the wallet is empty, nobody bears anything; won, they are there
    again."""
    payment = topped_up(bank, jo, Money(3000, "EUR"))
    granted(jo, Money(500, "EUR"))
    dispute = bank.told(payment, fee_minor=0)

    assert wallet(bank.db) == [("EUR", 500, 0, 500)]
    assert stands(bank.db) == {"customer_wallet": -500, "promotions": 500}
    assert alerts(bank) == []

    bank.psp.decide(dispute.id, "won")
    bank.tells(bank.psp.reinstate(dispute.id), "funds_reinstated")
    assert wallet(bank.db) == [("EUR", 3500, 0, 500)]
    assert stands(bank.db) == {"customer_wallet": -3500, "promotions": 500, "psp_balance": 3000}


@pytest.mark.parametrize(
    ("currency", "bought", "spent", "left"), [("JPY", 3000, 2345, 655), ("KWD", 3000, 2350, 650)]
)
def test_what_was_spent_the_platform_bears_and_a_person_hears_of_it(bank, jo, currency, bought, spent, left):
    """Most of it is spent: the rest is taken, of the loss the alert names the amount; a second reading takes nothing."""
    payment = topped_up(bank, jo, Money(bought, currency))
    assert checks_out(bank, (spent,), currency, spent).status == "succeeded"
    dispute = bank.told(payment, fee_minor=0)
    bank.tells(bank.psp.decide(dispute.id, "lost"), "closed")

    assert wallet(bank.db) == [(currency, 0, 0, 0)]
    assert stands(bank.db) == {"seller_losses": spent, "seller_pending": -spent}
    (alert,) = alerts(bank)
    assert str(Money(spent, currency)) in alert["detail"]
    assert dict(bank.entries())["dispute_withdrawn"] == {
        "customer_wallet": left,
        "seller_losses": spent,
        "psp_balance": -bought,
    }


def test_what_comes_back_pays_for_the_loss_first(bank, jo):
    """Of 30.00 10.00 were spent; the bank gives 30.00 back: 10.00 are the platform's, 20.00 the wallet's again."""
    payment = topped_up(bank, jo, Money(3000, "EUR"))
    checks_out(bank, (1000,), "EUR", 1000)
    dispute = bank.told(payment, fee_minor=0)
    bank.psp.decide(dispute.id, "won")
    bank.tells(bank.psp.reinstate(dispute.id), "funds_reinstated")

    assert wallet(bank.db) == [("EUR", 2000, 0, 0)]
    assert stands(bank.db) == {"customer_wallet": -2000, "psp_balance": 3000, "seller_pending": -1000}


def test_a_late_top_up_that_is_disputed_is_taken_from_where_it_waits(bank, jo):
    """It came after the end and is nobody's: the wallet, which has other credit, is left alone."""
    from checkout.payments.cancel import cancel_payment

    topped_up(bank, jo, Money(700, "EUR"))
    late = bank.shop.view(top_up(bank.shop, jo, Money(3000, "EUR")))
    cancel_payment(late.id, cause=EVENT)
    bank.shop.hears(bank.psp.captured(late.psp_session_id))
    bank.told(bank.shop.view(late.id), fee_minor=0)

    assert wallet(bank.db) == [("EUR", 700, 0, 0)]
    assert stands(bank.db) == {"customer_wallet": -700, "psp_balance": 700}


def test_a_dispute_and_checkouts_at_once_never_spend_it_twice(bank, jo):
    """The bank takes 30.00 while two checkouts want 10.00 each: whoever comes first, nothing is below zero, and what
    the bank found spent is named."""
    payment = topped_up(bank, jo, Money(3000, "EUR"))
    dispute = bank.disputes(payment, fee_minor=0)

    outcomes = at_once(
        *(lambda: checks_out(bank, (1000,), "EUR", 1000).status for _ in range(2)),
        lambda: bank.tells(dispute, "created"),
    )

    spent = 1000 * outcomes.count("succeeded")
    assert {type(each).__name__ for each in outcomes if isinstance(each, Exception)} <= {"WalletTooSmall"}
    assert wallet(bank.db) == [("EUR", 0, 0, 0)]
    balances = bank.balances()
    assert (balances.get("seller_losses", 0), balances.get("customer_wallet", 0)) == (spent, 0)
    assert verify_ledger().differences == ()


def test_control_a_look_without_the_wallets_lock_finds_what_is_gone(bank, jo, monkeypatch):
    """A checkout between the look and the taking: only the counter's guard stands in the way, and nothing is booked."""
    payment = topped_up(bank, jo, Money(3000, "EUR"))
    dispute = bank.disputes(payment, fee_minor=0)

    def look_unlocked(session, shopper_id, currency):
        assert at_once(lambda: checks_out(bank, (1000,), "EUR", 1000).status) == ["succeeded"]
        return Money(3000, currency)

    monkeypatch.setattr("checkout.disputes.whose.lock_free", look_unlocked)
    with pytest.raises(WalletTooSmall):
        bank.tells(dispute, "created")

    assert wallet(bank.db) == [("EUR", 2000, 0, 0)]
    assert "seller_losses" not in bank.balances()
