"""A statement that the bank delivers again under another number: what stood in the first is not taken a second time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.night.comparisons import comparisons_of
from checkout.reconciliation.night.run import run_day
from tests.reconciliation.bank import test_bank
from tests.reconciliation.bank.test_bank import arrived, balances, compare, credit, sent
from tests.reconciliation.conftest import CAUSE, DAY, alerts
from tests.reconciliation.writers import camt053
from tests.reconciliation.writers.told import Told

NEXT = DAY + timedelta(days=1)
LATER = "UPDATE settlement_files SET received_at = received_at + %(by)s WHERE batch = 'STMT-7'"


def statement(*shown: Told, day: date = DAY, id: str = "STMT-7", account: str = "") -> None:
    """Its entries have the bank's references BANK0, BANK1 …, whatever its number."""

    def write(night: Sequence[Told]) -> bytes:
        content = camt053.write(night).replace(b">BANK", b"> BANK")
        return content.replace(b"DE02120300000000202051", account.encode()) if account else content

    test_bank.statement(*shown, day=day, id=id, write=write)


def without_references(night: Sequence[Told]) -> bytes:
    return camt053.write(night).replace(b"AcctSvcrRef", b"Other")


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 488), ("JPY", 1_000), ("KWD", 12_340)])
def test_the_same_statement_again_takes_no_second_payout(db, currency, minor):
    """Two payouts of 4.88 EUR are on their way, one is on the statement, which names it; the statement comes again as
    number 8, a day later: the second payout is still on its way, and the repeated row is told."""
    sent("txn_1", minor, currency)
    sent("txn_2", minor, currency)
    shown = credit(minor, "STRIPE txn_1", currency)
    statement(shown)
    compare()
    statement(shown, day=NEXT, id="STMT-8")

    report = compare(NEXT)

    assert [row[0] for row in arrived(db)] == ["txn_1", "txn_1"]
    assert balances(db, "bank_in_transit") == {"bank_in_transit": minor}
    assert alerts(db) == [("duplicate_line", -minor, currency, "open")]
    assert (report.rows, report.differing, report.is_explained) == (1, 1, False)
    assert compare(NEXT) == report
    assert compare(DAY).is_explained, "the first one stays what it was"
    assert verify_ledger().holds


def test_without_a_name_in_its_text_neither(db):
    """The first credit named no payout and was the only one on its way; then another of the same amount is sent."""
    sent("txn_1", 488)
    statement(credit(488))
    compare()
    sent("txn_2", 488)
    statement(credit(488), id="STMT-8")
    compare()
    assert [row[0] for row in arrived(db)] == ["txn_1", "txn_1"]
    assert [row[0] for row in alerts(db)] == ["duplicate_line"]


def test_the_banks_costs_are_booked_once(db):
    """0.30 EUR of costs, on both."""
    cost = Told("fee", -30, 0, "EUR", credit(1).at, "costs")
    statement(cost)
    statement(cost, id="STMT-8")
    compare()
    compare()
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'bank_fee'") == 1


def test_without_a_reference_of_the_bank_place_and_text_say_it(db):
    """Entries without AcctSvcrRef are numbered by their place in the statement, whose number is another one."""
    sent("txn_1", 488)
    test_bank.statement(credit(488), write=without_references)
    compare()
    sent("txn_2", 488)
    test_bank.statement(credit(488), id="STMT-8", write=without_references)
    compare()
    assert [row[0] for row in arrived(db)] == ["txn_1", "txn_1"]


def test_another_credit_of_the_same_amount_is_another_payout(db):
    """The bank's own references differ (the second entry of its statement): both arrive."""
    sent("txn_1", 488)
    statement(credit(488))
    compare()
    sent("txn_2", 488)
    statement(credit(700), credit(488), id="STMT-8")
    compare()
    assert {row[0] for row in arrived(db)} == {"txn_1", "txn_2"}


def test_one_that_was_taken_in_first_and_seen_last_is_the_repeated_one(db):
    """Number 8 was received later and compared first: number 7 books nothing more, whatever its time."""
    sent("txn_1", 488)
    sent("txn_2", 488)
    statement(credit(488, "STRIPE txn_1"))
    statement(credit(488, "STRIPE txn_1"), day=NEXT, id="STMT-8")
    moved(db, timedelta(hours=1))
    compare(NEXT)
    moved(db, timedelta(hours=-2))
    compare(DAY)
    assert balances(db, "bank_in_transit") == {"bank_in_transit": 488}


def moved(db, by: timedelta) -> None:
    with db.connect() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(LATER, {"by": by})


def test_its_steps_add_up(db):
    """Of two rows one is a repetition, one is new: each is counted once."""
    sent("txn_1", 488)
    sent("txn_2", 700)
    statement(credit(488))
    compare()
    statement(credit(488), credit(700), day=NEXT, id="STMT-8")
    outcome = run_day("bank", NEXT, by="test", cause=CAUSE)
    (last,) = comparisons_of(outcome.id)
    assert (last.steps.auto, last.steps.unmatched_theirs, last.steps.adds_up) == (1, 1, True)


def test_another_account_has_entries_of_its_own(db):
    """The same reference, day and amount on another account of ours is another credit."""
    sent("txn_1", 488)
    statement(credit(488))
    compare()
    sent("txn_2", 488)
    statement(credit(488), id="STMT-8", account="DE75512108001245126199")
    compare()
    assert {row[0] for row in arrived(db)} == {"txn_1", "txn_2"}
