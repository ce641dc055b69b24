"""Who may do what: every route names its permission, and every call is tried by every role and kind of key with ids of
their own and of others.

The tables here are written by hand: a route that is added without a line of its own fails, and so does one whose
permission changes. What a permission is worth comes from the roles' table alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest

from checkout.api.blueprint import OPEN_BECAUSE, ApiBlueprint
from checkout.core.clock import utcnow
from checkout.identity.api_keys import SELLER_SCOPES
from checkout.identity.roles import PERMISSIONS, ROLES, SCOPES
from tests.api.disputed import PDF
from tests.api.world import SETTLEMENT_FILE, World, key_of, make_world, token_of

NEXT_YEAR = (utcnow() + timedelta(days=365)).isoformat()
NO_ALERT = "alr_01kaj9a3d5e7f9g1h3j5k7m9n1"  # each is answered for by itself
SIGNED_IN = "signed_in"  # pages about oneself: any session will do


@dataclass(frozen=True)
class Call:
    """permission; a body and a query that the call accepts; whether a storefront sees every seller here; whether it asks for a
    second factor, which no key has."""

    permission: str
    body: dict[str, Any] | None = None
    query: str = ""
    csv: str = ""
    form: dict[str, str] = field(default_factory=dict)  # beside the file
    all_sellers: bool = False
    people_only: bool = False
    not_for: frozenset[str] = field(
        default=frozenset()
    )  # tenants whose roles hold it and are refused all the same


CALLS = {
    "POST /v1/payments": Call("payments:write", {}, not_for=frozenset({"platform"})),
    "GET /v1/payments": Call("payments:read"),
    "GET /v1/payments/<payment_id>": Call("payments:read"),
    "GET /v1/payments/<payment_id>/timeline": Call("payments:read"),
    "POST /v1/payments/<payment_id>/cancel": Call("payments:write", {}),
    "POST /v1/payments/<payment_id>/refresh": Call("payments:write", {}),
    "GET /v1/orders/<order_id>": Call("orders:read"),
    "POST /v1/orders/<order_id>/shipments": Call("orders:write", {"carrier": "DHL", "tracking_number": "1"}),
    "POST /v1/orders/<order_id>/deliver": Call("orders:write", {}),
    "POST /v1/shipments/uploads": Call("orders:write", csv="order,carrier,tracking_number\nord_x,DHL,1\n"),
    "GET /v1/sellers": Call("sellers:read"),
    "GET /v1/sellers/<seller_id>": Call("sellers:read", all_sellers=True),
    "POST /v1/sellers": Call(
        "sellers:write",
        {"name": "New", "country": "DE", "email": "new@example.org"},
        not_for=frozenset({"seller"}),
    ),
    "POST /v1/sellers/<seller_id>/onboarding_link": Call(
        "sellers:write", {"return_url": "https://shop.example/done"}, not_for=frozenset({"storefront"})
    ),
    "PUT /v1/sellers/<seller_id>/payout_account": Call(
        "sellers:write",
        {
            "currency": "EUR",
            "country": "DE",
            "account_number": "DE89370400440532013000",
            "account_holder_name": "Ada",
        },
        people_only=True,
        not_for=frozenset({"storefront"}),
    ),
    "GET /v1/sellers/<seller_id>/balance": Call("balances:read", all_sellers=True),
    "GET /v1/sellers/<seller_id>/balance/entries": Call(
        "balances:read", query="?currency=EUR&of=available", all_sellers=True
    ),
    "POST /v1/orders/<order_id>/cancel": Call("orders:write", {}),
    "POST /v1/refunds": Call("refunds:write", {"payment": ""}),
    "GET /v1/refunds": Call("refunds:read"),
    "GET /v1/refunds/<refund_id>": Call("refunds:read"),
    "POST /v1/refund_uploads": Call("refunds:write", csv="payment\npay_x\n"),
    "POST /v1/payouts": Call("payouts:write", {"seller": "", "currency": "EUR"}, all_sellers=True),
    "GET /v1/payouts": Call("payouts:read"),
    "GET /v1/payouts/<payout_id>": Call("payouts:read", all_sellers=True),
    "POST /v1/payouts/<payout_id>/approve": Call("payouts:approve", {}),
    "POST /v1/payouts/<payout_id>/cancel": Call("payouts:write", {}, all_sellers=True),
    "GET /v1/sellers/<seller_id>/payout_schedule": Call(
        "payouts:read", query="?currency=EUR", all_sellers=True
    ),
    "PUT /v1/sellers/<seller_id>/payout_schedule": Call(
        "payouts:write", {"currency": "EUR", "rhythm": "daily"}, all_sellers=True
    ),
    "GET /v1/payouts/<payout_id>/statement": Call("payouts:read", all_sellers=True),
    "GET /v1/sellers/<seller_id>/statements": Call("balances:read", all_sellers=True),
    "GET /v1/sellers/<seller_id>/statements/<month>": Call(
        "balances:read", query="?currency=EUR", all_sellers=True
    ),
    "GET /v1/transactions": Call("balances:read"),
    "GET /v1/explanations/sel_<seller_suffix>/<seller_figure>": Call("balances:read", all_sellers=True),
    "GET /v1/explanations/po_<payout_suffix>/<payout_figure>": Call("payouts:read", all_sellers=True),
    "GET /v1/explanations/ord_<order_suffix>/<order_figure>": Call("orders:read"),
    "GET /v1/explanations/pay_<payment_suffix>/<payment_figure>": Call("payments:read"),
    "GET /v1/explanations/re_<refund_suffix>/<refund_figure>": Call("payments:read"),
    "GET /v1/explanations/dp_<dispute_suffix>/<dispute_figure>": Call("payments:read"),
    "GET /v1/explanations/jrn_<entry_suffix>/<entry_figure>": Call("ledger:read"),
    "GET /v1/explanations/run_<run_suffix>/<run_figure>": Call("reconciliation:read"),
    "GET /v1/explanations/alr_<alert_suffix>/<alert_figure>": Call("alerts:read"),
    "POST /v1/settlements/files": Call(
        "reconciliation:write", csv=SETTLEMENT_FILE, form={"psp": "stripe", "business_on": "2026-03-14"}
    ),
    "GET /v1/settlements/files": Call("reconciliation:read"),
    "GET /v1/settlements/files/<file_id>": Call("reconciliation:read"),
    "POST /v1/reconciliation/runs": Call(
        "reconciliation:write", {"psp": "stripe", "business_on": "2026-03-14"}
    ),
    "GET /v1/reconciliation/runs": Call("reconciliation:read"),
    "GET /v1/reconciliation/runs/<run_id>": Call("reconciliation:read"),
    "GET /v1/reconciliation/alerts": Call("reconciliation:read"),
    "GET /v1/reconciliation/alerts/<alert_id>": Call("reconciliation:read"),
    "GET /v1/customers": Call("wallets:read", query="?email=jo@example.org"),
    "GET /v1/customers/<customer_id>/wallet": Call("wallets:read"),
    "GET /v1/customers/<customer_id>/wallet/entries": Call("wallets:read", query="?currency=EUR"),
    "POST /v1/customers/<customer_id>/wallet/top_ups": Call(
        "payments:write",
        {"amount": 2490, "currency": "EUR", "return_url": "https://shop.example/thanks"},
        not_for=frozenset({"seller"}),
    ),
    "POST /v1/customers/<customer_id>/wallet/credits": Call(
        "wallets:write",
        {"amount": 500, "currency": "EUR", "expires_at": NEXT_YEAR, "reason": "late parcel"},
    ),
    "GET /v1/reconciliation/alerts/<alert_id>/work": Call("reconciliation:read"),
    "POST /v1/reconciliation/alerts/<alert_id>/assign": Call("alerts:write", {}),
    "POST /v1/reconciliation/alerts/<alert_id>/snooze": Call(
        "alerts:write",
        {"until": (utcnow() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"), "reason": "later"},
    ),
    "POST /v1/reconciliation/alerts/<alert_id>/reopen": Call("alerts:write", {"reason": "again"}),
    "POST /v1/reconciliation/alerts/<alert_id>/notes": Call("alerts:write", {"text": "asked"}),
    "POST /v1/reconciliation/alerts/<alert_id>/resolve": Call(
        "alerts:write", {"way": "write_off", "note": "too small to ask", "dry_run": True}
    ),
    "GET /v1/reconciliation/alerts/<alert_id>/suggestions": Call("reconciliation:read"),
    "POST /v1/reconciliation/alerts/<alert_id>/escalate": Call(
        "alerts:write", {"to": "finance_approver", "note": "decide"}
    ),
    "POST /v1/reconciliation/alerts/<alert_id>/cause": Call("alerts:write", {"note": "of nothing"}),
    "POST /v1/reconciliation/alerts/<alert_id>/due": Call("alerts:write", {"reason": "no hurry"}),
    "POST /v1/reconciliation/alerts/<alert_id>/unlink": Call(
        "alerts:write", {"other": NO_ALERT, "reason": "it was another one"}
    ),
    "POST /v1/reconciliation/alerts/due": Call("alerts:write", {"alerts": [NO_ALERT], "reason": "no hurry"}),
    "POST /v1/reconciliation/alerts/assign": Call("alerts:write", {"alerts": [NO_ALERT]}),
    "POST /v1/reconciliation/alerts/snooze": Call(
        "alerts:write",
        {
            "alerts": [NO_ALERT],
            "until": (utcnow() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "reason": "later",
        },
    ),
    "POST /v1/reconciliation/alerts/resolve": Call(
        "alerts:write", {"alerts": [NO_ALERT], "way": "psp_claim", "note": "all of one kind"}
    ),
    "GET /v1/disputes": Call("disputes:read"),
    "GET /v1/disputes/<dispute_id>": Call("disputes:read"),
    "PUT /v1/disputes/<dispute_id>/evidence": Call("disputes:write", {"version": 0, "texts": {}}),
    "POST /v1/disputes/<dispute_id>/files": Call("disputes:write", csv=PDF, form={"field": "refund_policy"}),
    "GET /v1/disputes/<dispute_id>/files/<evidence_file_id>": Call("disputes:read"),
    "POST /v1/disputes/<dispute_id>/submit": Call("disputes:write", {}),
    "POST /v1/disputes/<dispute_id>/accept": Call("disputes:write", {}),
    "GET /v1/approvals": Call("approvals:read"),
    "GET /v1/approvals/<approval_id>": Call("approvals:read"),
    "POST /v1/approvals/<approval_id>/approve": Call("approvals:decide", {}),
    "POST /v1/approvals/<approval_id>/reject": Call("approvals:decide", {"reason": "no"}),
}

# Everything that asks for nobody, and why. Pages of people name their permission or `signed_in`.
OPEN = {
    "/v1/auth/token": "this is how a person becomes known",
    "/v1/auth/refresh": "the refresh token says who it is",
    "/healthz": "probes have no key, and it says nothing",
    "/readyz": "probes have no key, and it names dependencies alone",
    "/metrics": "scraped inside the network: the proxy in front keeps it there",
    "/openapi.json": "the contract is public",
    "/docs": "the contract is public",
    "/docs/errors": "the contract is public",
    "/docs/errors/<code>": "the contract is public",
    "/docs/events": "the contract is public",
    "/docs/events/<type>": "the contract is public",
    "/docs/alerts": "the contract is public",
    "/docs/alerts/<code>": "the contract is public",
    "/docs/assets/<name>": "files of the reference page",
    "/webhooks/stripe": "its signature says who speaks",
    "/webhooks/carrier": "its signature says who speaks",
    "/": "leads to the sign-in",
    "/assets/<digest>/<path:name>": "files of pages",
    "/theme": "dark or light, in the visitor's own cookie",
    "/shortcuts": "single keys on or off, in the visitor's own cookie",
    "/s/<token>": "the shopper's link is signed",
    "/s/<token>/cancel": "the shopper's link is signed",
    "/s/<token>/check": "the shopper's link is signed",
    "/s/<token>/help": "the shopper's link is signed",
    "/s/<token>/receipt": "the shopper's link is signed",
    "/sign-in": "before it nobody is known",
    "/sign-in/code": "the second step of signing in",
    "/sign-in/enrol": "the second step of signing in",
    "/session": "asks how long a session lasts, or keeps it; without one it says so",
    "/invitation/<token>": "the link is signed and works once",
    "/password-reset": "for whoever forgot the password",
    "/password-reset/<token>": "the link is signed and works once",
}
DEVELOPMENT = "/demo"  # the demo shop and its mailbox, which production does not have


def rules(app) -> Iterator[tuple[str, str, Any]]:
    """Method, rule, view."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule.rule, app.view_functions[rule.endpoint]


