"""Records that belong together are joined: each answers for so much of the other, and both close when nothing is left."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.alerts.desk import InvalidAlertState
from checkout.core.errors import InvalidParameter
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.desk.link import link_records, preview_link
from checkout.reconciliation.desk.resolutions import ResolutionNotPossible
from checkout.reconciliation.night.put_aside import put_aside
from tests.reconciliation.conftest import CAUSE, DAY, changed, compare, csv_of, days_later, receive
from tests.reconciliation.desk.test_parts import (
    FINANCE,
    adjustment,
    alert_of,
    balances,
    resolve,
    rest_of,
    state,
)

WHY = "the same transfer, seen twice"


def alerts_of(code):
    rows = run("SELECT alert_id FROM settlement_differences WHERE code = %(code)s ORDER BY number", code=code)
    return [row.alert_id for row in rows]


def link(alert, *others):
    with atomic() as session:
        return link_records(session, alert, to=[encode("alr", id) for id in others], note=WHY, by=FINANCE)


def missing_and_unknown(night, *unknown, currency="EUR"):
    """A charge of 24.90 (2490) that no line tells of, and lines that nobody knows, two days later."""
    night.charge(2490, currency=currency)
    receive(csv_of([adjustment(night, f"txn_adj{n}", minor, currency) for n, minor in enumerate(unknown)]))
    days_later(2)
    compare()
    return alert_of("missing_at_psp"), *alerts_of("unknown_reference")


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_missing_charge_and_an_unknown_line_close_each_other(db: Any, night: Any, currency: str) -> None:
    """24.90 of ours without a line, 24.90 of theirs without an entry: joined, both are explained, and what the balance
    holds is what the PSP has."""
    missing, unknown = missing_and_unknown(night, 2490, currency=currency)
    assert preview_link(missing, [encode("alr", unknown)]) == Money.zero(currency)

    link(missing, unknown)

    assert [state(db, id) for id in (missing, unknown)] == ["resolved", "resolved"]
    put_aside("stripe", DAY, cause=CAUSE)  # its number is followed already
    assert balances(db) == {"psp_balance": 2490}
    assert compare().report.is_explained
    assert verify_ledger().holds


def test_a_line_that_lay_in_suspense_leaves_it(db: Any, night: Any) -> None:
    """Put aside before anybody knew: the balance had it twice, and has it once after."""
    missing, unknown = missing_and_unknown(night, 2490)
    put_aside("stripe", DAY, cause=CAUSE)
    compare()
    assert balances(db) == {"psp_balance": 4980, "suspense": -2490}

    link(unknown, missing)

    assert balances(db) == {"psp_balance": 2490}
    assert [state(db, id) for id in (missing, unknown)] == ["resolved", "resolved"]


def test_several_lines_answer_for_one_entry(db: Any, night: Any) -> None:
    """20.00 and 4.90 for 24.90."""
    missing, one, other = missing_and_unknown(night, 2000, 490)

    assert preview_link(missing, [encode("alr", one)]) == Money(490, "EUR")
    link(missing, one, other)

    assert {state(db, id) for id in (missing, one, other)} == {"resolved"}
    assert (balances(db), compare().report.is_explained) == ({"psp_balance": 2490}, True)


def test_what_is_left_stays_open_and_is_explained_by_another_way(db: Any, night: Any) -> None:
    """23.90 for 24.90: the line is explained, of the charge 1.00 is left, which is claimed."""
    missing, unknown = missing_and_unknown(night, 2390)

    done = link(missing, unknown)

    assert (done.plan.rest, done.closed) == (Money(100, "EUR"), (unknown,))
    assert (state(db, missing), rest_of(missing)) == ("open", Money(100, "EUR"))
    resolve(missing, "psp_claim")
    assert balances(db) == {"psp_balance": 2390, "psp_claims": 100}
    assert compare().report.is_explained


def test_a_line_that_stands_twice_answers_for_what_is_missing(db: Any, night: Any) -> None:
    """The PSP wrote one charge's number on another's row: the row is counted nowhere, and closes with what it was."""
    told = night.charge(2490)
    night.charge(2490)
    receive(csv_of([told.row(), told.row()]))
    days_later(2)
    compare()
    missing, twice = alert_of("missing_at_psp"), alert_of("duplicate_line")

    link(missing, twice)

    assert [state(db, id) for id in (missing, twice)] == ["resolved", "resolved"]
    assert (balances(db), rest_of(twice)) == ({"psp_balance": 4980}, Money.zero("EUR"))


def test_joined_once_is_joined(db: Any, night: Any) -> None:
    """A line that answers for one charge is not there for another."""
    missing, unknown = missing_and_unknown(night, 2490)
    link(missing, unknown)
    with pytest.raises(InvalidAlertState):
        link(missing, unknown)


def test_what_does_not_belong_together_is_refused(db: Any, night: Any) -> None:
    """The same sign, another currency, more than is left, itself, nothing, and what is no difference."""
    missing, unknown, more, same = missing_and_unknown(night, 2490, 100, -100)
    for others in ([same], [unknown, more]):
        with pytest.raises(ResolutionNotPossible):
            link(missing, *others)
    for others in ([missing], [], [unknown, unknown]):
        with pytest.raises(InvalidParameter):
            link(missing, *others)
    with atomic() as session, pytest.raises(InvalidParameter):
        link_records(session, missing, to=["alr_01kaj9a3d5e7f9g1h3j5k7m9n1"], note=WHY, by=FINANCE)
    assert db.rows("SELECT * FROM alert_links") == []


def test_a_difference_of_another_currency_is_refused(db: Any, night: Any) -> None:
    """24.90 EUR is not answered for by 2490 JPY."""
    charge = night.charge(2490)
    receive(
        csv_of(
            [
                changed(
                    charge, number="txn_x", source="", payment="", category="other_adjustment", currency="JPY"
                )
            ]
        )
    )
    days_later(2)
    compare()
    with pytest.raises(ResolutionNotPossible):
        link(alert_of("missing_at_psp"), alert_of("unknown_reference"))
