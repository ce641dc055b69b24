"""The daily proof of the audit log: its result is kept, and a difference opens one alert."""

import psycopg

from checkout import audit
from checkout.audit.seals import seal_audit_log
from checkout.audit.verify import last_check
from checkout.db.session import atomic
from jobs.prove_audit import prove_audit_log


def test_a_log_that_holds_is_said_to_and_one_that_does_not_calls_a_person_once(db):
    with atomic() as session:
        audit.record(session, actor="cli:ada", action="test.act", object="pay_1")
    seal_audit_log()

    prove_audit_log(None)

    assert (last_check().rows, last_check().differences) == (1, 0)
    assert db.rows("SELECT * FROM alerts") == []

    with psycopg.connect(db.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE audit_log SET actor = 'cli:eve'")
    prove_audit_log(None)
    prove_audit_log(None)

    assert last_check().differences == 1
    (alert,) = db.rows("SELECT code, severity, subject, detail FROM alerts")
    assert (alert["code"], alert["severity"]) == ("audit_log_differs", "critical")
    assert alert["subject"] == f"row {db.value('SELECT sequence FROM audit_log')}"
    assert "test.act of pay_1: changed or added" in alert["detail"]
