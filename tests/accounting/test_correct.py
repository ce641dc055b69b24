"""An entry is corrected by another one, by two persons, once, and never by more than it has."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from checkout import approvals
from checkout.accounting.correct import Reclassification, propose_reclassification, propose_reversal
from checkout.approvals import FourEyesRequired
from checkout.core import clock
from checkout.core.errors import InvalidParameter
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import recipes, settlement_recipes
from checkout.ledger.chart import PLATFORM, ROUNDING, Account, psp_balance
from checkout.ledger.errors import PeriodLocked, ReversalRefused
from checkout.ledger.verify import verify_ledger
from tests.accounting.conftest import ADA, BERLIN, GRACE, at, book, corrections_decided, rounding
from tests.accounting.test_locks import lock
from tests.ledger.conftest import balance

OTHER = Account("settlement_losses", PLATFORM)


@pytest.fixture
def entry(db):
    """10.00 of rounding on the 14th of March."""
    book(rounding(1000, "EUR", at(14)))
    return db.value("SELECT id FROM journal_entries")


def decide(id, by=ADA):
    with atomic() as session:
        approvals.approve(session, id, by=by)


def move(entry, minor=1000, onto="settlement_losses", on=None, currency="EUR"):
    with atomic() as session:
        wanted = Reclassification("rounding", onto, Money(minor, currency), on)
        return propose_reclassification(
            session, entry, wanted, zone=BERLIN, reason="Wrong account", cause=GRACE
        )


def test_an_amount_is_put_onto_another_account_by_two_persons(db, entry):
    """10.00 of rounding become a loss, as of the 20th of March; the entry itself stays, the books prove."""
    id = move(entry, on=date(2026, 3, 20))
    with pytest.raises(FourEyesRequired):
        decide(id, by=GRACE)
    corrections_decided(db)
    assert balance(ROUNDING) == 1000

    decide(id)
    corrections_decided(db)

    assert (balance(ROUNDING), balance(OTHER), balance(psp_balance("stripe"))) == (0, 1000, -1000)
    (row,) = db.rows(
        "SELECT effective_at::date AS day FROM journal_entries WHERE kind = 'amount_reclassified'"
    )
    assert row["day"] == date(2026, 3, 20)
    assert verify_ledger().holds
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'journal.reclassify'") == 1


def test_no_more_is_moved_than_is_left_there(db, entry):
    """4.00 of 10.00 are moved: 6.00 can be, 6.01 cannot, nor the other way round, nor in yen."""
    decide(move(entry, 400))
    corrections_decided(db)

    for minor, currency in ((601, "EUR"), (-600, "EUR"), (600, "JPY")):
        with pytest.raises(InvalidParameter):
            move(entry, minor, currency=currency)
    decide(move(entry, 600))
    corrections_decided(db)
    assert (balance(ROUNDING), balance(OTHER)) == (0, 1000)


@pytest.mark.parametrize("onto", ["rounding", "seller_available", "commission_revenue"])
def test_only_the_platforms_own_expenses_are_moved_among_each_other(db, entry, onto):
    with pytest.raises(InvalidParameter, match="choose another"):
        move(entry, onto=onto)


def test_a_day_in_a_locked_month_is_refused_when_it_is_proposed(db, entry):
    """And one to come as well; the first day after the lock is taken."""
    lock(db)

    with pytest.raises(PeriodLocked):
        move(entry, on=date(2026, 3, 20))
    with pytest.raises(InvalidParameter, match="today or on a day before"):
        move(entry, on=clock.utcnow().date() + timedelta(days=2))
    assert move(entry, on=date(2026, 4, 1))


def test_a_day_that_no_period_reaches_is_refused(db, entry):
    """An export begins with 1970 at the earliest: what counted before would stand in none."""
    for day in (date(1, 1, 1), date(1969, 12, 31)):
        with pytest.raises(InvalidParameter, match="books begin"):
            move(entry, on=day)
    assert move(entry, on=date(1970, 1, 1))


def test_what_was_approved_is_booked_though_its_month_was_locked_meanwhile(db, entry):
    """It counts when it is booked, and says which day was meant."""
    id = move(entry, on=date(2026, 3, 20))
    lock(db)

    decide(id)
    corrections_decided(db)

    (row,) = db.rows(
        "SELECT happened_at::date AS day FROM journal_entries WHERE kind = 'amount_reclassified'"
    )
    assert (row["day"], balance(OTHER)) == (date(2026, 3, 20), 1000)


def test_the_opposite_is_posted_by_two_persons_once(db):
    """A claim that was written down by mistake; a second approval posts nothing."""
    book(settlement_recipes.psp_claimed(alert_id=new_uuid(), psp="stripe", beyond=Money(500, "EUR")))
    entry = db.value("SELECT id FROM journal_entries")

    def propose():
        with atomic() as session:
            return propose_reversal(session, entry, reason="A mistake", cause=GRACE)

    decide(propose())
    corrections_decided(db)

    assert balance(psp_balance("stripe")) == 0
    with pytest.raises(ReversalRefused, match="reversed before"):
        propose()


def test_what_the_psp_moved_is_not_reversed(db):
    book(recipes.psp_fee(source="pay_1", psp="stripe", number="txn_1", fee=Money(102, "EUR")))
    with pytest.raises(ReversalRefused, match="the PSP moved money"), atomic() as session:
        propose_reversal(session, db.value("SELECT id FROM journal_entries"), reason="A mistake", cause=GRACE)


@pytest.fixture
def loss(db):
    """5.00 written off."""
    amount = Money(500, "EUR")
    book(
        settlement_recipes.settlement_written_off(
            alert_id=new_uuid(), of=psp_balance("stripe"), beyond=amount
        )
    )
    return db.value("SELECT id FROM journal_entries")


def onto_fees(entry):
    with atomic() as session:
        wanted = Reclassification("settlement_losses", "psp_fees", Money(500, "EUR"), None)
        return propose_reclassification(session, entry, wanted, zone=BERLIN, reason="A fee", cause=GRACE)


def opposite_of(entry):
    with atomic() as session:
        return propose_reversal(session, entry, reason="A mistake", cause=GRACE)


@pytest.mark.parametrize("first", ["moved", "reversed"])
def test_an_amount_is_put_elsewhere_or_taken_back_never_both(db, loss, first):
    """Both are approved: what comes second finds nothing to correct, and no account is left with what nobody lost."""
    moving, reversing = onto_fees(loss), opposite_of(loss)
    for id in (moving, reversing) if first == "moved" else (reversing, moving):
        decide(id)
        corrections_decided(db)

    fees = balance(Account("psp_fees", PLATFORM))
    assert (fees, balance(OTHER), balance(psp_balance("stripe"))) == (
        (500, 0, -500) if first == "moved" else (0, 0, 0)
    )
    assert verify_ledger().holds


def test_what_was_put_elsewhere_is_taken_back_in_two_steps(db, loss):
    """The entry is refused while an amount of it lies elsewhere; once that is reversed, all of it can be moved or reversed."""
    decide(onto_fees(loss))
    corrections_decided(db)
    with pytest.raises(ReversalRefused, match="lies on another account"):
        opposite_of(loss)

    decide(opposite_of(db.value("SELECT id FROM journal_entries WHERE kind = 'amount_reclassified'")))
    corrections_decided(db)
    decide(onto_fees(loss))
    corrections_decided(db)

    assert (balance(Account("psp_fees", PLATFORM)), balance(OTHER)) == (500, 0)
