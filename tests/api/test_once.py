"""Cancel and refresh: an Idempotency-Key is honoured where it is sent, and a crash leaves one that finishes."""

from __future__ import annotations

import pytest

from checkout.db.statement import run
from checkout.psp.errors import OutcomeUnknown


def test_cancel_closes_the_page_and_answers_the_payment(caller, psp):
    payment = caller.create()

    answer = caller.post(f"/v1/payments/{payment['id']}/cancel")

    canceled = answer.get_json()
    assert (answer.status_code, canceled["status"], canceled["next_action"]) == (200, "canceled", None)
    assert {order["status"] for order in canceled["orders"]} == {"canceled"}
    assert psp.calls == ["register", "expire"]


def test_cancel_works_without_a_key_and_without_a_body(caller):
    payment = caller.create()

    answer = caller.client.post(
        f"/v1/payments/{payment['id']}/cancel", headers={"Authorization": f"Bearer {caller.shop.key}"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("body", [{}, None])
def test_a_repeated_key_is_replayed(caller, psp, body):
    payment = caller.create()
    path = f"/v1/payments/{payment['id']}/cancel"

    first = caller.post(path, body, key="c-1")
    again = caller.post(path, {}, key="c-1")

    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert psp.calls.count("expire") == 1


def test_a_refusal_is_stored_too(caller, psp, db):
    """The state forbade it then; the same key says so for ever."""
    payment = caller.create()
    db.rows("UPDATE payments SET status = 'processing'")

    first = caller.post(f"/v1/payments/{payment['id']}/cancel", key="c-1")
    db.rows("UPDATE payments SET status = 'awaiting_shopper'")
    again = caller.post(f"/v1/payments/{payment['id']}/cancel", key="c-1")
    fresh = caller.post(f"/v1/payments/{payment['id']}/cancel", key="c-2")

    assert (first.status_code, first.get_json()["code"]) == (409, "invalid_payment_state")
    assert first.get_json()["payment_status"] == "processing"
    assert (again.status_code, again.data) == (409, first.data)
    assert again.content_type == "application/problem+json"
    assert fresh.status_code == 200


def test_an_unknown_outcome_is_not_stored_and_the_key_goes_on_at_once(caller, psp, db):
    payment = caller.create()
    psp.failures.append(OutcomeUnknown("read timeout"))

    first = caller.post(f"/v1/payments/{payment['id']}/cancel", key="c-1")
    again = caller.post(f"/v1/payments/{payment['id']}/cancel", key="c-1")

    assert (first.status_code, first.get_json()["code"]) == (503, "psp_unavailable")
    assert int(first.headers["Retry-After"]) >= 1
    assert (again.status_code, again.get_json()["status"]) == (200, "canceled")


def test_a_key_names_one_call_on_one_payment(caller):
    """Another payment, another verb, or creating: all 422."""
    one, other = caller.create(), caller.create()
    caller.post(f"/v1/payments/{one['id']}/refresh", key="c-1")

    answers = [
        caller.post(f"/v1/payments/{other['id']}/refresh", key="c-1"),
        caller.post(f"/v1/payments/{one['id']}/cancel", key="c-1"),
        caller.post("/v1/payments", caller.shop.body(), key="c-1"),
    ]

    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [
        (422, "idempotency_key_reused")
    ] * 3


def test_a_key_whose_holder_died_is_taken_over_after_its_lease(caller, db):
    """kill -9 between claim and answer: 409 while the lease runs, then the next retry does it."""
    payment = caller.create()
    path = f"/v1/payments/{payment['id']}/cancel"
    caller.post(path, key="c-1")
    db.rows(
        "UPDATE idempotency_keys SET status_code = NULL, body = NULL, headers = NULL, finished_at = NULL,"
        " lease_until = now() + interval '30 seconds' WHERE key = 'c-1'"
    )

    while_held = caller.post(path, key="c-1")
    db.rows("UPDATE idempotency_keys SET lease_until = now() - interval '1 second' WHERE key = 'c-1'")
    after = caller.post(path, key="c-1")

    assert (while_held.status_code, while_held.get_json()["code"]) == (409, "idempotency_key_in_use")
    assert "Retry-After" in while_held.headers
    assert (after.status_code, after.get_json()["status"]) == (200, "canceled")


def test_a_foreign_payment_takes_no_key(caller, stranger):
    """Authorisation comes before the key: nothing is claimed for what is not theirs."""
    payment = caller.create()

    answer = stranger.post(f"/v1/payments/{payment['id']}/cancel", key="c-1")

    assert answer.status_code == 404
    assert run("SELECT count(*) FROM idempotency_keys WHERE key = 'c-1'")[0][0] == 0


def test_refresh_asks_the_psp_now(caller, psp):
    payment = caller.create()

    answer = caller.post(f"/v1/payments/{payment['id']}/refresh")

    assert (answer.status_code, answer.get_json()["id"]) == (200, payment["id"])
    assert psp.calls == ["register", "fetch"]


def test_a_body_with_members_is_refused(caller):
    payment = caller.create()

    answer = caller.post(f"/v1/payments/{payment['id']}/cancel", {"reason": "x"}, key="c-1")

    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_parameter")
