"""The chart in the code and the chart in the database say the same."""

from __future__ import annotations

import psycopg
import pytest

from checkout.core.ids import new_uuid
from checkout.ledger import chart
from checkout.ledger.chart import CHART, Account, Side

MAKE = """
    INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
    VALUES (%(id)s, %(kind)s, 'somebody', 'EUR', %(side)s, %(either)s, now())
"""
ONE_SIDED = {
    "connected_balance",
    "bank_in_transit",
    "psp_claims",
    "unapplied",
    "seller_pending",
    "seller_reserve",
    "payout_in_transit",
    "refund_in_transit",
    "customer_wallet",
    "customer_wallet_held",
}
DEBIT = {
    "psp_balance",
    "connected_balance",
    "bank_in_transit",
    "bank",
    "psp_claims",
    "fx_clearing",
    "psp_fees",
    "dispute_fees",
    "seller_losses",
    "settlement_losses",
    "promotions",
    "fx_result",
    "rounding",
}


def test_twenty_seven_kinds_of_which_ten_have_one_side_only():
    """Sides as an accountant would say them, by hand."""
    assert len(CHART) == 27
    assert {line.name for line in CHART.values() if not line.either_side} == ONE_SIDED
    assert {line.name for line in CHART.values() if line.normal_side is Side.DEBIT} == DEBIT


@pytest.mark.parametrize("kind", CHART)
def test_the_database_knows_each_kind_with_its_side(db, kind):
    """It takes the account as the chart has it, and no other way."""
    line = CHART[kind]
    right = {"kind": kind, "side": int(line.normal_side), "either": line.either_side}
    db.rows(MAKE, id=new_uuid(), **right)

    for wrong in ({"side": -right["side"]}, {"either": not right["either"]}):
        with pytest.raises(psycopg.errors.CheckViolation, match="account_as_in_the_chart"):
            db.rows(MAKE.replace("somebody", "another"), id=new_uuid(), **(right | wrong))


def test_a_kind_that_is_not_in_the_chart_is_no_account(db):
    """Neither in the code nor in the database."""
    with pytest.raises(AssertionError, match="not in the chart"):
        Account("petty_cash", "platform")
    with pytest.raises(psycopg.errors.CheckViolation, match="account_as_in_the_chart"):
        db.rows(MAKE, id=new_uuid(), kind="petty_cash", side=1, either=True)


def test_owners_are_public_ids():
    """A UUID and its public form name the same account."""
    seller = new_uuid()
    account = chart.seller_pending(seller)

    assert account.owner.startswith("sel_")
    assert chart.seller_pending(account.owner) == account
    with pytest.raises(AssertionError, match="no sel_ id"):
        chart.seller_pending("pay_01h2xcejqtf2nbrexx3vqjhp41")
