"""A top-up that somebody gives back in the PSP's dashboard: the wallet gives what is still there of it, what was spent is
the platform's, and a person hears how much."""

from __future__ import annotations

import pytest

from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.refunds.refund import read_refund
from checkout.refunds.unapplied import give_back_unapplied
from tests.refunds.conftest import EVENT, Desk
from tests.refunds.fake_psp import RefundingPsp
from tests.wallets.conftest import customer, granted, stands, wallet
from tests.wallets.test_top_up import top_up


@pytest.fixture
def psp():
    return RefundingPsp()


@pytest.fixture
def desk(db, shop, psp):
    return Desk(db, shop, psp)


@pytest.fixture
def jo(db, shop):
    return customer(db, shop.storefront_id, "jo@example.org")


def topped_up(desk, jo, amount):
    payment = desk.shop.view(top_up(desk.shop, jo, amount))
    desk.shop.hears(desk.psp.captured(payment.psp_session_id))
    desk.psp.back.took(f"pi_{payment.psp_session_id}", amount)
    return desk.shop.view(payment.id)


def test_the_wallet_gives_what_is_there(db, desk, jo):
    """30.00 EUR go back: they are not there to be spent as well; promotional credit is left alone; once, however often
    we hear of it."""
    payment = topped_up(desk, jo, Money(3000, "EUR"))
    granted(jo, Money(500, "EUR"))
    made = desk.dashboard(payment, 3000)
    desk.hears(made)
    desk.hears(made)

    assert wallet(db) == [("EUR", 500, 0, 500)]
    assert stands(db) == {"customer_wallet": -500, "promotions": 500}
    assert "refund_beyond_left" not in desk.alerts()


@pytest.mark.parametrize(("currency", "spent", "left"), [("JPY", 2345, 655), ("KWD", 2350, 650)])
def test_what_was_spent_is_the_platforms_loss(db, desk, jo, currency, spent, left):
    """Most is spent: the rest is taken from the wallet, and the alert names what the platform bears."""
    payment = topped_up(desk, jo, Money(3000, currency))
    desk.shop.start(desk.shop.command((spent,), currency, wallet_amount=Money(spent, currency)))
    desk.hears(desk.dashboard(payment, 3000))

    assert wallet(db) == [(currency, 0, 0, 0)]
    assert stands(db) == {"seller_losses": spent, "seller_pending": -spent}
    alerts = db.rows("SELECT amount_minor FROM alerts WHERE code = 'refund_beyond_left'")
    assert alerts == [{"amount_minor": spent}]


def test_a_refund_that_bounces_is_store_credit_again(db, desk, jo):
    """10.00 of 30.00 were spent, 30.00 were given back, and the bank did not take them: 20.00 are the wallet's again, the
    loss is none."""
    payment = topped_up(desk, jo, Money(3000, "EUR"))
    desk.shop.start(desk.shop.command((1000,), "EUR", wallet_amount=Money(1000, "EUR")))
    made = desk.dashboard(payment, 3000)
    desk.hears(made)
    desk.hears(desk.psp.back.bounce(made.id))

    assert wallet(db) == [("EUR", 2000, 0, 0)]
    assert stands(db) == {"customer_wallet": -2000, "psp_balance": 3000, "seller_pending": -1000}


def test_a_top_up_that_was_paid_twice_or_late_goes_back_and_is_no_credit(db, desk, jo):
    """The second 30.00 are nobody's and go back to their own charge; given back by hand as well, the wallet's 30.00 are
    left alone."""
    payment = topped_up(desk, jo, Money(3000, "EUR"))
    desk.shop.hears(desk.psp.captured(payment.psp_session_id, id="ch_second"), event="evt_2")
    with atomic() as session:
        (id,) = give_back_unapplied(session, payment.id, psp=desk.psp, cause=EVENT)

    refund = read_refund(id)
    assert (refund.amount, refund.psp_charge_id) == (Money(3000, "EUR"), "ch_second")
    assert wallet(db) == [("EUR", 3000, 0, 0)]
    assert stands(db) == {"customer_wallet": -3000, "psp_balance": 6000, "refund_in_transit": -3000}

    by_hand = desk.psp.back.refund_elsewhere(f"pi_{payment.psp_session_id}", Money(3000, "EUR"), "ch_second")
    desk.hears(by_hand)
    assert wallet(db) == [("EUR", 3000, 0, 0)]
    assert stands(db)["seller_losses"] == 3000
