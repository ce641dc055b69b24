"""Every call that changes something leaves an audit row with who, in which role, from where and by which request.

The tables are written by hand: a route that is added without a line of its own fails.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from checkout.audit import context
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.identity import memberships, passwords, signing_keys, users
from checkout.orders.carrier_signature import signature
from tests.api.conftest import Caller
from tests.api.world import SETTLEMENT_FILE, World, captured, key_of, make_world, token_of
from tests.conftest import Database
from tests.payouts.conftest import fund

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
PARCEL = {"carrier": "DHL", "tracking_number": "jjd-1"}
ACCOUNT = {
    "currency": "EUR",
    "country": "DE",
    "account_number": "DE89 3704 0044 0532 0130 00",
    "account_holder_name": "Ada Lindqvist",
}

# Calls that leave no row, and why.
TOMORROW = (utcnow() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

NOT_AUDITED = {
    "POST /v1/auth/refresh": "goes on with a sign-in whose token.issue stands there; a refresh token used twice does",
    "POST /webhooks/stripe": "the delivery itself is kept whole in the inbox; what it changes is audited when applied",
}


@dataclass(frozen=True)
class Stage:
    """A storefront's caller, its world, and a database to prepare what a call needs."""

    caller: Caller
    world: World
    db: Database

    @property
    def order(self) -> str:
        return self.world.ids["own"]["order_id"]

    @property
    def seller(self) -> str:
        return self.world.ids["own"]["seller_id"]

    def paid(self) -> str:
        self.db.rows("UPDATE orders SET status = 'paid'")
        return self.order

    def shipped(self) -> str:
        assert self.caller.post(f"/v1/orders/{self.paid()}/shipments", PARCEL).status_code == 201
        return self.order

    def by(self, role: str, method: str, path: str, body: Any) -> TestResponse:
        token = token_of(self.db, role, self.world)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        return self.caller.client.open(path, method=method, json=body, headers=headers)


def create(stage: Stage) -> TestResponse:
    return stage.caller.post("/v1/payments", stage.caller.shop.body())


def cancel(stage: Stage) -> TestResponse:
    return stage.caller.post(f"/v1/payments/{stage.world.ids['own']['payment_id']}/cancel")


def refresh(stage: Stage) -> TestResponse:
    return stage.caller.post(f"/v1/payments/{stage.world.ids['own']['payment_id']}/refresh")


def ship(stage: Stage) -> TestResponse:
    return stage.caller.post(f"/v1/orders/{stage.paid()}/shipments", PARCEL)


def deliver(stage: Stage) -> TestResponse:
    return stage.caller.post(f"/v1/orders/{stage.shipped()}/deliver")


def upload(stage: Stage) -> TestResponse:
    text = f"order,carrier,tracking_number\n{stage.paid()},DHL,A-1\n"
    return stage.caller.client.post(
        "/v1/shipments/uploads",
        data={"file": (BytesIO(text.encode()), "parcels.csv")},
        headers={"Authorization": f"Bearer {stage.caller.shop.key}"},
    )


def settlement_file(stage: Stage) -> TestResponse:
    """Another day than the world's: the same bytes again would change nothing."""
    text = SETTLEMENT_FILE.replace("03-14", "03-15")
    token = token_of(stage.db, "finance", stage.world)
    return stage.caller.client.post(
        "/v1/settlements/files",
        data={"psp": "stripe", "business_on": "2026-03-15", "file": (BytesIO(text.encode()), "day.csv")},
        headers={"Authorization": f"Bearer {token}"},
    )


def compare_a_day(stage: Stage) -> TestResponse:
    body = {"psp": "stripe", "business_on": "2026-03-14"}
    return stage.by("finance", "POST", "/v1/reconciliation/runs", body)


def refund(stage: Stage) -> TestResponse:
    return stage.caller.post(
        "/v1/refunds", {"payment": captured(stage.world.ids["own"]["payment_id"]), "amount": 500}
    )


