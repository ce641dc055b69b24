"""The design's scenarios of refunds, posting by posting, in minor units."""

from __future__ import annotations

import pytest

from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal
from checkout.ledger.payout_recipes import payout_created, payout_paid, payout_transferred
from checkout.refunds.commands import OfOrder
from tests.refunds.conftest import EVENT, OF_THE_PAYMENT
from tests.wallets.conftest import put_in


@pytest.fixture
def terms(db):
    """Sets what an order's fees are: they were frozen when its payment was created."""

    def freeze(payment, position=0, *, commission, logistics=0, tax=0):
        db.rows(
            """
            UPDATE orders SET commission_minor = %(c)s, logistics_fee_minor = %(l)s, tax_amount_minor = %(t)s,
                   tax_collected_by = 'platform' WHERE payment_id = %(id)s AND position = %(n)s
            """,
            c=commission,
            l=logistics,
            t=tax,
            id=payment.id,
            n=position,
        )

    return freeze


def paid_out(seller, minor, currency="EUR"):
    """All that is available goes to the seller's bank, by the recipes of payouts."""
    id, amount = new_uuid(), Money(minor, currency)
    ours = {"payout_id": id, "seller_id": seller, "amount": amount}
    with atomic() as session:
        journal.post(session, payout_created(**ours), cause=EVENT)
        journal.post(session, payout_transferred(**ours, psp="stripe", number="txn_po"), cause=EVENT)
        journal.post(session, payout_paid(**ours), cause=EVENT)


def test_s2_a_part_is_refunded_before_the_release(desk, terms):
    """15.00 with commission 1.50 and logistics 3.00; 5.00 go back; 6.00 are the seller's at the release."""
    payment = desk.paid(1500)
    terms(payment, commission=150, logistics=300)
    desk.refunds(payment, 500)
    desk.released(payment)
    assert desk.entries(*OF_THE_PAYMENT) == [
        ("refund_requested", {"seller_pending:A": 500, "refund_in_transit": -500}),
        ("refund_sent", {"refund_in_transit": 500, "psp_balance": -500}),
        (
            "order_released",
            {
                "seller_pending:A": 1000,
                "commission_revenue": -100,
                "logistics_revenue": -300,
                "seller_available:A": -600,
            },
        ),
    ]
    assert desk.balances()["psp_balance"] == 1000


def test_s3_refunds_after_the_payout_give_back_the_commission_exactly(desk, terms):
    """1.80 on 15.00; refunds of 1.00, 7.00 and 7.00, the logistics fee given back with the last: the seller owes 10.20."""
    payment = desk.paid(1500)
    terms(payment, commission=180, logistics=300)
    desk.released(payment)
    paid_out(desk.shop.ada, 1020)
    for amount, with_logistics in ((100, False), (700, False), (700, True)):
        desk.refunds(payment, amount, return_logistics=with_logistics)
    asked = [legs for kind, legs in desk.entries() if kind == "refund_requested"]
    assert asked == [
        {"seller_available:A": 88, "commission_revenue": 12, "refund_in_transit": -100},
        {"seller_available:A": 616, "commission_revenue": 84, "refund_in_transit": -700},
        {
            "seller_available:A": 316,
            "commission_revenue": 84,
            "logistics_revenue": 300,
            "refund_in_transit": -700,
        },
    ]
    assert desk.balances() == {"psp_balance": -1020, "seller_available:A": 1020}
    assert desk.events("seller.") == ["seller.balance_negative"]


def test_s4_yen_refunds_after_the_release(desk, terms):
    """1 000 with 33 of commission: 333 + 333 + 333 + 1 give back 11, 11, 11 and 0."""
    payment = desk.paid(1000, currency="JPY")
    terms(payment, commission=33)
    desk.released(payment)
    for amount in (333, 333, 333, 1):
        desk.refunds(payment, amount)
    asked = [legs for kind, legs in desk.entries() if kind == "refund_requested"]
    assert [legs.get("commission_revenue", 0) for legs in asked] == [11, 11, 11, 0]
    assert [legs["seller_available:A"] for legs in asked] == [322, 322, 322, 1]
    assert desk.balances() == {}


def test_s5_the_card_first_and_the_rest_to_the_wallet(desk, db, terms):
    """Dinar 12.345 of which the wallet paid 2.345: order B's 5.345 go back as 4.330 to the card, 1.015 to the wallet."""
    put_in(desk.shop.started((990,)).shopper_id, Money(3000, "KWD"))
    payment = desk.paid(7000, 5345, currency="KWD", wallet_amount=Money(2345, "KWD"))
    refund = desk.refunds(payment, orders=(OfOrder(payment.orders[1].id),))
    assert (refund.card.amount_minor, refund.wallet.amount_minor) == (4330, 1015)
    (asked,) = [legs for kind, legs in desk.entries() if kind == "refund_requested"]
    assert asked == {"seller_pending:B": 5345, "customer_wallet": -1015, "refund_in_transit": -4330}
    assert desk.order(payment.orders[1].id)["to_wallet"] == 1015
    assert db.value("SELECT free_minor FROM wallets") == 655 + 1015


def test_s8_a_refund_fails_after_the_release(desk, terms):
    """5.00 had gone back before the release; the bank returns them after it: the platform earns its part again."""
    payment = desk.paid(1500)
    terms(payment, commission=150, logistics=300)
    refund = desk.refunds(payment, 500)
    desk.released(payment)
    desk.hears(desk.psp.back.bounce(refund.public_id))
    assert desk.entries()[-2:] == [
        ("refund_bounced", {"psp_balance": 500, "refund_in_transit": -500}),
        ("refund_failed", {"refund_in_transit": 500, "commission_revenue": -50, "seller_available:A": -450}),
    ]
    assert desk.balances() == {
        "psp_balance": 1500,
        "commission_revenue": -150,
        "logistics_revenue": -300,
        "seller_available:A": -1050,
    }
    assert (desk.status(refund), desk.refunded(payment)) == ("failed", 0)
    assert desk.alerts() == ["refund_failed"]


def test_s12_what_was_refunded_is_not_the_sellers_to_lose_again(desk, terms):
    """15.00 of a direct debit go back in full: the order is closed, and nothing of it can be refunded twice."""
    payment = desk.paid(1500)
    refund = desk.refunds(payment)
    assert (desk.status(refund), desk.order(payment.orders[0].id)["status"]) == ("succeeded", "closed")
    assert desk.balances() == {}
