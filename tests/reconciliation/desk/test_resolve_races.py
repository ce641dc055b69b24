"""Two who explain one difference at the same moment, and a comparison that makes it go away meanwhile."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from checkout import approvals
from checkout.alerts.desk import InvalidAlertState
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.reconciliation.desk import link as linking
from checkout.reconciliation.desk import resolve as resolving
from checkout.reconciliation.desk.link import link_records
from checkout.reconciliation.desk.resolve import resolve_difference
from checkout.reconciliation.night import run as comparing
from tests.concurrency import at_once
from tests.reconciliation.conftest import changed, compare, csv_of, receive
from tests.reconciliation.desk.test_link import missing_and_unknown
from tests.reconciliation.desk.test_parts import (
    APPROVER,
    FINANCE,
    WHY,
    adjustment,
    alert_of,
    balances,
    carry_out,
    rest_of,
    state,
)


def resolved(alert, way, **more):
    """Whole, in a transaction of its own, as the API does it."""

    def unit():
        with atomic() as session:
            return resolve_difference(session, alert, way=way, note=WHY, by=FINANCE, **more)

    return lambda: retrying(unit)


def wins(outcomes):
    return [not isinstance(outcome, Exception) for outcome in outcomes].count(True)


def one_short(night):
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    return alert_of("amount_mismatch")


def test_two_who_resolve_at_once_post_one_entry(db: Any, night: Any) -> None:
    """One claims 1.00, the other books it as a fee: one of both, and the other is told that it is resolved."""
    alert = one_short(night)

    outcomes = at_once(resolved(alert, "psp_claim"), resolved(alert, "post_correction", account="psp_fees"))

    assert wins(outcomes) == 1
    assert any(isinstance(outcome, InvalidAlertState) for outcome in outcomes)
    assert balances(db)["psp_balance"] == 2390
    assert (rest_of(alert), state(db, alert)) == (Money.zero("EUR"), "resolved")


def test_two_parts_at_once_never_come_to_more_than_the_whole(db: Any, night: Any) -> None:
    """0.60 of 1.00 claimed twice at the same moment: the second finds 0.40 left and is refused."""
    alert = one_short(night)

    outcomes = at_once(*[resolved(alert, "psp_claim", amount=Money(60, "EUR"))] * 2)

    assert wins(outcomes) == 1
    assert (balances(db)["psp_claims"], rest_of(alert)) == (60, Money(40, "EUR"))


def test_without_the_lock_both_would_explain_it(db: Any, night: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both have read what is left before either writes, and more is explained than there was."""
    alert = one_short(night)
    monkeypatch.setattr(resolving, "lock", lambda session, ids: None)
    monkeypatch.setattr(resolving.desk, "refuse_resolved", lambda session, id: None)
    read, meet = resolving.unexplained, threading.Barrier(2, timeout=60)

    def reads_with_the_other(session, id):
        found = read(session, id)
        meet.wait()
        return found

    monkeypatch.setattr(resolving, "unexplained", reads_with_the_other)
    at_once(
        resolved(alert, "psp_claim", amount=Money(60, "EUR")),
        resolved(alert, "post_correction", account="psp_fees", amount=Money(60, "EUR")),
    )
    monkeypatch.undo()

    assert rest_of(alert) == Money(-20, "EUR")


def test_a_claim_is_not_paid_twice_at_once(db: Any, night: Any) -> None:
    """Two adjustments of 1.00 against one claim of 1.00: one pays it, the other finds no claim."""
    charge = night.charge(2490)
    night.charge(9900)
    receive(
        csv_of(
            [
                changed(charge, gross=2390),
                night.movements[1].row(),
                adjustment(night, "txn_a", 100),
                adjustment(night, "txn_b", 100),
            ]
        )
    )
    compare()
    with atomic() as session:
        resolve_difference(session, alert_of("amount_mismatch"), way="psp_claim", note=WHY, by=FINANCE)
    paying = [
        row["alert_id"]
        for row in db.rows("SELECT alert_id FROM settlement_differences WHERE code = 'unknown_reference'")
    ]

    outcomes = at_once(*[resolved(alert, "psp_claim_paid") for alert in paying])

    assert wins(outcomes) == 1
    assert "psp_claims" not in balances(db)
    assert db.value("SELECT sum(minor)::bigint FROM claim_payments") == 100


