"""The same to many alerts: each is done or refused by itself, and said so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from checkout.alerts import desk
from checkout.core.errors import InvalidParameter
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.reconciliation.desk.bulk import BulkNotUniform, assign_all, resolve_all, snooze_all
from tests.reconciliation.conftest import changed, compare, csv_of, receive
from tests.reconciliation.desk.test_parts import FINANCE, WHY, adjustment, balances, resolve, state


@pytest.fixture
def three_short(db: Any, night: Any) -> list[Any]:
    """Three charges of 24.90, of each the file has 1.00 less; their alerts."""
    receive(csv_of([changed(night.charge(2490), gross=2390) for _ in range(3)]))
    compare()
    return [row.alert_id for row in run("SELECT alert_id FROM settlement_differences ORDER BY line")]


def test_all_are_claimed_in_one_way(db: Any, three_short: list[Any]) -> None:
    """3 × 1.00 claimed, three alerts closed."""
    with atomic() as session:
        outcomes = resolve_all(session, three_short, way="psp_claim", note=WHY, by=FINANCE)
    assert [outcome.done for outcome in outcomes] == [True] * 3
    assert balances(db) == {"psp_balance": 7170, "psp_claims": 300}


def test_one_that_is_refused_stays_and_the_others_are_done(db: Any, three_short: list[Any]) -> None:
    """The second is resolved already: it is told so, nothing of it is posted again."""
    resolve(three_short[1], "psp_claim")
    with atomic() as session:
        outcomes = resolve_all(session, three_short, way="psp_claim", note=WHY, by=FINANCE)
    assert [outcome.code for outcome in outcomes] == [None, "invalid_alert_state", None]
    assert balances(db)["psp_claims"] == 300


def test_write_offs_ask_a_second_person_for_each(db: Any, three_short: list[Any]) -> None:
    """Three proposals, nothing posted."""
    with atomic() as session:
        outcomes = resolve_all(session, three_short, way="write_off", note=WHY, by=FINANCE)
    assert len({outcome.approval_id for outcome in outcomes}) == 3
    assert balances(db) == {"psp_balance": 7470}


def test_only_one_code_and_one_cause_are_resolved_together(db: Any, night: Any) -> None:
    """An unknown line among charges that are short: none is touched."""
    receive(csv_of([changed(night.charge(2490), gross=2390), adjustment(night, "txn_x", 100)]))
    compare()
    ids = [row.alert_id for row in run("SELECT alert_id FROM settlement_differences")]
    with atomic() as session, pytest.raises(BulkNotUniform) as refused:
        resolve_all(session, ids, way="post_correction", account="psp_fees", note=WHY, by=FINANCE)
    assert refused.value.extra == {"codes": ["amount_mismatch", "unknown_reference"]}


def test_all_are_given_to_one_person_and_put_off(db: Any, three_short: list[Any]) -> None:
    """An unknown id among them is answered for itself."""
    unknown = new_uuid()
    with atomic() as session:
        given = assign_all(session, [*three_short, unknown], to="person:usr_x", by=FINANCE)
        until = datetime(2026, 3, 20, tzinfo=UTC)
        put_off = snooze_all(
            session, three_short, until=until, reason="the PSP answers on Friday", by=FINANCE
        )
    assert [outcome.code for outcome in given] == [None, None, None, "not_found"]
    assert all(outcome.done for outcome in put_off)
    assert {state(db, id) for id in three_short} == {"snoozed"}
    assert [note.kind for note in desk.history(three_short[0])] == ["assigned", "snoozed"]


@pytest.mark.parametrize("count", [0, 501])
def test_the_number_of_alerts_is_bounded(db: Any, count: int) -> None:
    """None at all, or more than a transaction should hold."""
    with atomic() as session, pytest.raises(InvalidParameter):
        assign_all(session, [new_uuid() for _ in range(count)], to="person:usr_x", by=FINANCE)