def test_every_route_names_its_permission_or_why_it_has_none(one_app):
    """Default deny: a route that is in no table fails here, before anybody finds it."""
    found: dict[str, list[str]] = {"no permission": [], "open and guarded": [], "unknown": []}
    for method, rule, view in rules(one_app):
        permission = getattr(view, "_permission", None)
        name = f"{method} {rule}"
        if permission is None:
            if rule not in OPEN and not rule.startswith(DEVELOPMENT):
                found["no permission"].append(name)
        elif rule in OPEN or rule.startswith(DEVELOPMENT):
            found["open and guarded"].append(name)
        elif permission != SIGNED_IN and permission not in PERMISSIONS:
            found["unknown"].append(name)

    assert {kind: names for kind, names in found.items() if names} == {}
    assert set(OPEN) <= {rule for _, rule, _ in rules(one_app)}


def test_every_call_of_the_api_stands_in_the_table(one_app):
    """With the permission that the table says; open calls say why in the code too."""
    declared = {
        f"{method} {rule}": view._permission
        for method, rule, view in rules(one_app)
        if rule.startswith("/v1/") and rule not in OPEN
    }
    reasons = {rule: getattr(view, OPEN_BECAUSE, "") for _, rule, view in rules(one_app)}

    assert declared == {name: call.permission for name, call in CALLS.items()}
    assert all(reasons[rule] for rule in OPEN if rule.startswith("/v1/"))


