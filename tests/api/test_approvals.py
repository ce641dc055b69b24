"""GET /v1/approvals and the two decisions: by the platform's people, and never by whoever proposed."""

from __future__ import annotations

import pytest

from checkout import approvals
from checkout.core.cause import Cause
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.identity import tokens
from tests.api.world import make_world, token_of


@pytest.fixture
def approver(db, caller, stranger):
    """GET and POST as a finance approver."""
    tokens.forget_cached()
    token = token_of(db, "finance_approver", make_world(caller, stranger))
    headers = {"Authorization": f"Bearer {token}"}

    def call(method, path, body=None, **more):
        options = {} if body is None else {"json": body}
        return caller.client.open(path, method=method, headers={**headers, **more}, **options)

    return call


def propose(proposer, subject="po_y"):
    with atomic() as session:
        id = approvals.propose(
            session, kind="payout.send", subject=subject, proposal={"amount": 1}, proposer=proposer
        )
    return encode("apr", id)


def test_an_approval_is_listed_read_and_approved(approver, db):
    id = propose(Cause("person", "usr_01jd2k8wz5e8p9c4m6h7r3t1vx"))

    (first, *_) = approver("GET", "/v1/approvals?status=pending&limit=1").get_json()["data"]
    read = approver("GET", f"/v1/approvals/{id}")
    decided = approver("POST", f"/v1/approvals/{id}/approve", {"reason": "as agreed"}).get_json()
    again = approver("POST", f"/v1/approvals/{id}/reject", {"reason": "too late"})

    assert first == read.get_json()
    assert (decided["status"], decided["reason"]) == ("approved", "as agreed")
    assert decided["decided_by"].startswith("person:usr_")
    assert (again.status_code, again.get_json()["code"]) == (409, "invalid_approval_state")
    actor = db.value("SELECT actor FROM audit_log WHERE action = 'approval.approve'")
    assert actor == decided["decided_by"]


def test_the_proposer_is_told_that_it_takes_another(approver, db):
    user = db.value("SELECT id FROM users")
    id = propose(Cause("person", encode("usr", user)))

    answer = approver("POST", f"/v1/approvals/{id}/approve")

    assert (answer.status_code, answer.get_json()["code"]) == (403, "four_eyes_required")
    assert approver("GET", f"/v1/approvals/{id}").get_json()["status"] == "pending"


def test_a_key_of_ones_own_does_not_make_two_people_of_one(approver, caller, db):
    """Proposed by a key that the approver made: neither way of deciding is theirs; the key itself decides nothing."""
    user = db.value("SELECT id FROM users")
    db.rows(
        "UPDATE api_keys SET made_by = %(user)s WHERE id = %(id)s",
        user=user,
        id=decode("key", caller.shop.key_id),
    )
    id = propose(Cause("key", caller.shop.key_id))

    for call, body in (("approve", {}), ("reject", {"reason": "no"})):
        own = approver("POST", f"/v1/approvals/{id}/{call}", body)
        by_key = caller.post(f"/v1/approvals/{id}/{call}", body)
        assert (own.status_code, own.get_json()["code"]) == (403, "four_eyes_required")
        assert (by_key.status_code, by_key.json["code"]) == (403, "missing_scope")
    assert approver("GET", f"/v1/approvals/{id}").get_json()["status"] == "pending"


def test_a_decision_repeated_under_its_key_is_the_same_answer(approver):
    id = propose(Cause("task", "tsk_x"))

    first = approver("POST", f"/v1/approvals/{id}/reject", {"reason": "no"}, **{"Idempotency-Key": "k-1"})
    again = approver("POST", f"/v1/approvals/{id}/reject", {"reason": "no"}, **{"Idempotency-Key": "k-1"})

    assert (first.status_code, first.get_json()["reason"]) == (200, "no")
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_rejection_without_a_reason_is_422(approver):
    id = propose(Cause("task", "tsk_x"))

    assert approver("POST", f"/v1/approvals/{id}/reject", {}).status_code == 422
