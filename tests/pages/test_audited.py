"""Every form that changes something leaves an audit row with who, from where and by which request.

The tables are written by hand: a form's route that is added without a line of its own fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.identity import api_keys, password_links, sessions
from checkout.payments.links import StatusLinks
from tests.conftest import Database
from tests.pages import books_forms, finance_forms, money_back_forms, night_forms, seller_forms
from tests.pages.people import (
    CAUSE,
    PASSWORD,
    Somebody,
    send,
    signed_in,
    somebody,
    storefront,
    with_app,
    with_password,
)
from tests.pages.seed import seed
from tests.pages.settings import SECRET_KEY

NEW = "another long passphrase"

# Forms that leave no row, and why.
NOT_AUDITED = {
    "/theme": "dark or light, in the visitor's own cookie",
    "/shortcuts": "single keys on or off, in the visitor's own cookie",
    "/session": "keeps one's own session, whose session.open stands there",
    "/account/second-factor/begin": "shows a secret that counts for nothing until second_factor.enable",
    "/s/<token>/check": "asks the payment provider what is so already; what it says is audited when booked",
    "/seller/statements/verify": "reads a statement, and keeps nothing of it",
    "/demo/cart": "the demo shop's cart, in the visitor's own cookie",
    "/demo/checkout": "the demo shop calls the API, which writes the row",
}

Act = Callable[[FlaskClient, Database], TestResponse]


def by(client: FlaskClient, db: Database, role: str = "admin") -> Somebody:
    who = somebody(db, role)
    signed_in(client, who)
    return who


def on_other(path: str, **fields: object) -> Act:
    """An admin does something to an auditor."""

    def act(client: FlaskClient, db: Database) -> TestResponse:
        other = somebody(db, "auditor")
        by(client, db)
        page = f"/admin/users/{other.public_id}"
        if path == "enable":
            send(client, page, f"{page}/disable", reason="left")
        return send(client, page, f"{page}/{path}", **fields)

    return act


def change_password(client: FlaskClient, db: Database) -> TestResponse:
    with_password(db, by(client, db, "developer"))
    return send(client, "/account", "/account/password", old=PASSWORD, password=NEW, again=NEW)


def new_codes(client: FlaskClient, db: Database) -> TestResponse:
    by(client, db)
    return send(client, "/account/recovery-codes", "/account/recovery-codes")


def set_up_factor(client: FlaskClient, db: Database) -> TestResponse:
    who = somebody(db, "developer", second_factor=False)
    with_password(db, who)
    signed_in(client, who)
    page = "/account/second-factor"
    send(client, page, f"{page}/begin", password=PASSWORD)
    secret = re.findall(r'class="secret">(\w+)<', client.get(page).text)[0]
    return send(client, page, page, password=PASSWORD, code=pyotp.TOTP(secret).now())


def turn_factor_off(client: FlaskClient, db: Database) -> TestResponse:
    secret = with_app(db, by(client, db, "developer"))
    page = "/account/second-factor"
    return send(client, page, f"{page}/off", code=pyotp.TOTP(secret).now())


def end_session(client: FlaskClient, db: Database) -> TestResponse:
    who = by(client, db)
    with atomic() as session:
        other = sessions.open(session, who.user_id, ip=None, user_agent=None, second_factor=True)
    return send(client, "/account", f"/account/sessions/{other.session_id}/end")


def export(client: FlaskClient, db: Database) -> TestResponse:
    seed(db, status="expired")
    by(client, db)
    return send(client, "/admin/privacy", "/admin/privacy/export", subject="jo@example.org")


def erase(client: FlaskClient, db: Database) -> TestResponse:
    seed(db, status="expired")
    by(client, db)
    return send(client, "/admin/privacy", "/admin/privacy/erase", subject="jo@example.org", reason="asked")


def review(client: FlaskClient, db: Database) -> TestResponse:
    payment = seed(db, status="in_review", columns={"review_opened_at": datetime.now(UTC)})
    by(client, db)
    address = f"/admin/reviews/{encode('pay', payment)}"
    return send(client, "/admin/reviews", address, decision="reject", reason="Not ours")


def verify_chain(client: FlaskClient, db: Database) -> TestResponse:
    by(client, db, "auditor")
    return send(client, "/admin/audit", "/admin/audit/verify")


def invite(client: FlaskClient, db: Database) -> TestResponse:
    by(client, db)
    return send(
        client, "/admin/users/new", "/admin/users", email="ada@example.org", role="auditor", reason="new"
    )


def make_key(client: FlaskClient, db: Database) -> TestResponse:
    shop = storefront(db)
    by(client, db)
    fields = {"name": "server", "storefront": encode("sto", shop), "expires": "90", "scopes": "payments:read"}
    return send(client, "/developers/keys/new", "/developers/keys", **fields)


def on_key(path: str, **fields: object) -> Act:
    def act(client: FlaskClient, db: Database) -> TestResponse:
        with atomic() as session:
            key, _ = api_keys.create(session, storefront(db), "server", livemode=False, cause=CAUSE)
        by(client, db)
        return send(client, "/developers/keys", f"/developers/keys/{key.public_id}/{path}", **fields)

    return act


def link_for(db: Database, kind: str) -> str:
    who = somebody(db, "auditor")
    with atomic() as session:
        link_id = password_links.make(session, kind, who.user_id)
    return password_links.token(kind, link_id)


def accept(client: FlaskClient, db: Database) -> TestResponse:
    page = f"/invitation/{link_for(db, 'invitation')}"
    return send(client, page, page, name="Ada", password=NEW, again=NEW)


def ask_for_link(client: FlaskClient, db: Database) -> TestResponse:
    return send(client, "/password-reset", "/password-reset", email=somebody(db).email)


def reset(client: FlaskClient, db: Database) -> TestResponse:
    page = f"/password-reset/{link_for(db, 'reset')}"
    return send(client, page, page, password=NEW, again=NEW)


def cancel(client: FlaskClient, db: Database) -> TestResponse:
    """Its page was never opened: nobody has to be asked."""
    payment: UUID = seed(db, status="awaiting_shopper", columns={"psp_session_id": None})
    token = StatusLinks("http://localhost", SECRET_KEY).token(payment)
    return client.post(f"/s/{token}/cancel", headers={"Origin": "http://localhost"})


def sign_in(client: FlaskClient, db: Database) -> TestResponse:
    who = somebody(db, "developer", second_factor=False)
    with_password(db, who)
    return send(client, "/sign-in", "/sign-in", email=who.email, password=PASSWORD)


def sign_in_with_code(client: FlaskClient, db: Database) -> TestResponse:
    who = somebody(db, "admin")
    with_password(db, who)
    secret = with_app(db, who)
    send(client, "/sign-in", "/sign-in", email=who.email, password=PASSWORD)
    return send(client, "/sign-in/code", "/sign-in/code", code=pyotp.TOTP(secret).now())


def sign_in_and_enrol(client: FlaskClient, db: Database) -> TestResponse:
    who = somebody(db, "finance", second_factor=False)
    with_password(db, who)
    send(client, "/sign-in", "/sign-in", email=who.email, password=PASSWORD)
    secret = re.findall(r'class="secret">(\w+)<', client.get("/sign-in/enrol").text)[0]
    return send(client, "/sign-in/enrol", "/sign-in/enrol", code=pyotp.TOTP(secret).now())


def sign_out(client: FlaskClient, db: Database) -> TestResponse:
    by(client, db)
    return send(client, "/account", "/sign-out")


def step_up(client: FlaskClient, db: Database) -> TestResponse:
    secret = with_app(db, by(client, db))
    return send(client, "/step-up", "/step-up", code=pyotp.TOTP(secret).now())


# What each form does in the log, and how it is sent.
AUDITED: dict[str, tuple[str, Act]] = {
    "/account/password": ("password.change", change_password),
    "/account/recovery-codes": ("second_factor.recovery_codes", new_codes),
    "/account/second-factor": ("second_factor.enable", set_up_factor),
    "/account/second-factor/off": ("second_factor.disable", turn_factor_off),
    "/account/sessions/<uuid:session_id>/end": ("session.end", end_session),
    "/admin/privacy/export": ("privacy.export", export),
    "/admin/privacy/erase": ("privacy.erase", erase),
    "/admin/audit/verify": ("audit.verify", verify_chain),
    "/admin/reviews/<payment>": ("payment.review_reject", review),
    "/admin/users": ("user.invite", invite),
    "/admin/users/<user>/disable": ("user.disable", on_other("disable", reason="left")),
    "/admin/users/<user>/enable": ("user.enable", on_other("enable")),
    "/admin/users/<user>/end-sessions": ("session.end", on_other("end-sessions")),
    "/admin/users/<user>/grant": (
        "role.grant",
        on_other("grant", role="operator", seller="", storefront="", reason="new"),
    ),
    "/admin/users/<user>/revoke": ("role.revoke", on_other("revoke", role="auditor", reason="left")),
    "/admin/users/<user>/invite": ("user.invite", on_other("invite")),
    "/developers/keys": ("api_key.create", make_key),
    "/developers/keys/<key>/revoke": ("api_key.revoke", on_key("revoke")),
    "/developers/keys/<key>/roll": ("api_key.roll", on_key("roll", overlap="1h")),
    "/invitation/<token>": ("user.accept_invitation", accept),
    "/password-reset": ("password.reset_link", ask_for_link),
    "/password-reset/<token>": ("password.reset", reset),
    "/s/<token>/cancel": ("payment.cancel", cancel),
    "/sign-in": ("session.open", sign_in),
    "/sign-in/code": ("session.open", sign_in_with_code),
    "/sign-in/enrol": ("second_factor.enable", sign_in_and_enrol),
    "/sign-out": ("session.end", sign_out),
    "/step-up": ("session.step_up", step_up),
    **seller_forms.FORMS,
    **finance_forms.FORMS,
    **night_forms.FORMS,
    **books_forms.FORMS,
    **money_back_forms.FORMS,
}


def test_every_form_stands_in_one_of_the_tables(app: Flask) -> None:
    """The API's calls have a table of their own, beside their tests."""
    forms = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
        and not rule.rule.startswith(("/v1/", "/webhooks/"))
    }

    known = set(AUDITED) | set(NOT_AUDITED)
    assert (forms - known, known - forms) == (set(), set())
    assert not set(AUDITED) & set(NOT_AUDITED)


@pytest.mark.parametrize("path", AUDITED)
def test_a_form_leaves_its_row(client: FlaskClient, db: Database, path: str) -> None:
    """With the request that the answer names, the address, and whoever sent it."""
    action, act = AUDITED[path]

    answer = act(client, db)

    assert answer.status_code in (200, 303), answer.text
    rows = db.rows(
        "SELECT action, actor, role, host(ip) AS ip FROM audit_log WHERE request_id = %(id)s",
        id=answer.headers["Request-Id"],
    )
    assert action in [row["action"] for row in rows]
    # A shopper's address is a person's, and could never be erased from the log.
    assert {row["ip"] for row in rows} == {None if path == "/s/<token>/cancel" else "127.0.0.1"}
    assert all(row["actor"].startswith(("person:usr_", "shopper:pay_", "anybody")) for row in rows), rows
    if path.startswith(("/account", "/admin", "/developers", "/seller", "/sign-out", "/step-up")):
        assert all(row["role"] for row in rows), rows
