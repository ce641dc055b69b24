"""Many differences of a night are written in few statements, and as the rows that each alone would be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from checkout.alerts import desk
from checkout.db import statement
from checkout.db.session import atomic
from checkout.reconciliation.matching import compare as comparing
from checkout.reconciliation.night.comparisons import comparisons_of
from tests.reconciliation.conftest import CAUSE, DAY, alerts, changed, compare, csv_of, receive


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of transactions, as they are sent."""
    statements: list[str] = []
    send = statement.send

    def noted(connection: Any, sql: str, parameters: Any) -> Any:
        statements.append(sql)
        return send(connection, sql, parameters)

    monkeypatch.setattr(statement, "send", noted)
    return statements


def a_night_of(night, count: int, day) -> None:
    """So many rows of 1.00 EUR each that nothing of ours answers to."""
    charge = night.charge(100, 0)
    rows = [
        changed(charge, number=f"txn_{day}_{n}", source="", payment="", category="other_adjustment")
        for n in range(count)
    ]
    receive(csv_of(rows), day=day)


def test_a_night_of_many_differences_costs_no_statement_more_for_each(db, night, sent):
    """20 and 220 unknown rows: both times the same number of statements, the first time and when compared again."""
    other = DAY - timedelta(days=1)
    a_night_of(night, 20, DAY)
    a_night_of(night, 220, other)
    for _ in range(2):
        counts = []
        for day in (DAY, other):
            sent.clear()
            compare(day)
            counts.append(len(sent))
        few, many = counts
        assert few > 10, "the statements were seen"
        assert many <= few + 5
    assert len(alerts(db)) == 240


def test_each_has_its_alert_its_event_and_if_critical_its_email(db, night, ruled):
    """Three unknown rows, critical by these rules: three of each; compared again, none more."""
    ruled(("      - unknown_reference\n", ""), ("critical: [", "critical: [unknown_reference, "))
    a_night_of(night, 3, DAY)
    compare()
    compare()
    found = db.rows(
        """
        SELECT a.code, a.severity, a.subject = d.subject AS named, a.amount_minor, a.due_on IS NOT NULL AS due,
               (SELECT count(*) FROM events e WHERE e.type = 'reconciliation.alert_opened'
                   AND e.data ->> 'difference' = '-100') AS events,
               (SELECT count(*) FROM tasks t WHERE t.kind = 'notifications.critical_alert_email') AS emails
          FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
        """
    )
    told = {
        "code": "unknown_reference", "severity": "critical", "named": True, "amount_minor": -100, "due": True,
        "events": 3, "emails": 3,
    }  # fmt: skip
    assert found == [told] * 3


def test_alerts_of_one_night_have_the_order_of_its_rows(db, night):
    """Sixty rows of 1.00, 1.01 … too much: by the time at which they were opened the alerts rise as well."""
    receive(
        csv_of(
            [
                changed(charge, gross=1_100 + n)
                for n, charge in enumerate(night.charge(1_000) for _ in range(60))
            ]
        )
    )
    compare()
    found = db.rows("SELECT -amount_minor AS beyond FROM alerts ORDER BY created_at")
    assert [row["beyond"] for row in found] == list(range(100, 160))


def test_what_was_known_of_them_stays(db, night):
    """Of three rows one is explained, one says another amount when it comes again, one stays: compared again the first
    stays resolved, the second is said anew, and none has a second alert."""
    first, second, third = (night.charge(gross) for gross in (1_000, 2_000, 3_000))
    receive(csv_of([changed(one, gross=one.gross + 50) for one in (first, second, third)]))
    compare()
    ids = {row["amount_minor"]: row["id"] for row in db.rows("SELECT id, amount_minor FROM alerts")}
    assert list(ids) == [-50], "all by the same amount"
    rows = db.rows("SELECT alert_id FROM settlement_differences ORDER BY line")
    with atomic() as session:
        desk.resolve(session, rows[0]["alert_id"], kind="not_ours", note="Two persons have looked.", by=CAUSE)
    with db.connect() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "UPDATE settlement_lines SET gross_minor = gross_minor + 7, net_minor = net_minor + 7 WHERE line = 3"
        )

    report = compare().report

    stand = db.rows(
        "SELECT a.amount_minor, a.status FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id ORDER BY d.line"
    )
    assert [(row["amount_minor"], row["status"]) for row in stand] == [
        (-50, "resolved"), (-57, "open"), (-50, "open"),
    ]  # fmt: skip
    assert (report.open, report.unexplained, db.value("SELECT count(*) FROM alerts")) == (2, {"EUR": -107}, 3)


