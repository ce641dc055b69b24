"""The scenarios of disputes, posting by posting, with literal amounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.ledger import payout_recipes, release_recipes
from checkout.ledger.verify import verify_ledger
from checkout.orders.release import release_due
from checkout.payouts.prove import prove
from tests.disputes.conftest import EVENT, movement
from tests.ledger.conftest import eur, post
from tests.orders.conftest import deliver, in_days, ship


def paid_out(seller, minor):
    """The seller's payout arrives."""
    payout = new_uuid()
    ours = {"payout_id": payout, "seller_id": seller, "amount": eur(minor)}
    post(payout_recipes.payout_created(**ours))
    post(payout_recipes.payout_transferred(**ours, psp="stripe", number=f"txn_{payout}"))
    post(payout_recipes.payout_paid(**ours))


def test_a_won_dispute_before_release_gives_the_orders_their_money_back(bank):
    """24.90 over two orders is withdrawn with a fee of 20.00, the counter fee is 20.00; won: 24.90 and that fee are back,
    and both orders are released as if nothing had been."""
    payment = bank.paid(1500, 990)
    dispute = bank.told(payment, fee_minor=2000)
    bank.psp.disputes[dispute.id] = replace(
        bank.psp.disputes[dispute.id],
        movements=(*bank.psp.disputes[dispute.id].movements, movement("txn_counter", 0, 2000)),
    )
    bank.tells(bank.psp.disputes[dispute.id], "updated")
    bank.psp.decide(dispute.id, "won")
    bank.tells(bank.psp.reinstate(dispute.id, fee_minor=2000), "closed")
    bank.released(payment)

    entries = bank.entries()
    assert [*entries[:4], *sorted(entries[4:], key=lambda entry: "seller_pending:B" in entry[1])] == [
        ("payment_captured", {"psp_balance": 2490, "seller_pending:A": -1500, "seller_pending:B": -990}),
        (
            "dispute_withdrawn",
            {"seller_pending:A": 1500, "seller_pending:B": 990, "dispute_fees": 2000, "psp_balance": -4490},
        ),
        ("dispute_fee", {"dispute_fees": 2000, "psp_balance": -2000}),
        (
            "dispute_reinstated",
            {"psp_balance": 4490, "seller_pending:A": -1500, "seller_pending:B": -990, "dispute_fees": -2000},
        ),
        (
            "order_released",
            {
                "seller_pending:A": 1500,
                "commission_revenue": -150,
                "logistics_revenue": -300,
                "seller_available:A": -1050,
            },
        ),
        ("order_released", {"seller_pending:B": 990, "commission_revenue": -99, "seller_available:B": -891}),
    ]
    assert bank.balances() == {
        "psp_balance": 490,
        "dispute_fees": 2000,
        "commission_revenue": -249,
        "logistics_revenue": -300,
        "seller_available:A": -1050,
        "seller_available:B": -891,
    }
    assert prove().holds


def test_a_dispute_lost_after_the_payout_is_the_sellers_debt_with_its_fee(bank):
    """15.00 were paid out less a reserve of 1.00; the seller bears 15.00 and the fee of 20.00: the reserve is applied,
    34.00 are given up."""
    payment = bank.paid(1500)
    order = payment.orders[0].id
    bank.db.rows("UPDATE orders SET reserve_bps = 953, reserve_days = 90 WHERE id = %(id)s", id=order)
    bank.db.rows("UPDATE sellers SET dispute_fee_borne_by = 'seller'")
    bank.released(payment)
    paid_out(bank.shop.ada, 950)
    dispute = bank.told(payment, fee_minor=2000)
    bank.tells(bank.psp.decide(dispute.id, "lost"), "closed")
    post(release_recipes.reserve_applied(order_id=order, seller_id=bank.shop.ada, amount=eur(100)))
    post(
        payout_recipes.seller_debt_written_off(
            approval_id=new_uuid(), seller_id=bank.shop.ada, amount=eur(3400)
        )
    )

    entries = dict(bank.entries())
    assert entries["order_released"] == {
        "seller_pending:A": 1500,
        "commission_revenue": -150,
        "logistics_revenue": -300,
        "seller_reserve:A": -100,
        "seller_available:A": -950,
    }
    assert entries["dispute_withdrawn"] == {
        "seller_available:A": 1500,
        "dispute_fees": 2000,
        "psp_balance": -3500,
    }
    assert entries["seller_recharged"] == {"seller_available:A": 2000, "dispute_fees": -2000}
    assert bank.balances() == {
        "psp_balance": -2950,
        "commission_revenue": -150,
        "logistics_revenue": -300,
        "seller_losses": 3400,
    }