def cancel_order(stage: Stage) -> TestResponse:
    captured(stage.world.ids["own"]["payment_id"])
    return stage.caller.post(f"/v1/orders/{stage.order}/cancel")


def refund_file(stage: Stage) -> TestResponse:
    text = f"payment,amount,currency\n{captured(stage.world.ids['own']['payment_id'])},5.00,EUR\n"
    return stage.caller.client.post(
        "/v1/refund_uploads?dry_run=false",
        data={"file": (BytesIO(text.encode()), "refunds.csv")},
        headers={"Authorization": f"Bearer {stage.caller.shop.key}"},
    )


def on_alert(verb: str, body: dict[str, Any]) -> Callable[[Stage], TestResponse]:
    def call(stage: Stage) -> TestResponse:
        path = f"/v1/reconciliation/alerts/{stage.world.ids['own']['alert_id']}"
        if verb == "reopen":
            resolving = {"way": "psp_claim", "note": "claimed, ticket 4711"}
            stage.db.rows("UPDATE settlement_differences SET balance_minor = 300")
            assert stage.by("finance", "POST", f"{path}/resolve", resolving).status_code == 200
        return stage.by("finance", "POST", f"{path}/{verb}", body)

    return call


def unlink(stage: Stage) -> TestResponse:
    """From a second difference, which was joined with it."""
    alert = stage.world.ids["own"]["alert_id"]
    other = uuid4()
    stage.db.rows(
        """
        WITH other AS (
            INSERT INTO alerts (id, code, severity, subject, detail, created_at, updated_at)
            SELECT %(other)s, code, severity, 'other', detail, created_at, updated_at FROM alerts WHERE id = %(id)s
        ), differing AS (
            INSERT INTO settlement_differences
            SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'alert_id', %(other)s::uuid,
                                                                'subject', 'other'))).*
              FROM settlement_differences d WHERE d.alert_id = %(id)s
        )
        INSERT INTO alert_links (id, alert_id, other_id, minor, currency, linked_by, linked_at)
        SELECT gen_random_uuid(), pair.a, pair.b, pair.minor, 'EUR', 'test', now()
          FROM (VALUES (%(id)s::uuid, %(other)s::uuid, 5), (%(other)s::uuid, %(id)s::uuid, -5)) AS pair(a, b, minor)
        """,
        id=decode("alr", alert),
        other=other,
    )
    body = {"other": encode("alr", other), "reason": "it was another one"}
    return stage.by("finance", "POST", f"/v1/reconciliation/alerts/{alert}/unlink", body)


def on_alerts(verb: str, body: dict[str, Any]) -> Callable[[Stage], TestResponse]:
    def call(stage: Stage) -> TestResponse:
        named = {"alerts": [stage.world.ids["own"]["alert_id"]], **body}
        return stage.by("finance", "POST", f"/v1/reconciliation/alerts/{verb}", named)

    return call


def carrier(stage: Stage) -> TestResponse:
    stage.shipped()
    event = {
        "id": "trk_1",
        "type": "delivered",
        "carrier": "dhl",
        "tracking_number": "JJD-1",
        "happened_at": utcnow().isoformat(),
    }
    raw, at = json.dumps(event).encode(), str(int(time.time()))
    shown = f"t={at},v1={signature(raw, at, 'carrier-secret')}"
    return stage.caller.client.post("/webhooks/carrier", data=raw, headers={"Carrier-Signature": shown})


def new_seller(stage: Stage) -> TestResponse:
    body = {"name": "New", "country": "DE", "email": "new@example.org"}
    return stage.by("operator", "POST", "/v1/sellers", body)


def onboarding_link(stage: Stage) -> TestResponse:
    body = {"return_url": "https://shop.example/done"}
    return stage.by("seller_owner", "POST", f"/v1/sellers/{stage.seller}/onboarding_link", body)