def test_many_that_go_and_come_again_cost_no_statement_more_for_each(db, night, sent):
    """20 and 220 rows that were unknown, are all explained by a charge each, and are unknown again: closed together, and
    opened together, each with its own note and event."""
    other = DAY - timedelta(days=1)
    for day, count in ((DAY, 20), (other, 220)):
        a_night_of(night, count, day)
        compare(day)

    def counted(kind: str) -> list[int]:
        """How many statements each day took, with the line's kind changed in between."""
        with db.connect() as connection, connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(
                "UPDATE settlement_lines SET kind = %s, net_minor = 0, gross_minor = 0", [kind]
            )
            if kind == "adjustment":
                connection.execute("UPDATE settlement_lines SET net_minor = 100, gross_minor = 100")
        counts = []
        for day in (DAY, other):
            sent.clear()
            compare(day)
            counts.append(len(sent))
        return counts

    few, many = counted("fee")  # a fee of nothing: it matches
    assert many <= few + 5
    assert {status for *_, status in alerts(db)} == {"resolved"}
    few, many = counted("adjustment")
    assert many <= few + 5
    assert [status for *_, status in alerts(db)] == ["open"] * 240
    told = db.rows(
        "SELECT type, count(*) AS n FROM events WHERE strpos(type, 'alert_re') > 0 GROUP BY type ORDER BY type"
    )
    assert [(row["type"].rpartition(".")[2], row["n"]) for row in told] == [
        ("alert_reopened", 240), ("alert_resolved", 240),
    ]  # fmt: skip
    assert db.value("SELECT count(*) FROM alert_notes WHERE kind = 'reopened'") == 240
    assert db.value("SELECT count(*) FROM alert_transitions") == 480
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'alert.resolve'") == 240


def test_what_is_beyond_the_lines_that_are_looked_at_is_told_together(db, night, monkeypatch):
    """Seven rows that nobody knows, of which three are looked at: four of 1.00 EUR and 100 yen are told of together, each
    row is counted once, and none as matched; when they are known, that is closed too."""
    monkeypatch.setattr(comparing, "DIFFERENCES_AT_MOST", 3)
    unknown = {"source": "", "payment": "", "category": "other_adjustment"}
    euro, yen = night.charge(100, 0), night.charge(100, 0, "JPY")
    rows = [changed(euro, number=f"txn_e{n}", **unknown) for n in range(5)]
    rows += [changed(yen, number=f"txn_y{n}", **unknown) for n in range(2)]
    receive(csv_of([*rows, euro.row(), yen.row()]))

    outcome = compare()

    report, steps = outcome.report, comparisons_of(outcome.id)[0].steps
    assert (report.rows, report.matched, report.differing, report.open) == (9, 2, 7, 5)
    assert report.unexplained == {"EUR": -500, "JPY": -200}
    assert (steps.adds_up, steps.matched) == (True, 2)
    assert compare().report == report
    said = db.rows("SELECT detail FROM alerts WHERE subject LIKE 'further:%%' ORDER BY subject")
    assert [row["detail"].partition(" differ")[0] for row in said] == [
        "2 further rows in EUR",
        "2 further rows in JPY",
    ]
    assert said[0]["detail"].endswith("Ours is 0.00 EUR, the file says 2.00 EUR.")

    monkeypatch.setattr(comparing, "DIFFERENCES_AT_MOST", 7)
    report = compare().report
    assert (report.differing, report.open, report.together) == (7, 7, 0)
    assert (
        db.value("SELECT count(*) FROM alerts WHERE subject LIKE 'further:%%' AND status <> 'resolved'") == 0
    )
