"""What sellers owe: its age, and giving it up by two persons, once, and never more than is owed."""

from __future__ import annotations

import pytest

from checkout import approvals
from checkout.approvals import FourEyesRequired
from checkout.core.errors import InvalidParameter
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.payouts.debts import NoDebt, apply_write_off, debts, propose_write_off
from checkout.tasks import ClaimedTask
from tests.payouts.conftest import fund, holds, owe, person, within


def age_all_entries(db, days):
    db.rows("ALTER TABLE journal_entries DISABLE TRIGGER USER")
    db.rows(f"UPDATE journal_entries SET effective_at = effective_at - interval '{days} days'")
    db.rows("ALTER TABLE journal_entries ENABLE TRIGGER USER")


def propose(seller, minor, by, currency="EUR"):
    return within(propose_write_off, seller, Money(minor, currency), reason="gone out of business", cause=by)


def decided(db):
    """Runs the task that the decision staged."""
    (args,) = [
        row["args"] for row in db.rows("SELECT args FROM tasks WHERE kind = 'payouts.write_off_decided'")
    ]
    within(apply_write_off, ClaimedTask(new_uuid(), "default", "payouts.write_off_decided", args, 1, 8, 1))


def test_a_debt_is_as_old_as_its_last_fall_below_zero(db, seller_of):
    """Owed ten days ago, cleared eight days ago, owed again three days ago: three days. Who owes nothing is not listed."""
    seller, fine = seller_of(), seller_of()
    fund(fine, 100)
    owe(seller, 1000)
    age_all_entries(db, 2)
    fund(seller, 1000)
    age_all_entries(db, 5)
    owe(seller, 400)
    owe(seller, 100)
    age_all_entries(db, 3)

    (debt,) = debts()

    assert (debt.seller_id, debt.owed, debt.age.days) == (seller, Money(500, "EUR"), 3)


def test_two_persons_write_a_debt_off_and_one_cannot(db, seller_of):
    """Proposed, refused to the proposer, approved: the platform bears 5.00; a task that runs twice books it once."""
    seller, finance, approver = seller_of(), person(), person()
    owe(seller, 500)

    id = propose(seller, 500, finance)
    with pytest.raises(FourEyesRequired):
        within(approvals.approve, id, by=finance)
    assert holds("seller_available", seller) == -500
    within(approvals.approve, id, by=approver)
    decided(db)
    decided(db)

    assert holds("seller_available", seller) == 0
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'seller_debt_written_off'") == 1
    assert debts() == []


def test_no_more_is_written_off_than_is_still_owed(db, seller_of):
    """8.00 is approved; meanwhile 6.00 was earned: 2.00 is given up."""
    seller = seller_of()
    owe(seller, 800)
    id = propose(seller, 800, person())
    fund(seller, 600)
    within(approvals.approve, id, by=person())

    decided(db)

    assert holds("seller_available", seller) == 0


def test_a_rejected_write_off_changes_nothing(db, seller_of):
    seller = seller_of()
    owe(seller, 800)
    within(approvals.reject, propose(seller, 800, person()), by=person(), reason="they still sell")

    decided(db)

    assert holds("seller_available", seller) == -800


def test_more_than_is_owed_cannot_be_proposed(db, seller_of):
    seller = seller_of()
    owe(seller, 500)

    with pytest.raises(NoDebt):
        propose(seller, 501, person())
    with pytest.raises(NoDebt):
        propose(seller, 500, person(), "JPY")
    with pytest.raises(InvalidParameter):
        propose(seller, 0, person())