def payout_account(stage: Stage) -> TestResponse:
    return stage.by("seller_owner", "PUT", f"/v1/sellers/{stage.seller}/payout_account", ACCOUNT)


def payout_schedule(stage: Stage) -> TestResponse:
    body = {"currency": "EUR", "rhythm": "daily"}
    return stage.by("finance", "PUT", f"/v1/sellers/{stage.seller}/payout_schedule", body)


def ask_for_payout(stage: Stage, amount_minor: int = 1050) -> TestResponse:
    stage.db.rows("DELETE FROM payouts")
    stage.db.rows("UPDATE sellers SET verification_status = 'verified', payouts_enabled = true")
    stage.db.rows(
        "INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, psp_account_id, created_at)"
        " VALUES (%(id)s, 'stripe', 'k', '{}', 'acct_x', now())",
        id=decode("sel", stage.seller),
    )
    fund(stage.world.seller, amount_minor)
    return stage.caller.post("/v1/payouts", {"seller": stage.seller, "currency": "EUR"})


def approve_payout(stage: Stage) -> TestResponse:
    """Above the limit: 10 000.01 EUR."""
    made = ask_for_payout(stage, 1_000_001).get_json()
    return stage.by("finance_approver", "POST", f"/v1/payouts/{made['id']}/approve", {})


def cancel_payout(stage: Stage) -> TestResponse:
    made = ask_for_payout(stage)
    return stage.caller.post(f"/v1/payouts/{made.get_json()['id']}/cancel")


def decide(stage: Stage, decision: str, body: dict[str, str]) -> TestResponse:
    approval = stage.world.ids["own"]["approval_id"]
    return stage.by("finance_approver", "POST", f"/v1/approvals/{approval}/{decision}", body)


def top_up(stage: Stage) -> TestResponse:
    body = {"amount": 2490, "currency": "EUR", "return_url": "https://shop.example/thanks"}
    return stage.caller.post(f"/v1/customers/{stage.world.ids['own']['customer_id']}/wallet/top_ups", body)


def give_credit(stage: Stage) -> TestResponse:
    ends = (utcnow() + timedelta(days=30)).isoformat()
    body = {"amount": 500, "currency": "EUR", "expires_at": ends, "reason": "late parcel"}
    path = f"/v1/customers/{stage.world.ids['own']['customer_id']}/wallet/credits"
    return stage.by("finance", "POST", path, body)


def sign_in(stage: Stage) -> TestResponse:
    with atomic() as session:
        made = users.create_user(session, email="ada@example.org", cause=Cause("cli", "test"))
        memberships.grant(
            session,
            made.id,
            "developer",
            storefront_id=stage.world.storefront,
            cause=Cause("cli", "test"),
        )
    hashed = passwords.hashed("correct horse battery", email="ada@example.org")
    with atomic() as session:
        passwords.set_hash(session, made.id, hashed, action="password.set", cause=Cause("cli", "test"))
    signing_keys.current()  # the first key of an installation is nobody's deed, and has a row of its own
    body = {"email": "ada@example.org", "password": "correct horse battery"}
    return stage.caller.client.post("/v1/auth/token", json=body)


def on_dispute(method: str, verb: str, body: Any) -> Callable[[Stage], TestResponse]:
    return lambda stage: stage.by(
        "finance", method, f"/v1/disputes/{stage.world.ids['own']['dispute_id']}/{verb}", body
    )


def add_evidence(stage: Stage) -> TestResponse:
    token = token_of(stage.db, "finance", stage.world)
    return stage.caller.client.post(
        f"/v1/disputes/{stage.world.ids['own']['dispute_id']}/files",
        data={"file": (BytesIO(b"%PDF-1.7"), "slip.pdf"), "field": "refund_policy"},
        headers={"Authorization": f"Bearer {token}"},
    )


