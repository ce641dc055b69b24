"""A difference is explained by entries of its own; what it held beyond the PSP's balance is then zero."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checkout import approvals
from checkout.alerts import desk
from checkout.alerts.desk import InvalidAlertState
from checkout.approvals.decide import FourEyesRequired
from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.desk.resolutions import ResolutionNotPossible, ways_of
from checkout.reconciliation.desk.resolve import apply_decision, resolve_difference, unexplained
from checkout.tasks import ClaimedTask
from tests.reconciliation.conftest import alerts, changed, compare, csv_of, days_later, receive

FINANCE, APPROVER = (Cause("person", encode("usr", new_uuid())) for _ in range(2))


def the_alert():
    return run("SELECT alert_id FROM settlement_differences WHERE gone_at IS NULL")[0].alert_id


def resolve(way, **more):
    with atomic() as session:
        return resolve_difference(session, the_alert(), way=way, note="as the PSP wrote", by=FINANCE, **more)


def booked(db):
    rows = db.rows("""
        SELECT e.kind, a.kind AS account, p.amount_minor AS minor FROM journal_entries e
          JOIN postings p ON p.entry_id = e.id JOIN ledger_accounts a ON a.id = p.account_id
         WHERE e.kind NOT IN ('payment_captured', 'psp_fee') ORDER BY e.sequence, p.id""")
    return [(row["kind"], row["account"], row["minor"]) for row in rows]


def balance_at_psp(db):
    rows = db.rows("""SELECT sum(p.amount_minor)::bigint AS minor FROM postings p
                        JOIN ledger_accounts a ON a.id = p.account_id WHERE a.kind = 'psp_balance'""")
    return rows[0]["minor"]


@pytest.fixture
def one_short(db, night):
    """24.90 with a fee of 1.02; the file says 23.90 with the same fee."""
    receive(csv_of([changed(night.charge(2490, 102), gross=2390)]))
    compare()


def test_what_the_psp_owes_is_claimed_and_the_day_is_closed(db, one_short):
    """1.00 from psp_balance to psp_claims: the books say 22.88, as the PSP's; compared again, nothing is open."""
    done = resolve("psp_claim")

    assert not done.plan.rest
    assert booked(db) == [("psp_claimed", "psp_claims", 100), ("psp_claimed", "psp_balance", -100)]
    assert balance_at_psp(db) == 2288
    report = compare().report
    assert (report.open, report.is_explained, report.unexplained) == (0, True, {})
    assert db.rows("SELECT status FROM settlement_files") == [{"status": "closed"}]
    assert verify_ledger().holds


def test_a_higher_fee_is_booked_onto_the_fees(db, night):
    """1.50 in the file, 1.02 with us: 0.48 more of psp_fees, by way of suspense."""
    receive(csv_of([changed(night.charge(2490, 102), fee=150)]))
    compare()

    resolve("post_correction", account="psp_fees")

    assert booked(db) == [
        ("suspense_booked", "suspense", 48), ("suspense_booked", "psp_balance", -48),
        ("suspense_cleared", "psp_fees", 48), ("suspense_cleared", "suspense", -48),
    ]  # fmt: skip
    assert balance_at_psp(db) == 2340
    assert verify_ledger().holds


def decided(waiting):
    """The proposer cannot; another person does, and it is carried out once however often it is told."""
    with atomic() as session, pytest.raises(FourEyesRequired):
        approvals.approve(session, waiting.approval_id, by=FINANCE)
    with atomic() as session:
        approvals.approve(session, waiting.approval_id, by=APPROVER)
    task = ClaimedTask(
        id=new_uuid(), kind="reconciliation.write_off_decided", queue="default", fencing_token=1, attempts=1, max_attempts=3,
        args={"approval": encode("apr", waiting.approval_id)},
    )  # fmt: skip
    for _ in range(2):
        with atomic() as session:
            apply_decision(session, task)


