"""A charge that is heard of after its month was locked counts later; its row stands in the file of the day it happened."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from checkout.core.ids import new_uuid
from tests.ledger.test_periods import LOCK
from tests.reconciliation.conftest import compare, csv_of, receive

FEBRUARY = datetime(2026, 2, 14, 12, tzinfo=UTC)
TODAY = date(2026, 3, 15)


@pytest.mark.parametrize(("told", "missing"), [(True, 0), (False, 1)])
def test_its_row_of_the_old_day_is_found(db, night, told, missing):
    """24.90 of February, booked in March: with its row in February's file nothing is missed in March, without it, it is."""
    db.rows(
        LOCK, id=new_uuid(), starts=datetime(2026, 2, 1, tzinfo=UTC), ends=datetime(2026, 3, 1, tzinfo=UTC)
    )
    charge = night.charge(2490, at=FEBRUARY)
    assert db.value("SELECT happened_at FROM journal_entries") == FEBRUARY
    receive(csv_of([charge.row()] if told else []), day=FEBRUARY.date())
    receive(csv_of([]) + b"\n", day=TODAY)

    report = compare(TODAY).report

    assert report.missing + report.waiting == missing
