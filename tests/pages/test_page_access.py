"""Who may open which page: every page of people, every role, and what somebody without a session sees."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from checkout.identity.roles import PERMISSIONS, ROLES
from checkout.pages.access import OF_THE_PERMISSION, SIGNED_IN
from checkout.pages.own_paths import own_path
from tests.conftest import Database
from tests.pages.people import send, signed_in, somebody, storefront, token_in
from tests.pages.seed import seed

# Pages that need no session, each with what protects it.
OPEN = {
    "shell": "static files and the choice of colours",
    "status": "the token in its address",
    "sign_in": "it is the sign-in",
    "password": "the token in its address",
    "session": "says nothing but how long one's own session lasts",
    "demo": "development alone",
    "mailbox": "development alone",
    "docs": "documentation",
    "shortcuts": "a choice that stays in one's own browser",
}
LISTS = {
    "/admin": "payments:read",
    "/admin/payments": "payments:read",
    "/admin/payments.csv": "payments:read",
    "/admin/reviews": "payments:read",
    "/admin/users": "users:read",
    "/admin/users/new": "users:write",
    "/admin/audit": "audit:read",
    "/admin/audit.csv": "audit:read",
    "/admin/privacy": "privacy:write",
    "/search": "search:read",
    "/seller": "balances:read",
    "/seller/orders": "balances:read",
    "/seller/orders.csv": "balances:read",
    "/seller/orders/ship": "orders:write",
    "/seller/payouts": "payouts:read",
    "/seller/payouts.csv": "payouts:read",
    "/seller/balance": "balances:read",
    "/seller/balance.csv": "balances:read",
    "/seller/settings": "payouts:read",
    "/seller/statements": "balances:read",
    "/seller/statements/verify": "balances:read",
    "/seller/settings/bank": "sellers:write",
    "/seller/pay-now?currency=EUR": "payouts:write",
    "/finance": "approvals:read",
    "/finance/payouts": "approvals:read",
    "/finance/approvals": "approvals:read",
    "/admin/sellers": "alerts:read",
    "/developers": "keys:read",
    "/developers/keys": "keys:read",
    "/developers/keys/new": "keys:write",
    "/account": SIGNED_IN,
    "/account/second-factor": SIGNED_IN,
    "/account/recovery-codes": SIGNED_IN,
    "/step-up": SIGNED_IN,
}


def test_every_page_says_which_permission_it_needs(app: Flask) -> None:
    """Default deny: a page that is not open to all names a permission that exists."""
    unnamed = []
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        machine = rule.rule.startswith(("/v1", "/webhooks", "/healthz", "/readyz", "/metrics", "/openapi"))
        if machine or blueprint in OPEN:
            continue
        permission = getattr(app.view_functions[rule.endpoint], OF_THE_PERMISSION, None)
        if permission not in PERMISSIONS | {SIGNED_IN}:
            unnamed.append(rule.endpoint)

    assert unnamed == []


@pytest.mark.parametrize("role", ROLES)
def test_every_role_opens_what_it_may_and_nothing_else(client: FlaskClient, db: Database, role: str) -> None:
    """Each page answers 200, or 403 with the names of the roles that would do."""
    signed_in(client, somebody(db, role))
    allowed = ROLES[role].permissions | {SIGNED_IN}
    seen = {path: client.get(path).status_code for path in LISTS}

    assert seen == {path: 200 if needed in allowed else 403 for path, needed in LISTS.items()}


NOT_IN_THE_MENU = {
    "/search", "/admin/users/new", "/developers/keys/new", "/admin/payments.csv", "/admin/audit.csv",
    "/seller/statements/verify", "/seller/orders.csv", "/seller/orders/ship", "/seller/payouts.csv", "/seller/balance.csv", "/seller/settings/bank",
    "/seller/pay-now?currency=EUR",
}  # fmt: skip


@pytest.mark.parametrize("role", ["seller_staff", "seller_owner", "developer", "finance", "auditor", "admin"])
def test_the_menu_shows_what_the_role_may_open(client: FlaskClient, db: Database, role: str) -> None:
    """No link of the menu leads to a refusal; a seller's pages are in the menu of those who belong to one."""
    signed_in(client, somebody(db, role))
    page = client.get("/account").text
    shown = {
        path
        for path in LISTS
        if f'href="{path}"' in page.partition('<nav id="menu"')[2].partition("</nav>")[0]
    }
    of_seller = ROLES[role].tenant == "seller"
    allowed = {
        path
        for path, needed in LISTS.items()
        if needed in ROLES[role].permissions and (of_seller or not path.startswith("/seller"))
    }

    assert shown - {"/account"} == allowed - NOT_IN_THE_MENU