def test_a_view_without_a_permission_ends_the_start():
    blueprint = ApiBlueprint("new", __name__, description="")

    with pytest.raises(AssertionError, match="declare who may"):
        blueprint.route("/v1/new")(lambda: None)
    with pytest.raises(AssertionError, match="no permission"):
        blueprint.requires("payments:reed")


@dataclass(frozen=True)
class Actor:
    """Who asks: what they hold, at what kind of tenant, and what they show."""

    name: str
    tenant: str
    permissions: frozenset[str]
    credential: str
    refusal: str = "forbidden"


def actors(db, world: World) -> list[Actor]:
    people = [
        Actor(role.name, role.tenant, role.permissions, token_of(db, role.name, world))
        for role in ROLES.values()
    ]
    keys = [
        Actor(
            f"{tenant} key, {name}", tenant, frozenset(scopes), key_of(world, tenant, scopes), "missing_scope"
        )
        for tenant, possible in (("storefront", SCOPES), ("seller", SELLER_SCOPES))
        for name, scopes in (("every scope", possible), ("search alone", {"search:read"}))
    ]
    return people + keys


def expected(call: Call, actor: Actor, whose: str) -> str:
    """allowed, or the error's code: from the roles' table, not from the code that decides."""
    if call.permission not in actor.permissions:
        return actor.refusal
    if actor.tenant in call.not_for:
        return "forbidden"
    seen = whose == "own" or actor.tenant == "platform" or (call.all_sellers and actor.tenant == "storefront")
    if not seen:
        return "not_found"
    return "step_up_required" if call.people_only and actor.refusal == "missing_scope" else "allowed"