def test_a_write_off_waits_for_a_second_person(db, one_short):
    """Proposed, nothing is posted; approved by another person, 1.00 is a loss, once."""
    waiting = resolve("write_off")
    assert (booked(db), alerts(db)[0][3]) == ([], "open")

    decided(waiting)

    assert booked(db) == [
        ("settlement_written_off", "settlement_losses", 100),
        ("settlement_written_off", "psp_balance", -100),
    ]
    assert alerts(db)[0][3] == "resolved"


def test_a_correction_onto_losses_is_a_write_off_and_waits_as_one(db, one_short):
    """0.40 of 1.00 are given up as a seller's loss: nobody books that alone. The 0.60 stay open."""
    waiting = resolve("post_correction", account="seller_losses", amount=Money(40, "EUR"))
    assert waiting.plan.second_person
    assert (booked(db), alerts(db)[0][3]) == ([], "open")

    decided(waiting)

    assert booked(db) == [
        ("suspense_booked", "suspense", 40), ("suspense_booked", "psp_balance", -40),
        ("suspense_cleared", "seller_losses", 40), ("suspense_cleared", "suspense", -40),
    ]  # fmt: skip
    with atomic() as session:
        assert unexplained(session, the_alert()).beyond == Money(60, "EUR")
    assert alerts(db)[0][3] == "open"
    assert verify_ledger().holds


def test_a_line_that_stands_twice_is_ignored_and_nothing_is_booked(db, night):
    """It cannot be claimed either: our books never had it."""
    charge = night.charge(2490)
    receive(csv_of([charge.row(), charge.row()]))
    compare()
    with pytest.raises(ResolutionNotPossible):
        resolve("psp_claim")

    resolve("duplicate_ignored")

    assert (booked(db), compare().report.is_explained) == ([], True)


def test_a_minor_unit_is_rounding(db, night, nothing_rounded):
    """24.89 for 24.90: one cent onto the rounding account."""
    receive(csv_of([changed(night.charge(2490), gross=2489)]))
    compare()

    resolve("accept_within_tolerance")

    assert booked(db) == [("rounding_booked", "rounding", 1), ("rounding_booked", "psp_balance", -1)]


def test_what_is_expected_later_sleeps_until_its_day(db, night):
    """A movement no file tells of: put off, woken, and open again."""
    night.charge(2490)
    receive(csv_of([]))
    days_later(2)
    compare()

    resolve("expected_later", until=datetime(2026, 3, 20, tzinfo=UTC))
    assert alerts(db)[0][3] == "snoozed"
    days_later(6)
    with atomic() as session:
        assert desk.wake_due(session, by=FINANCE) == 1

    assert alerts(db)[0][3] == "open"
    assert [note.kind for note in desk.history(the_alert())] == ["snoozed", "woken"]


def test_an_explained_difference_may_be_opened_again(db, one_short):
    """Its entries stay; it is counted, and resolved no second time by accident."""
    resolve("psp_claim")
    with pytest.raises(InvalidAlertState):
        resolve("psp_claim")

    with atomic() as session:
        desk.reopen(session, the_alert(), reason="the PSP denies it", by=FINANCE)

    assert db.rows("SELECT status, times_reopened FROM alerts") == [{"status": "open", "times_reopened": 1}]


@pytest.mark.parametrize(
    ("way", "more", "error"),
    [
        ("post_correction", {}, InvalidParameter),
        ("post_correction", {"account": "seller_available"}, InvalidParameter),
        ("accept_within_tolerance", {}, ResolutionNotPossible),
        ("expected_later", {}, ResolutionNotPossible),
    ],
)
def test_a_way_that_does_not_fit_is_refused_and_nothing_changes(db, one_short, way, more, error):
    """1.00 short: not onto a seller, not as rounding, not later."""
    with pytest.raises(error):
        resolve(way, **more)
    assert (booked(db), alerts(db)[0][3]) == ([], "open")


def test_the_ways_that_are_open_are_named(db, one_short):
    """The most fitting first."""
    with atomic() as session:
        found = unexplained(session, the_alert())
    assert ways_of(found) == ("psp_claim", "post_correction", "link_records", "write_off", "not_ours")