def test_a_refusal_names_the_missing_role(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "seller_staff"))

    answer = client.get("/admin/users")

    assert answer.status_code == 403
    assert "Your role does not reach here" in answer.text
    assert "<strong>Admin</strong> or <strong>Auditor</strong>" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]


def test_without_a_session_every_page_leads_to_the_sign_in_and_back(client: FlaskClient) -> None:
    for path in LISTS:
        asked = f"{path}{'&' if '?' in path else '?'}x=1"
        answer = client.get(asked)

        there = urlsplit(answer.headers["Location"])
        assert (answer.status_code, there.path, parse_qs(there.query)) == (
            303,
            "/sign-in",
            {"next": [asked]},
        )


def test_an_unknown_session_is_no_session(client: FlaskClient) -> None:
    client.set_cookie("session", "made-up")

    answer = client.get("/account")

    assert answer.status_code == 303
    assert "session=;" in answer.headers["Set-Cookie"]


def test_a_form_without_the_sessions_token_is_refused(client: FlaskClient, db: Database) -> None:
    """Missing, wrong, and another person's; the control is the page's own."""
    mine, other = somebody(db, "admin"), somebody(db, "admin")
    foreign = token_in(signed_in(client, other).get("/account").text)
    signed_in(client, mine)

    for shown in ("", "0" * 64, foreign):
        assert client.post("/sign-out", data={"csrf_token": shown}).status_code == 403
    assert send(client, "/account", "/sign-out").status_code == 303


def test_a_form_of_another_site_is_refused_even_with_the_token(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "admin"))
    token = token_in(client.get("/account").text)

    answer = client.post("/sign-out", data={"csrf_token": token}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%5cevil.example",
        "/%2fevil.example", "/%252fevil.example", "/\n/evil.example", "/\t/evil.example", "javascript:alert(1)",
        " /admin", "", "admin", "/" + "x" * 3000, "/%0d%0aSet-Cookie:x", "/\u202eevil", "http:/evil.example",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_site(there: str) -> None:
    assert own_path(there, default="/here") == "/here"


@pytest.mark.parametrize(
    "there", ["/", "/admin/payments?status=in_review&from=2026-03-14", "/search?q=a%40b.example", "/s/x#y"]
)
def test_paths_of_ours_are_kept(there: str) -> None:
    assert own_path(there, default="/here") == there


def test_another_shops_payment_is_not_there(client: FlaskClient, db: Database) -> None:
    """A foreign id answers as an unknown one does; the shop's own is the control."""
    foreign, own = seed(db), seed(db, shop="Mine")
    shop = db.value("SELECT storefront_id FROM payments WHERE id = %(id)s", id=own)
    signed_in(client, somebody(db, "developer", storefront_id=shop))
    ids = [
        client.get("/admin/payments").text.count("Mine"),
        client.get("/admin/payments").text.count("Demo shop"),
    ]

    from checkout.core.ids import encode

    assert ids[0] >= 1
    assert ids[1] == 0
    assert client.get(f"/admin/payments/{encode('pay', own)}").status_code == 200
    assert client.get(f"/admin/payments/{encode('pay', foreign)}").status_code == 404
    assert client.get("/admin/payments/pay_nonsense").status_code == 404


def test_over_https_the_cookies_name_keeps_others_from_setting_it(
    db: Database, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`__Host-`: Secure, for this host alone, for the whole site."""
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://pay.example")

    cookie = app.test_client().get("/sign-in").headers["Set-Cookie"]

    assert cookie.startswith("__Host-visitor=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie


def test_a_storefronts_developer_lands_at_the_first_steps(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "developer", storefront_id=storefront(db)))

    assert client.get("/sign-in").headers["Location"] == "/developers"
    assert client.get("/sign-in?next=/account").headers["Location"] == "/account"