# What each call does in the log, and how it is made.
AUDITED: dict[str, tuple[str, Callable[[Stage], TestResponse]]] = {
    "POST /v1/payments": ("payment.create", create),
    "PUT /v1/disputes/<dispute_id>/evidence": (
        "dispute.evidence_save",
        on_dispute("PUT", "evidence", {"version": 0, "texts": {"service_date": "2026-11-02"}}),
    ),
    "POST /v1/disputes/<dispute_id>/files": ("dispute.file_add", add_evidence),
    "POST /v1/disputes/<dispute_id>/submit": ("dispute.submit", on_dispute("POST", "submit", {})),
    "POST /v1/disputes/<dispute_id>/accept": ("dispute.accept", on_dispute("POST", "accept", {})),
    "POST /v1/payments/<payment_id>/cancel": ("payment.cancel", cancel),
    "POST /v1/payments/<payment_id>/refresh": ("payment.refresh", refresh),
    "POST /v1/orders/<order_id>/shipments": ("order.ship", ship),
    "POST /v1/orders/<order_id>/deliver": ("order.deliver", deliver),
    "POST /v1/shipments/uploads": ("order.ship", upload),
    "POST /webhooks/carrier": ("order.deliver", carrier),
    "POST /v1/sellers": ("seller.create", new_seller),
    "POST /v1/sellers/<seller_id>/onboarding_link": ("seller.onboarding_link", onboarding_link),
    "PUT /v1/sellers/<seller_id>/payout_account": ("seller.payout_account", payout_account),
    "PUT /v1/sellers/<seller_id>/payout_schedule": ("payout_schedule.set", payout_schedule),
    "POST /v1/settlements/files": ("settlement_file.receive", settlement_file),
    "POST /v1/reconciliation/runs": ("reconciliation.run", compare_a_day),
    "POST /v1/orders/<order_id>/cancel": ("order.cancel", cancel_order),
    "POST /v1/refunds": ("refund.request", refund),
    "POST /v1/refund_uploads": ("refund.request", refund_file),
    "POST /v1/reconciliation/alerts/<alert_id>/assign": ("alert.assign", on_alert("assign", {})),
    "POST /v1/reconciliation/alerts/<alert_id>/snooze": (
        "alert.snooze",
        on_alert("snooze", {"until": TOMORROW, "reason": "later"}),
    ),
    "POST /v1/reconciliation/alerts/<alert_id>/notes": ("alert.note", on_alert("notes", {"text": "asked"})),
    "POST /v1/reconciliation/alerts/<alert_id>/resolve": (
        "approval.propose",
        on_alert("resolve", {"way": "write_off", "note": "too small to ask"}),
    ),
    "POST /v1/reconciliation/alerts/<alert_id>/reopen": (
        "alert.reopen",
        on_alert("reopen", {"reason": "again"}),
    ),
    "POST /v1/reconciliation/alerts/<alert_id>/escalate": (
        "alert.escalate",
        on_alert("escalate", {"to": "finance_approver", "note": "decide"}),
    ),
    "POST /v1/reconciliation/alerts/<alert_id>/cause": (
        "alert.cause",
        on_alert("cause", {"note": "of nothing"}),
    ),
    "POST /v1/reconciliation/alerts/<alert_id>/due": ("alert.due", on_alert("due", {"reason": "no hurry"})),
    "POST /v1/reconciliation/alerts/<alert_id>/unlink": ("alert.unlink", unlink),
    "POST /v1/reconciliation/alerts/due": ("alert.due", on_alerts("due", {"reason": "no hurry"})),
    "POST /v1/reconciliation/alerts/assign": ("alert.assign", on_alerts("assign", {})),
    "POST /v1/reconciliation/alerts/snooze": (
        "alert.snooze",
        on_alerts("snooze", {"until": TOMORROW, "reason": "later"}),
    ),
    "POST /v1/reconciliation/alerts/resolve": (
        "approval.propose",
        on_alerts("resolve", {"way": "write_off", "note": "too small to ask"}),
    ),
    "POST /v1/payouts": ("payout.request", ask_for_payout),
    "POST /v1/payouts/<payout_id>/approve": ("approval.approve", approve_payout),
    "POST /v1/payouts/<payout_id>/cancel": ("payout.cancel", cancel_payout),
    "POST /v1/customers/<customer_id>/wallet/top_ups": ("payment.create", top_up),
    "POST /v1/customers/<customer_id>/wallet/credits": ("wallet.credit", give_credit),
    "POST /v1/approvals/<approval_id>/approve": (
        "approval.approve",
        lambda stage: decide(stage, "approve", {}),
    ),
    "POST /v1/approvals/<approval_id>/reject": (
        "approval.reject",
        lambda stage: decide(stage, "reject", {"reason": "no"}),
    ),
    "POST /v1/auth/token": ("token.issue", sign_in),
}


