"""Payments that store credit paid a part of, to their end: each part goes back the way it came."""

from __future__ import annotations

import pytest

from checkout.core.errors import DomainError
from checkout.core.money import Money
from checkout.payments.errors import InvalidPaymentState
from checkout.refunds.refund import read_refund
from tests.concurrency import at_once
from tests.refunds.test_races import cancels
from tests.refunds.test_unapplied import gives_back
from tests.wallets.conftest import granted, jo, put_in, wallet
from tests.wallets.test_top_up import top_up

__all__ = ["jo"]


def test_s5_dinars_from_card_and_wallet_one_order_canceled(desk, jo):
    """3.000 KWD put in; 12.345 paid with 2.345 of them; the order of 5.345 is canceled: 4.330 to the card, 1.015 back
    to the wallet, at once."""
    filled = desk.shop.view(top_up(desk.shop, jo, Money(3000, "KWD")))
    desk.shop.hears(desk.psp.captured(filled.psp_session_id))
    command = desk.shop.command((7000, 5345), "KWD", wallet_amount=Money(2345, "KWD"))
    payment = desk.shop.view(desk.shop.start(command))
    desk.shop.hears(desk.psp.captured(payment.psp_session_id), event="evt_2")
    desk.psp.back.took(f"pi_{payment.psp_session_id}", Money(10000, "KWD"))

    refund = read_refund(cancels(desk, payment.orders[1].id))
    assert wallet(desk.db) == [("KWD", 1670, 0, 0)]
    desk.sends(refund)

    assert desk.entries() == [
        ("wallet_topped_up", {"psp_balance": 3000, "customer_wallet": -3000}),
        ("wallet_held", {"customer_wallet": 2345, "customer_wallet_held": -2345}),
        (
            "payment_captured",
            {
                "psp_balance": 10000,
                "customer_wallet_held": 2345,
                "seller_pending:A": -7000,
                "seller_pending:B": -5345,
            },
        ),
        (
            "refund_requested",
            {"seller_pending:B": 5345, "refund_in_transit": -4330, "customer_wallet": -1015},
        ),
        ("refund_sent", {"refund_in_transit": 4330, "psp_balance": -4330}),
    ]
    assert desk.balances() == {"psp_balance": 8670, "customer_wallet": -1670, "seller_pending:A": -7000}


def test_s9_yen_paid_after_the_cancel_with_store_credit(desk, jo):
    """490 granted and held, free again with the cancel; the card's 2 000 come late and go back to the card alone."""
    granted(jo, Money(490, "JPY"))
    command = desk.shop.command((1500, 990), "JPY", wallet_amount=Money(490, "JPY"))
    payment = desk.shop.view(desk.shop.start(command))
    session = payment.psp_session_id
    desk.shop.hears(desk.psp.news(session, "ended"), desk.psp.becomes(session, "canceled"))
    desk.shop.hears(desk.psp.captured(session), event="evt_2")
    gives_back(desk, payment)

    assert [kind for kind, _ in desk.entries("psp_fee")] == [
        "wallet_credited",
        "wallet_held",
        "wallet_hold_released",
        "payment_unapplied",
        "refund_requested",
        "refund_sent",
    ]
    assert desk.balances() == {"promotions": 490, "customer_wallet": -490}


def test_what_the_wallet_paid_alone_goes_back_to_it(desk, jo):
    """24.90 from the wallet: the refund is there at once, and the PSP is not asked."""
    put_in(jo, Money(2490, "EUR"))
    payment = desk.shop.view(desk.shop.start(desk.shop.command(wallet_amount=Money(2490, "EUR"))))

    refund = desk.asks(payment)

    assert (refund.status, wallet(desk.db)) == ("succeeded", [("EUR", 2490, 0, 0)])
    assert desk.balances() == {"psp_balance": 2490, "customer_wallet": -2490}


def test_a_refund_into_the_wallet_beside_a_checkout_from_it(desk, jo):
    """10.00 there, 14.90 come back while 12.00 are wanted: the checkout has them or is told; nothing is lost."""
    put_in(jo, Money(2490, "EUR"))
    paid = desk.shop.view(
        desk.shop.start(desk.shop.command(wallet_amount=Money(1490, "EUR"), metadata={"n": "1"}))
    )
    desk.shop.hears(desk.psp.captured(paid.psp_session_id))
    desk.psp.back.took(f"pi_{paid.psp_session_id}", Money(1000, "EUR"))

    refund, checkout = at_once(
        lambda: desk.asks(paid, 1490, destination="wallet"),
        lambda: desk.shop.start(desk.shop.command(wallet_amount=Money(1200, "EUR"), metadata={"n": "2"})),
    )

    assert refund.status == "succeeded"
    held = 0 if isinstance(checkout, DomainError) else 1200
    assert wallet(desk.db) == [("EUR", 2490 - held, held, 0)]
    desk.balances()


def test_a_top_up_has_no_order_to_refund(desk, jo):
    """Its money is store credit: it goes back with what it paid for. A clear refusal, never a fault."""
    filled = desk.shop.view(top_up(desk.shop, jo, Money(3000, "KWD")))
    desk.shop.hears(desk.psp.captured(filled.psp_session_id))

    with pytest.raises((DomainError, InvalidPaymentState)):
        desk.asks(filled)
