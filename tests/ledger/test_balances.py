"""What an account holds, now and at a time, and the trial balance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import balances, chart, recipes
from checkout.ledger.balances import TrialLine
from checkout.ledger.errors import AccountNotFound
from checkout.ledger.recipes import OrderPart
from tests.ledger.conftest import balance, eur, post

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def two_days(db, seller):
    """24.90 on Saturday at noon, 10.00 and a fee of 0.61 on Sunday."""
    for day, amount in ((0, 2490), (1, 1000)):
        post(
            recipes.payment_captured(
                payment_id=new_uuid(),
                psp="stripe",
                charge_id=f"ch_{day}",
                amount=eur(amount),
                orders=[OrderPart(new_uuid(), seller, eur(amount))],
                effective_at=NOON + timedelta(days=day),
            )
        )
    post(
        recipes.psp_fee(
            source="pay_1", psp="stripe", number="txn_1", fee=eur(61), effective_at=NOON + timedelta(days=1)
        )
    )


def test_a_balance_is_the_sum_of_its_postings(two_days, seller):
    """Debit positive, credit negative."""
    assert balance(chart.psp_balance("stripe")) == 3429
    assert balance(chart.seller_pending(seller)) == -3490
    assert balance(chart.PSP_FEES) == 61


def test_a_balance_at_a_time_counts_what_was_effective_by_then(two_days, seller):
    """To the moment: noon is in, a second before is not."""
    with atomic() as session:
        pending = chart.seller_pending(seller)
        at_noon = balances.balance(session, pending, "EUR", at=NOON)
        before = balances.balance(session, pending, "EUR", at=NOON - timedelta(seconds=1))

    assert (at_noon, before) == (eur(-2490), eur(0))


def test_an_account_nobody_posted_to_holds_nothing(two_days):
    """Also in another currency."""
    assert balance(chart.ROUNDING) == 0
    assert balance(chart.psp_balance("stripe"), "JPY") == 0


def test_the_trial_balance_sums_to_zero(two_days):
    """One line per kind and currency."""
    with atomic() as session:
        lines = balances.trial_balance(session)
        on_saturday = balances.trial_balance(session, at=NOON)

    assert lines == [
        TrialLine("psp_balance", 1, eur(3429)),
        TrialLine("psp_fees", 1, eur(61)),
        TrialLine("seller_pending", 1, eur(-3490)),
    ]
    assert [(line.kind, line.balance) for line in on_saturday] == [
        ("psp_balance", eur(2490)),
        ("seller_pending", eur(-2490)),
    ]
    assert sum((line.balance for line in lines), Money(0, "EUR")) == eur(0)


def test_an_unknown_account_is_not_found(db):
    """By its id and by its name."""
    with atomic() as session:
        with pytest.raises(AccountNotFound):
            balances.get_account(session, new_uuid())
        with pytest.raises(AccountNotFound, match="rounding:platform:EUR"):
            balances.find_account(session, "rounding", "platform", "EUR")
