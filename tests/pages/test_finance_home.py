"""Finance's first page: the last thirty days as charts whose figures stand in tables, and how the books stand right now."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID

import pytest

from checkout.core import clock
from checkout.db import autocommit, statement
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.ledger.seals import seal_ledger
from checkout.pages.finance_charts import matched_charts, resolved_chart
from checkout.reporting import finance_nights
from checkout.reporting.finance_nights import DayResolved, NightMatched
from tests.ledger.conftest import post_some
from tests.pages.people import signed_in, somebody
from tests.pages.reconciling import one_short
from tests.reconciliation.conftest import DAY

MARCH_20 = date(2026, 3, 20)


@pytest.fixture
def finance(db, client):
    clock.configure(offset_seconds=int((MARCH_20 - clock.utcnow().date()).total_seconds()))
    yield signed_in(client, somebody(db, "finance"))
    clock.configure()


def chart(page, name):
    """The cells of the table that says the same as the drawing."""
    table = page.partition(f'aria-label="{name}"')[2].partition("</table>")[0]
    return [re.sub(r"<[^>]+>", "", cell).replace("\xa0", " ") for cell in re.findall(r"<td.*?</td>", table)]


def test_the_charts_say_their_figures_and_lead_to_what_they_are_made_of(finance, db):
    """One of two rows matched, 1.00 euro differs, an alert was resolved after two hours."""
    found = one_short(db)
    db.rows(
        "UPDATE alerts SET status = 'resolved', resolution = 'x', resolved_by = 'system',"
        " resolved_at = created_at + interval '2 hours'"
    )

    page = finance.get("/finance").text

    assert chart(page, "Rows of stripe that matched") == ["50.0 %", "2"]
    assert chart(page, "What differed in EUR") == ["1.00 EUR", "1"]
    assert chart(page, "Median time until an alert is resolved") == ["2 h", "1"]
    assert f"/finance/reconciliation/runs/{found.run}" in page.partition("Rows of stripe that matched")[2]
    assert page.count('<svg viewBox="0 0 3000 1000"') == 3


def test_the_books_say_how_many_entries_balance_and_since_when(finance, db):
    """Two captures and their fees: four entries, some of them in a seal."""
    one_short(db)
    assert "4 entries in 1 currency, checked" in finance.get("/finance").text


def test_sealed_entries_are_counted_once_in_a_process(db, monkeypatch):
    """Three and two, before and after they are sealed; what was counted is not read again."""
    post_some(3)
    seal_ledger()
    assert finance_nights.entries() == 3
    post_some(2)
    assert finance_nights.entries() == 5
    seal_ledger()
    asked, run = [], finance_nights.run
    monkeypatch.setattr(finance_nights, "run", lambda sql, **more: asked.append(more) or run(sql, **more))

    assert finance_nights.entries() == 5
    assert {"after": 1} in asked


def test_what_the_page_asks_does_not_grow_with_the_alerts(finance, db, statements_of):
    """As many statements for nine differences, explained in part, as for one."""
    one_short(db)
    db.rows("""
        INSERT INTO alert_notes (id, alert_id, kind, author, text, at)
        SELECT gen_random_uuid(), id, 'explained', 'system', 'x', now() FROM alerts""")
    finance.get("/finance")  # what is asked once in a process
    few = statements_of(lambda: finance.get("/finance"))
    db.rows("""
        WITH more AS (
            INSERT INTO alerts (id, code, severity, subject, detail, amount_minor, currency, created_at, updated_at)
            SELECT gen_random_uuid(), code, severity, subject || n, detail, amount_minor, currency, created_at, updated_at
              FROM alerts, generate_series(1, 8) AS n RETURNING id
        ), noted AS (
            INSERT INTO alert_notes (id, alert_id, kind, author, text, at)
            SELECT gen_random_uuid(), id, 'explained', 'system', 'x', now() FROM more
        )
        INSERT INTO settlement_differences
        SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'alert_id', m.id,
                                                            'subject', m.id::text))).*
          FROM more m, settlement_differences AS d""")

    assert statements_of(lambda: finance.get("/finance")) == few


def test_what_was_resolved_in_thirty_days_is_found_by_index(db):
    """Whatever came before them is not read."""
    with atomic() as session:
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = (
            execute(session, f"EXPLAIN {finance_nights.RESOLVED}", since=clock.utcnow(), zone="UTC")
            .scalars()
            .all()
        )
    assert "alerts_by_resolution" in " ".join(plan)


@pytest.fixture
def statements_of(monkeypatch):
    """How many statements something sends."""
    sent = []
    send, run_alone = statement.send, autocommit.Connections.run
    monkeypatch.setattr(statement, "send", lambda *a: sent.append(a) or send(*a))
    monkeypatch.setattr(autocommit.Connections, "run", lambda *a: sent.append(a) or run_alone(*a))

    def count(act):
        sent.clear()
        act()
        return len(sent)

    return count


def test_a_running_night_says_how_far_it_is(finance, db):
    one_short(db)
    db.rows("UPDATE reconciliation_runs SET status = 'running', finished_at = NULL")
    db.rows("UPDATE reconciliation_progress SET done = 1, total = 4")

    page = finance.get("/finance").text

    assert "Running" in page.partition("Last nights")[2]
    assert "25 %" in page.partition("Last nights")[2]


def test_before_anything_there_is_no_chart(finance, db):
    assert "The last 30 days" not in finance.get("/finance").text


def test_a_line_breaks_where_a_day_has_no_file(app):
    """The 14th and 15th are joined, the 17th stands alone; the scale begins below the lowest point."""
    days = [(14, 1000, 999), (15, 1000, 950), (17, 1000, 1000)]
    nights = [
        NightMatched(UUID(int=day), "stripe", date(2026, 3, day), rows, matched)
        for day, rows, matched in days
    ]

    with app.test_request_context():
        (found,) = matched_charts(nights, MARCH_20)

    assert (found.bottom, found.top) == ("95.0 %", "100 %")
    assert found.path.count("M") == 2
    assert [point.y for point in found.points] == [20, 1000, 0]
    assert DAY - found.first == timedelta(days=23)


def test_the_tallest_bar_is_as_tall_as_the_chart(app):
    """Of medians of one and of four hours: a quarter and the whole; the smallest is still seen."""
    days = [
        DayResolved(date(2026, 3, 18), 1, timedelta(hours=1)),
        DayResolved(date(2026, 3, 19), 3, timedelta(hours=4)),
        DayResolved(date(2026, 3, 20), 1, timedelta(seconds=1)),
        DayResolved(None, 5, timedelta(hours=4)),
    ]

    with app.test_request_context():
        found = resolved_chart(days, MARCH_20)

    assert found is not None
    assert [1000 - point.y for point in found.points] == [250, 1000, 20]
    assert found.desc == "4 h over 5 alerts in 30 days."
    assert resolved_chart([], MARCH_20) is None
