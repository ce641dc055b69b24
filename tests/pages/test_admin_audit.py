"""The audit log's page: its filters, its file, and whether the log is as it was sealed."""

from __future__ import annotations

import csv
import io

from flask.testing import FlaskClient

from checkout.audit.seals import seal_audit_log
from jobs.prove_audit import prove_audit_log
from tests.conftest import Database
from tests.pages.people import send, signed_in, somebody


def test_the_audit_log_is_filtered_and_exported(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "auditor"))
    for action, reason in (("payment.review_approve", "=1+1"), ("api_key.create", "x")):
        db.rows(
            "INSERT INTO audit_log (id, at, actor, action, object, after, reason) VALUES (gen_random_uuid(), now(),"
            " 'person:usr_1', %(action)s, 'pay_1', '{\"status\": \"<b>\"}', %(reason)s)",
            action=action, reason=reason,
        )  # fmt: skip

    page = client.get("/admin/audit?action=payment.&object=pay_1").text
    (row,) = csv.DictReader(io.StringIO(client.get("/admin/audit.csv?action=payment.").text))

    assert "1 entry, newest first" in page
    assert "&lt;b&gt;" in page
    assert (row["action"], row["reason"]) == ("payment.review_approve", "'=1+1")


def test_the_audit_log_says_whether_it_is_as_it_was_sealed(client: FlaskClient, db: Database) -> None:
    """Nothing yet, then up to which row; a difference stands above everything. Asking for a check stages it once."""
    signed_in(client, somebody(db, "auditor"))
    assert "has not been verified yet" in client.get("/admin/audit").text
    seal_audit_log()
    last = db.value("SELECT max(sequence) FROM audit_log")

    for _ in range(2):
        asked = send(client, "/admin/audit", "/admin/audit/verify")
    assert asked.status_code == 303, asked.text
    assert "is being verified" in client.get(asked.headers["Location"]).text
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'audit.verify'") == 1
    prove_audit_log(None)
    assert f"is verified up to row {last}," in client.get("/admin/audit").text

    with db.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE audit_log SET actor = 'person:eve' WHERE sequence = %s", [last])
    prove_audit_log(None)
    page = client.get("/admin/audit").text
    assert "not as it was sealed: 1 difference" in page
    assert f"row {last}: " in page
    assert "is verified up to" not in page


def test_the_audit_log_is_filtered_by_request_and_says_the_role(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "auditor"))
    for request in ("req_1", "req_2"):
        db.rows(
            "INSERT INTO audit_log (id, at, actor, role, action, object, request_id) VALUES (gen_random_uuid(), now(),"
            " 'person:usr_1', 'finance_approver', 'approval.approve', %(object)s, %(request)s)",
            object=f"apr_{request}", request=request,
        )  # fmt: skip

    page = client.get("/admin/audit?request=req_2").text
    (row,) = csv.DictReader(io.StringIO(client.get("/admin/audit.csv?request=req_2").text))

    assert "apr_req_2" in page
    assert "apr_req_1" not in page
    assert (row["role"], row["request_id"]) == ("finance_approver", "req_2")