def test_a_comparison_that_makes_it_go_away_and_a_resolution_meet(db: Any, night: Any) -> None:
    """Either the claim was first and is told as too much, or it is gone and cannot be claimed: never both."""
    charge = night.charge(2490)
    receive(csv_of([changed(charge, gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    db.rows("""
        UPDATE settlement_files SET status = 'rejected';
        INSERT INTO settlement_files (id, psp, batch, business_on, format, name, sha256, size_bytes, origin, status,
                                      received_by, received_at, updated_at)
        SELECT gen_random_uuid(), psp, 'none', business_on, format, 'empty', sha256('x'), 0, 'cli', 'imported', 'test',
               received_at, updated_at FROM settlement_files
    """)

    outcome, _ = at_once(resolved(alert, "psp_claim"), compare)

    claimed = not isinstance(outcome, Exception)
    assert claimed or isinstance(outcome, InvalidAlertState)
    assert state(db, alert) == ("open" if claimed else "resolved")
    assert balances(db).get("psp_claims", 0) == (100 if claimed else 0)


def gone_with_a_pause(db: Any, alert: Any, monkeypatch: pytest.MonkeyPatch, *, seconds: float) -> Any:
    """A comparison that finds the difference gone, and waits until somebody has tried to claim it, so long at most."""
    db.rows("UPDATE settlement_files SET status = 'rejected'")
    gone, tried = threading.Event(), threading.Event()
    close = comparing.close_all_gone

    def closes_later(session, id, **more):
        gone.set()
        tried.wait(seconds)
        close(session, id, **more)

    monkeypatch.setattr(comparing, "close_all_gone", closes_later)

    def claims_meanwhile():
        assert gone.wait(60)
        try:
            return resolved(alert, "psp_claim")()
        finally:
            tried.set()

    outcome, _ = at_once(claims_meanwhile, compare)
    return outcome


def test_what_is_going_away_cannot_be_claimed(db: Any, night: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison has found it gone and has not closed the alert yet: the claim waits for it, and is refused."""
    alert = one_short(night)
    outcome = gone_with_a_pause(db, alert, monkeypatch, seconds=1)
    assert isinstance(outcome, InvalidAlertState)
    assert "psp_claims" not in balances(db)


def test_without_the_lock_what_is_gone_would_be_claimed(
    db: Any, night: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: 1.00 is claimed for a difference that the same moment takes away."""
    alert = one_short(night)
    monkeypatch.setattr(resolving, "lock", lambda session, ids: None)
    gone_with_a_pause(db, alert, monkeypatch, seconds=50)
    assert balances(db)["psp_claims"] == 100
    assert rest_of(alert) == Money(-100, "EUR")


def test_a_link_and_a_write_offs_approval_meet(db: Any, night: Any) -> None:
    """24.90 missing: written off by two persons, or answered for by the line of 24.90; not by both."""
    missing, unknown = missing_and_unknown(night, 2490)
    with atomic() as session:
        asked = resolve_difference(session, missing, way="write_off", note=WHY, by=FINANCE).approval_id

    def link():
        with atomic() as session:
            return link_records(session, missing, to=[encode("alr", unknown)], note=WHY, by=FINANCE)

    def approve():
        with atomic() as session:
            approvals.approve(session, asked, by=APPROVER)
        retrying(lambda: carry_out(asked))

    linked, _ = at_once(lambda: retrying(link), approve)

    left = balances(db)
    if isinstance(linked, Exception):
        assert left.get("settlement_losses") == 2490
        assert db.rows("SELECT * FROM alert_links") == []
    else:
        assert "settlement_losses" not in left
    assert state(db, missing) == "resolved"
    assert rest_of(missing) == Money.zero("EUR")


def test_without_the_lock_a_line_would_answer_twice(
    db: Any, night: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: two links that both read the line as free make it answer for 24.90 twice."""
    missing, unknown = missing_and_unknown(night, 2490)
    meet = threading.Barrier(2, timeout=60)
    read = linking.plan_of_link

    def reads_with_the_other(session, id, *, to):
        found = read(session, id, to=to)
        meet.wait()
        return found

    monkeypatch.setattr(linking, "lock", lambda session, ids: None)
    monkeypatch.setattr(linking.desk, "refuse_resolved", lambda session, id: None)
    monkeypatch.setattr(linking, "plan_of_link", reads_with_the_other)
    monkeypatch.setattr(linking, "close", lambda session, id, **more: None)

    def link():
        with atomic() as session:
            return link_records(session, missing, to=[encode("alr", unknown)], note=WHY, by=FINANCE)

    at_once(link, link)
    monkeypatch.undo()

    assert rest_of(missing) == Money(-2490, "EUR")
