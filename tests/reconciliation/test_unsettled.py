"""What no settlement file tells of yet is the same whether it was kept at a mark of the journal or is looked for anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checkout.core import clock
from checkout.core.clock import utcnow
from checkout.reconciliation.night import nightly
from checkout.reconciliation.unsettled import keep_unsettled
from checkout.reporting.finance_reports import unsettled, unsettled_by_age
from tests.reconciliation.conftest import DAY, Night, csv_of, receive

NEXT_DAY = DAY + timedelta(days=1)


def figures() -> list[tuple[str, int, str]]:
    """By currency how many, and what they come to."""
    return [(row.currency, row.total.count, str(row.total.amount)) for row in unsettled_by_age(utcnow())]


def kept(db: Any) -> int:
    return int(db.value("SELECT count(*) FROM unsettled_captures"))


@pytest.mark.parametrize("marked", ["never", "before", "between", "after"])
def test_the_figures_do_not_hang_on_when_the_mark_was_set(db: Any, night: Night, marked: str) -> None:
    """24.90 and 10.00 told of in the night, 12.345 dinar, 1000 yen and 7.00 not; 5.00 captured after it."""

    def mark(when: str) -> None:
        if marked == when:
            keep_unsettled()

    told = [night.charge(2_490), night.charge(1_000)]
    night.charge(12_345, currency="KWD")
    night.charge(1_000, currency="JPY", fee_booked=False)
    night.charge(700)
    mark("before")
    receive(csv_of([each.row() for each in told]))
    mark("between")
    night.charge(500, at=datetime(2026, 3, 15, 1, 0, tzinfo=UTC))
    mark("after")

    assert figures() == [("EUR", 2, "12.00 EUR"), ("JPY", 1, "1000 JPY"), ("KWD", 1, "12.345 KWD")]
    found = unsettled(utcnow(), limit=10, currency="EUR")
    assert [str(each.amount) for each in found] == ["7.00 EUR", "5.00 EUR"]


def test_from_mark_to_mark_the_list_gets_what_is_new_and_loses_what_was_told(db: Any, night: Night) -> None:
    """Two kept, of which one is told the next day; one more captured; then all are older than what is looked back at."""
    first, _ = night.charge(2_490), night.charge(1_000)
    keep_unsettled()
    assert kept(db) == 2

    receive(csv_of([first.row()]), day=NEXT_DAY)
    night.charge(300)
    keep_unsettled()
    keep_unsettled()
    assert (kept(db), figures()) == (2, [("EUR", 2, "13.00 EUR")])

    a_quarter_later = datetime(2026, 6, 30, 2, 0, tzinfo=UTC)
    clock.configure(offset_seconds=int((a_quarter_later - datetime.now(UTC)).total_seconds()))
    keep_unsettled()
    assert (kept(db), figures()) == (0, [])


def test_each_night_sets_the_mark(db: Any, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once its day was compared."""
    calls: list[str] = []
    monkeypatch.setattr(nightly, "files_of", lambda psp, day: ["a file"])
    monkeypatch.setattr(nightly, "_compare", lambda night, cause: calls.append("compared"))
    monkeypatch.setattr(nightly.nights, "finish", lambda night, now: calls.append("finished"))
    monkeypatch.setattr(nightly, "keep_unsettled", lambda: calls.append("marked"))

    due = nightly.nights.Night("stripe", DAY, 0, None, 0, utcnow())
    nightly._settle(due, None, None, None, asks=False)  # type: ignore[arg-type]

    assert calls == ["compared", "finished", "marked"]