# Calls that name an id in the body, and to whom the world's other one is foreign: another shop's payment has goods of mine.
IDS_IN_THE_BODY = {"POST /v1/refunds": {"storefront"}, "POST /v1/payouts": {"storefront", "seller"}}


def _is_tried_with_foreign(name: str, tenant: str, world: World) -> bool:
    return tenant in world.ids and ("<" in name or tenant in IDS_IN_THE_BODY.get(name, ()))


def test_every_call_by_everybody_with_own_and_foreign_ids(app, db, caller, stranger):
    """Allowed, 403 or 404 as the roles' table says; nobody at all is 401."""
    world = make_world(caller, stranger)
    everybody = actors(db, world)
    limits = app.extensions["checkout_limits"]
    wrong, tried = [], 0

    def outcome(name: str, ids: dict[str, str], credential: str | None) -> str:
        method, _, path = name.partition(" ")
        for parameter, id in ids.items():
            path = path.replace(f"<{parameter}>", id)
        assert "<" not in path, f"{path}: say which ids are own and foreign in world.py"
        headers = {"Idempotency-Key": str(uuid4())}
        if credential:
            headers["Authorization"] = f"Bearer {credential}"
        limits.forget()
        body = CALLS[name].body
        if name == "POST /v1/payments":
            body = caller.shop.body()
        if name == "POST /v1/refunds":
            body = {"payment": ids["payment_id"]}
        if name == "POST /v1/payouts":
            body = {"seller": ids["seller_id"], "currency": "EUR"}
        options: dict[str, Any] = {} if body is None else {"json": body}
        if CALLS[name].csv:
            options = {"data": {"file": (BytesIO(CALLS[name].csv.encode()), "rows.csv"), **CALLS[name].form}}
        answer = caller.client.open(path + CALLS[name].query, method=method, headers=headers, **options)
        said = f"{name}: {answer.get_data(as_text=True)}"
        assert answer.status_code < 500, said
        assert answer.status_code not in (400, 415, 422), f"the table's call does not fit: {said}"
        if answer.status_code in (401, 403, 404):
            return str(answer.get_json()["code"])
        return "allowed"

    for name, call in CALLS.items():
        for actor in everybody:
            for whose in [
                "own",
                *([actor.tenant] if _is_tried_with_foreign(name, actor.tenant, world) else []),
            ]:
                tried += 1
                seen, wanted = outcome(name, world.ids[whose], actor.credential), expected(call, actor, whose)
                if seen != wanted:
                    wrong.append(f"{name} by {actor.name} with {whose} ids: {seen}, not {wanted}")
        assert outcome(name, world.ids["own"], None) == "unauthenticated"

    assert wrong == []
    assert tried > 200


def test_lists_show_what_the_caller_may_read_alone(db, caller, stranger):
    """A storefront its payments, a seller itself, finance everything."""
    world = make_world(caller, stranger)
    mine, theirs = world.ids["own"]["payment_id"], world.ids["storefront"]["payment_id"]

    def seen(path: str, credential: str) -> set[str]:
        answer = caller.client.get(path, headers={"Authorization": f"Bearer {credential}"})
        return {item["id"] for item in answer.get_json()["data"]}

    assert seen("/v1/payments", token_of(db, "developer", world)) == {mine}
    assert seen("/v1/payments", token_of(db, "finance", world)) == {mine, theirs}
    assert seen("/v1/sellers", token_of(db, "seller_staff", world)) == {world.ids["own"]["seller_id"]}
    assert seen("/v1/sellers", key_of(world, "seller", {"sellers:read"})) == {world.ids["own"]["seller_id"]}
    assert len(seen("/v1/sellers", token_of(db, "developer", world))) == 4