def test_every_changing_call_stands_in_one_of_the_tables(one_app):
    """Pages have a table of their own, beside their tests."""
    changing = {
        f"{method} {rule.rule}"
        for rule in one_app.url_map.iter_rules()
        for method in rule.methods & CHANGING
        if rule.rule.startswith(("/v1/", "/webhooks/"))
    }

    assert changing == set(AUDITED) | set(NOT_AUDITED)
    assert not set(AUDITED) & set(NOT_AUDITED)


@pytest.mark.parametrize("name", AUDITED)
def test_a_change_leaves_its_row(name, caller, stranger, db):
    """With the request that the answer names, the caller's address, and somebody."""
    action, call = AUDITED[name]
    stage = Stage(caller, make_world(caller, stranger), db)

    answer = call(stage)

    assert answer.status_code < 300, answer.get_data(as_text=True)
    rows = db.rows(
        "SELECT action, actor, role, host(ip) AS ip FROM audit_log WHERE request_id = %(id)s ORDER BY sequence",
        id=answer.headers["Request-Id"],
    )
    assert action in [row["action"] for row in rows]
    assert {row["ip"] for row in rows} == {"127.0.0.1"}
    assert all(row["actor"].startswith(("key:", "person:", "event:")) for row in rows), rows
    if name != "POST /v1/auth/token":  # before it nobody has a role
        assert all(row["role"] for row in rows), rows


def test_who_is_the_caller_and_nobody_else(caller, stranger, db):
    """Two keys and a person after one another: each row names its own, in its capacity."""
    world = make_world(caller, stranger)
    other = key_of(world, "storefront", {"payments:read", "payments:write"})
    person = token_of(db, "developer", world)

    seen = []
    for credential in (caller.shop.key, other, person):
        headers = {"Authorization": f"Bearer {credential}", "Idempotency-Key": str(uuid4())}
        answer = caller.client.post("/v1/payments", json=caller.shop.body(), headers=headers)
        (row,) = db.rows(
            "SELECT actor, role, object, after FROM audit_log WHERE request_id = %(id)s",
            id=answer.headers["Request-Id"],
        )
        assert row["object"] == answer.get_json()["id"]
        assert row["after"] == {"amount": 2490, "currency": "EUR"}
        seen.append((row["actor"].partition("_")[0], row["role"]))

    assert seen == [("key:key", "api_key"), ("key:key", "api_key"), ("person:usr", "developer")]
    assert db.value("SELECT count(DISTINCT actor) FROM audit_log WHERE action = 'payment.create'") == 4
    assert encode("key", db.value("SELECT id FROM api_keys WHERE name = 'matrix'")) in db.value(
        "SELECT string_agg(actor, ' ') FROM audit_log WHERE action = 'payment.create'"
    )


def test_nobody_known_is_left_when_the_request_is_over(caller):
    """What this thread does next is not done by the caller."""
    caller.create()

    assert context.author() == context.NOBODY