def test_what_was_refunded_and_is_charged_back_as_well_no_seller_bears(bank):
    """15.00 were refunded, then charged back with a fee of 7.50: the platform bears it, and a person is called."""
    from checkout.ledger.money_back_recipes import OrderTake, refund_requested, refund_sent

    payment = bank.paid(1500)
    order, zero, refund = payment.orders[0], Money.zero("EUR"), new_uuid()
    bank.db.rows("UPDATE orders SET amount_refunded_minor = 1500 WHERE id = %(id)s", id=order.id)
    taken = OrderTake(order.id, bank.shop.ada, payment.id, "pending", eur(1500), zero, zero, zero)
    post(refund_requested(refund_id=refund, take=taken, psp="stripe", card=eur(1500)))
    post(refund_sent(refund_id=refund, psp="stripe", number="txn_refund", amount=eur(1500)))
    bank.told(payment, fee_minor=750, method="sepa_debit", status="lost", reason="debit_not_authorized")

    assert dict(bank.entries())["dispute_withdrawn"] == {
        "seller_losses": 1500,
        "dispute_fees": 750,
        "psp_balance": -2250,
    }
    assert bank.balances() == {"psp_balance": -2250, "seller_losses": 1500, "dispute_fees": 750}
    alerts = bank.db.rows(
        "SELECT code, severity, amount_minor FROM alerts WHERE code = 'dispute_beyond_orders'"
    )
    assert alerts == [{"code": "dispute_beyond_orders", "severity": "critical", "amount_minor": -1500}]


def test_a_bank_debit_that_is_returned_five_days_later_is_netted_by_the_next_order(bank):
    """40.00 were paid out less 4.00; the debit is returned: the seller owes 4.00, of the next 54.00 it gets 14.00."""
    payment = bank.paid(4000)
    bank.db.rows("UPDATE orders SET logistics_fee_minor = 0")
    bank.released(payment)
    paid_out(bank.shop.ada, 3600)
    in_days(8 + 5)
    dispute = bank.told(
        payment, fee_minor=750, method="sepa_debit", status="lost", reason="insufficient_funds"
    )
    second = bank.paid(6000)
    bank.db.rows("UPDATE orders SET logistics_fee_minor = 0 WHERE status = 'paid'")
    ship(second.orders[0].id)
    deliver(second.orders[0].id)
    in_days(8 + 5 + 8)
    release_due(cause=EVENT)

    assert (bank.now(dispute).kind, bank.now(dispute).status) == ("bank_return", "lost")
    assert dict(bank.entries())["dispute_withdrawn"] == {
        "seller_available:A": 4000,
        "dispute_fees": 750,
        "psp_balance": -4750,
    }
    assert bank.balances()["seller_available:A"] == -1400
    assert bank.balances()["commission_revenue"] == -1000
    assert bank.order(payment.orders[0].id)["status"] == "released"


@pytest.mark.parametrize(
    ("currency", "amounts", "disputed", "parts"),
    [
        ("JPY", (1000, 501), 1000, (666, 334)),
        ("KWD", (7000, 5340), 10000, (5673, 4327)),
        ("EUR", (1500, 990), 2490, (1500, 990)),
    ],
)
def test_a_dispute_over_several_orders_is_split_by_what_is_left_of_them(
    bank, currency, amounts, disputed, parts
):
    """By largest remainder, to the last unit, in currencies of none, two and three decimals."""
    payment = bank.paid(*amounts, currency=currency)
    bank.told(payment, disputed, fee_minor=0)

    withdrawn = tuple(bank.order(order.id)["withdrawn"] for order in payment.orders)
    assert withdrawn == parts
    assert sum(withdrawn) == disputed
    assert verify_ledger().differences == ()
