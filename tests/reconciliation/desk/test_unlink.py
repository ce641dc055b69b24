"""A join of two records is taken back: a fact of its own, after which both are as unexplained as they were."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from checkout.alerts import desk
from checkout.alerts.desk import InvalidAlertState
from checkout.core.errors import InvalidParameter
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.desk import resolve as resolving
from checkout.reconciliation.desk import unlink as unlinking
from checkout.reconciliation.desk.unlink import NotJoined, links_of, unlink_records
from checkout.reconciliation.night.put_aside import put_aside
from tests.concurrency import at_once
from tests.reconciliation.conftest import CAUSE, DAY, compare, csv_of, days_later, receive
from tests.reconciliation.desk.test_link import link, missing_and_unknown
from tests.reconciliation.desk.test_parts import FINANCE, alert_of, balances, resolve, rest_of, state
from tests.reconciliation.desk.test_resolve_races import resolved, wins

WHY = "it was another transfer after all"
NEXT_DAY = DAY.replace(day=15)


def unlink(alert, other):
    def unit():
        with atomic() as session:
            return unlink_records(session, alert, other, reason=WHY, by=FINANCE)

    return retrying(unit)


def kinds(alert):
    return [note.kind for note in desk.history(alert)]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_taken_back_both_are_open_again_with_what_they_were(db: Any, night: Any, currency: str) -> None:
    """24.90 of ours and 24.90 of theirs: the line lies in suspense again, the charge is missing again; nothing of the
    history is changed."""
    missing, unknown = missing_and_unknown(night, 2490, currency=currency)
    link(missing, unknown)
    before = db.rows("SELECT * FROM alert_links ORDER BY linked_at")

    ends = unlink(unknown, missing)

    assert [end.rest for end in ends] == [Money(-2490, currency), Money(2490, currency)]
    assert [(state(db, id), rest_of(id)) for id in (missing, unknown)] == [
        ("open", Money(2490, currency)),
        ("open", Money(-2490, currency)),
    ]
    assert balances(db) == {"psp_balance": 4980, "suspense": -2490}
    assert db.rows("SELECT * FROM alert_links WHERE undoes IS NULL ORDER BY linked_at") == before
    assert kinds(missing)[-2:] == ["unlinked", "reopened"]
    assert not compare().report.is_explained
    assert verify_ledger().holds


def test_joined_again_they_close_again(db: Any, night: Any) -> None:
    """The books end where they were after the first time."""
    missing, unknown = missing_and_unknown(night, 2490)
    link(missing, unknown)
    unlink(missing, unknown)
    assert links_of(missing) == []

    link(missing, unknown)

    assert [state(db, id) for id in (missing, unknown)] == ["resolved", "resolved"]
    assert (balances(db), compare().report.is_explained) == ({"psp_balance": 2490}, True)
    assert [join.part for join in links_of(missing)] == [Money(2490, "EUR")]


def test_of_several_one_is_taken_back(db: Any, night: Any) -> None:
    """20.00 and 4.90 for 24.90: without the 4.90, 4.90 of the charge are missing, and the other stays joined."""
    missing, small, large = missing_and_unknown(night, 490, 2000)
    put_aside("stripe", DAY, cause=CAUSE)
    compare()
    link(missing, small, large)

    unlink(missing, small)

    assert [(state(db, id), rest_of(id).amount_minor) for id in (missing, small, large)] == [
        ("open", 490), ("open", -490), ("resolved", 0),
    ]  # fmt: skip
    assert balances(db) == {"psp_balance": 2980, "suspense": -490}


def test_what_was_claimed_of_the_rest_stays_claimed(db: Any, night: Any) -> None:
    """23.90 of 24.90 joined and 1.00 claimed: taken back, 23.90 are missing and the claim stands."""
    missing, unknown = missing_and_unknown(night, 2390)
    link(missing, unknown)
    resolve(missing, "psp_claim")
    assert state(db, missing) == "resolved"

    unlink(missing, unknown)

    assert (state(db, missing), rest_of(missing)) == ("open", Money(2390, "EUR"))
    assert balances(db) == {"psp_balance": 2390 + 2390, "psp_claims": 100, "suspense": -2390}


def test_a_line_that_stands_twice_is_open_again(db: Any, night: Any) -> None:
    """It answers for nothing in the balance; what closed it was the join alone."""
    told = night.charge(2490)
    night.charge(2490)
    receive(csv_of([told.row(), told.row()]))
    days_later(2)
    compare()
    missing, twice = alert_of("missing_at_psp"), alert_of("duplicate_line")
    link(missing, twice)
    (join,) = links_of(twice)
    assert (join.part, join.size) == (Money.zero("EUR"), Money(2490, "EUR"))

    unlink(missing, twice)

    assert [state(db, id) for id in (missing, twice)] == ["open", "open"]
    assert rest_of(missing) == Money(2490, "EUR")


def test_what_came_late_and_was_held_open_by_the_join_closes(db: Any, night: Any) -> None:
    """The charge's own line comes a day after it was joined with another one: apart, the charge is explained by its line,
    and the other is unknown again."""
    missing, unknown = missing_and_unknown(night, 2490)
    link(missing, unknown)
    receive(csv_of(night.rows()), day=NEXT_DAY, name="late.csv")
    compare()
    assert state(db, missing) == "open"  # more is explained than there is

    unlink(missing, unknown)

    assert (state(db, missing), state(db, unknown)) == ("resolved", "open")
    assert (rest_of(missing), rest_of(unknown)) == (Money.zero("EUR"), Money(-2490, "EUR"))


def test_what_is_not_joined_is_refused(db: Any, night: Any) -> None:
    """Never joined, taken back before, without a reason; nothing is posted."""
    missing, unknown = missing_and_unknown(night, 2490)
    with pytest.raises(NotJoined):
        unlink(missing, unknown)
    link(missing, unknown)
    with atomic() as session, pytest.raises(InvalidParameter):
        unlink_records(session, missing, unknown, reason="wrong", by=FINANCE)
    unlink(missing, unknown)
    with pytest.raises(NotJoined):
        unlink(unknown, missing)
    assert db.value("SELECT count(*) FROM alert_links") == 4


def test_two_who_take_it_back_at_once_do_it_once(db: Any, night: Any) -> None:
    missing, unknown = missing_and_unknown(night, 2490)
    link(missing, unknown)

    outcomes = at_once(lambda: unlink(missing, unknown), lambda: unlink(unknown, missing))

    assert wins(outcomes) == 1
    assert any(isinstance(outcome, NotJoined) for outcome in outcomes)
    assert (rest_of(missing), balances(db)["suspense"]) == (Money(2490, "EUR"), -2490)


def test_taken_back_while_the_rest_is_claimed_nothing_is_closed_unexplained(db: Any, night: Any) -> None:
    """Of 24.90, 23.90 joined: somebody claims the 1.00 that is left, somebody takes the join back. Whoever is second sees
    what the first did: never a resolved alert with something left."""
    missing, unknown = missing_and_unknown(night, 2390)
    link(missing, unknown)

    claimed, _ = at_once(resolved(missing, "psp_claim"), lambda: unlink(missing, unknown))

    assert not isinstance(claimed, Exception)
    first = claimed.plan.amount == Money(100, "EUR")
    assert (state(db, missing), rest_of(missing).amount_minor) == (
        ("open", 2390) if first else ("resolved", 0)
    )


def test_without_the_lock_it_would_be_closed_with_something_left(
    db: Any, night: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both have read before either writes, and 23.90 are nobody's business any more."""
    missing, unknown = missing_and_unknown(night, 2390)
    link(missing, unknown)
    for module in (resolving, unlinking):
        monkeypatch.setattr(module, "lock", lambda session, ids: None)
    looked, closed = threading.Event(), threading.Event()
    monkeypatch.setattr(resolving.desk, "refuse_resolved", lambda session, id: None)
    read = resolving.unexplained

    def reads_first(session: Any, id: Any) -> Any:
        found = read(session, id)
        looked.set()
        assert closed.wait(60)
        return found

    monkeypatch.setattr(resolving, "unexplained", reads_first)

    def takes_back() -> None:
        assert looked.wait(60)
        try:
            unlink(missing, unknown)
        finally:
            closed.set()

    at_once(resolved(missing, "psp_claim"), takes_back)
    monkeypatch.undo()

    assert (state(db, missing), rest_of(missing)) == ("resolved", Money(2390, "EUR"))


def test_a_newer_alert_of_the_same_difference_stands_in_the_way(db: Any, night: Any) -> None:
    """Then it is that one's business: nothing is taken back."""
    missing, unknown = missing_and_unknown(night, 2490)
    link(missing, unknown)
    db.rows(
        """
        INSERT INTO alerts (id, code, severity, subject, detail, dedupe_key, created_at, updated_at)
        SELECT gen_random_uuid(), code, severity, subject, detail, dedupe_key, created_at, updated_at
          FROM alerts WHERE id = %(id)s
        """,
        id=missing,
    )
    with pytest.raises(InvalidAlertState):
        unlink(missing, unknown)
    assert rest_of(missing) == Money.zero("EUR")
