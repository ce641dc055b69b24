"""Reviews, users, search, keys: what each role may do there, and what is asked for before."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

from flask.testing import FlaskClient

from checkout.core.ids import encode
from checkout.identity import memberships, sessions, users
from checkout.identity.authenticate import authenticate
from tests.conftest import Database
from tests.pages.people import send, signed_in, somebody, storefront, with_password
from tests.pages.seed import seed


def in_review(db: Database) -> UUID:
    """24.90 EUR came too late, and wait."""
    payment = seed(db, status="in_review", columns={"review_opened_at": datetime.now(UTC)})
    db.rows(
        "INSERT INTO payment_facts (payment_id, kind, source_key, amount_minor, currency, cause, at)"
        " VALUES (%(id)s, 'amount_mismatch', 'ch_1', 1490, 'EUR', 'test', now())",
        id=payment,
    )
    return payment


def status_of(db: Database, payment: UUID) -> str:
    return str(db.value("SELECT status FROM payments WHERE id = %(id)s", id=payment))


def test_a_review_is_rejected_with_a_reason(client: FlaskClient, db: Database) -> None:
    """Who did it and why is in the audit log; a second decision is told that it comes too late."""
    payment = in_review(db)
    who = somebody(db, "operator")
    signed_in(client, who)
    address = f"/admin/reviews/{encode('pay', payment)}"

    without = send(client, "/admin/reviews", address, decision="reject", reason=" ")
    done = send(client, "/admin/reviews", address, decision="reject", reason="Not ours")
    again = send(client, "/account", address, decision="approve", reason="Too late")

    assert (without.status_code, done.headers["Location"], again.status_code) == (
        422,
        "/admin/reviews?done=reject",
        409,
    )
    assert status_of(db, payment) == "canceled"
    (row,) = db.rows("SELECT actor, reason FROM audit_log WHERE action = 'payment.review_reject'")
    assert (row["actor"], row["reason"]) == (f"person:{who.public_id}", "Not ours")


def test_too_little_money_cannot_be_approved(client: FlaskClient, db: Database) -> None:
    payment = in_review(db)
    signed_in(client, somebody(db, "admin"))

    answer = send(
        client, "/admin/reviews", f"/admin/reviews/{encode('pay', payment)}", decision="approve", reason="ok"
    )

    assert answer.status_code == 409
    assert "can only be rejected" in answer.text
    assert status_of(db, payment) == "in_review"


def test_a_review_is_read_by_more_than_may_decide(client: FlaskClient, db: Database) -> None:
    payment = in_review(db)
    signed_in(client, somebody(db, "auditor"))
    page = client.get("/admin/reviews").text

    answer = send(
        client, "/account", f"/admin/reviews/{encode('pay', payment)}", decision="reject", reason="x"
    )

    assert "Needs role Admin or Operator" in page
    assert "<textarea" not in page
    assert answer.status_code == 403
    assert status_of(db, payment) == "in_review"


def test_somebody_is_invited_with_a_role(client: FlaskClient, db: Database) -> None:
    shop = storefront(db, "Shop & Co")
    signed_in(client, somebody(db, "admin"))

    made = send(
        client, "/admin/users/new", "/admin/users", email="Ada@example.org", role="developer",
        storefront=encode("sto", shop), seller="",
    )  # fmt: skip
    page = client.get(made.headers["Location"]).text
    twice = send(client, "/admin/users/new", "/admin/users", email="ada@example.org", role="admin")
    nowhere = send(client, "/admin/users/new", "/admin/users", email="b@example.org", role="developer")

    assert "The invitation is on its way" in page
    assert "Shop &amp; Co" in page
    assert (twice.status_code, nowhere.status_code) == (409, 422)
    assert users.find_by_email("b@example.org") is None


def test_a_role_is_granted_and_taken_away_by_somebody_else(client: FlaskClient, db: Database) -> None:
    """The person's sessions end with it; one's own roles are out of reach."""
    admin, other = somebody(db, "admin"), somebody(db, "auditor")
    signed_in(client, admin)
    page, own = f"/admin/users/{other.public_id}", f"/admin/users/{admin.public_id}"

    granted = send(client, page, f"{page}/grant", role="operator", seller="", storefront="")
    held = {grant.role for grant in memberships.grants_of(other.user_id)}
    revoked = send(client, page, f"{page}/revoke", role="auditor")
    raised = send(client, "/account", f"{own}/grant", role="finance")

    assert (granted.status_code, revoked.status_code, raised.status_code) == (303, 303, 403)
    assert held == {"operator", "auditor"}
    assert {grant.role for grant in memberships.grants_of(other.user_id)} == {"operator"}
    assert sessions.list_of(other.user_id) == []
    assert {grant.role for grant in memberships.grants_of(admin.user_id)} == {"admin"}


def test_a_role_change_without_a_fresh_code_changes_nothing(client: FlaskClient, db: Database) -> None:
    other = somebody(db, "auditor")
    signed_in(client, somebody(db, "admin", stepped_up=False))
    page = f"/admin/users/{other.public_id}"

    answer = send(client, page, f"{page}/grant", role="admin", form_page=page)

    assert answer.headers["Location"] == f"/step-up?next={page}"
    assert {grant.role for grant in memberships.grants_of(other.user_id)} == {"auditor"}


def test_disabling_ends_the_account_for_now(client: FlaskClient, db: Database) -> None:
    other = somebody(db, "finance")
    signed_in(client, somebody(db, "admin"))
    page = f"/admin/users/{other.public_id}"

    send(client, page, f"{page}/disable", reason="Left")

    assert "Disabled" in client.get(page).text
    assert signed_in(client, other).get("/account").status_code == 303


def test_a_null_character_in_a_form_is_refused(client: FlaskClient, db: Database) -> None:
    """No browser sends one, and PostgreSQL keeps none: it is no fault of ours."""
    other, shop = somebody(db, "finance"), storefront(db)
    signed_in(client, somebody(db, "admin"))
    page = f"/admin/users/{other.public_id}"

    disabled = send(client, page, f"{page}/disable", reason="Le\0ft")
    made = send(
        client, "/developers/keys/new", "/developers/keys", name="a\0b", storefront=encode("sto", shop),
        expires="30", scopes="payments:read",
    )  # fmt: skip

    assert (disabled.status_code, made.status_code) == (400, 400)
    assert db.value("SELECT status FROM users WHERE id = %(id)s", id=other.user_id) == "active"


def test_the_last_admin_is_neither_disabled_nor_without_the_role(client: FlaskClient, db: Database) -> None:
    """Two admins had sessions; one has no password any more, so the other is the last who can sign in."""
    last = somebody(db, "admin")
    signed_in(client, somebody(db, "admin"))
    with_password(db, last)
    page = f"/admin/users/{last.public_id}"

    disabled = send(client, page, f"{page}/disable", reason="Left")
    revoked = send(client, page, f"{page}/revoke", role="admin")

    assert [disabled.status_code, revoked.status_code] == [422, 422]
    assert "last admin" in disabled.text
    assert "last admin" in revoked.text


def test_an_exact_id_leads_to_its_page(client: FlaskClient, db: Database) -> None:
    payment = seed(db, status="succeeded", columns={"psp_charge_id": "ch_7"})
    order = db.value("SELECT id FROM orders WHERE payment_id = %(id)s AND position = 0", id=payment)
    signed_in(client, somebody(db, "operator"))
    there = f"/admin/payments/{encode('pay', payment)}"

    assert client.get(f"/search?q={encode('pay', payment)}").headers["Location"] == there
    assert (
        client.get(f"/search?q={encode('ord', order)}").headers["Location"]
        == f"{there}#{encode('ord', order)}"
    )
    for text in ("ch_7", "1042-A", "jo@example.org"):
        assert there in client.get("/search", query_string={"q": text}).text


def test_search_finds_nothing_beyond_the_reach(client: FlaskClient, db: Database) -> None:
    """A seller sees their own order of a payment and not the other seller's; a developer only their shop's payments."""
    payment = seed(db, status="succeeded")
    mine = db.value("SELECT seller_id FROM orders WHERE payment_id = %(id)s AND position = 0", id=payment)
    signed_in(client, somebody(db, "seller_staff", seller_id=mine))
    own, foreign = client.get("/search?q=1042-A").text, client.get("/search?q=1042-B").text
    signed_in(client, somebody(db, "developer"))
    elsewhere = client.get(f"/search?q={encode('pay', payment)}")

    assert "Ada&#39;s Pottery" in own
    assert "Nothing found" in foreign
    assert "/admin/payments/" not in own
    assert (elsewhere.status_code, "Nothing found" in elsewhere.text) == (200, True)


def test_people_are_found_by_the_beginning_of_address_or_name(client: FlaskClient, db: Database) -> None:
    """However it is cased; a whole address finds one, who need not be among the newest."""
    ada = somebody(db, "finance", email="ada.l@example.org", name="Countess Ünal")
    bao = somebody(db, "auditor", email="ada.lo@example.org", name="Bao")
    signed_in(client, somebody(db, "admin"))

    def found(text: str) -> set[str]:
        page = client.get("/admin/users", query_string={"text": text}).text
        return {who.email for who in (ada, bao) if f">{who.email}<" in page}

    assert found("ADA.L") == {ada.email, bao.email}
    assert found("countess ü") == {ada.email}
    assert found("ADA.LO@example.org ") == {bao.email}
    assert found("nobody") == set()
    assert ada.email in client.get("/admin/users?role=finance&text=ada").text


def test_search_takes_anything(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "admin"))

    for text in ("%", "'; --", "pay_", "x" * 5000, "\x00", "4242424242424242", "<script>"):
        answer = client.get("/search", query_string={"q": text})
        assert answer.status_code in {200, 422}, text
        assert "<script>" not in answer.text.partition("<h1>")[2], text


def made_key(client: FlaskClient, db: Database) -> str:
    shop = db.value("SELECT storefront_id FROM memberships WHERE role = 'developer'")
    page = send(
        client, "/developers/keys/new", "/developers/keys", name="server", storefront=encode("sto", shop),
        expires="90", scopes=["payments:read"],
    ).text  # fmt: skip
    return re.findall(r'id="key">(sk_test_\w+)<', page)[0]


def test_a_key_is_shown_once_and_works(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "developer"))

    text = made_key(client, db)

    principal = authenticate(text)
    assert principal is not None
    assert principal.permissions == {"payments:read"}
    assert text not in client.get("/developers/keys").text


def test_a_rolled_key_gives_way_to_a_new_one(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "developer"))
    old = made_key(client, db)
    key = encode("key", db.value("SELECT id FROM api_keys"))

    page = send(client, "/developers/keys", f"/developers/keys/{key}/roll", overlap="1h")
    again = send(client, "/developers/keys", f"/developers/keys/{key}/roll", overlap="1h")

    new = re.findall(r'id="key">(sk_test_\w+)<', page.text)[0]
    assert authenticate(new) is not None
    assert authenticate(old) is not None
    assert again.status_code == 409


def test_a_revoked_key_is_refused_and_a_foreign_one_is_not_there(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "developer"))
    made_key(client, db)
    key = encode("key", db.value("SELECT id FROM api_keys"))
    signed_in(client, somebody(db, "developer"))
    foreign = send(client, "/account", f"/developers/keys/{key}/revoke")
    signed_in(client, somebody(db, "admin"))

    revoked = send(client, "/account", f"/developers/keys/{key}/revoke")

    assert (foreign.status_code, revoked.status_code) == (404, 303)
    assert db.value("SELECT revoked_at IS NOT NULL FROM api_keys")


def test_a_key_is_made_with_a_fresh_code_only(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "developer", stepped_up=False))

    answer = send(
        client,
        "/account",
        "/developers/keys",
        name="x",
        scopes=["payments:read"],
        form_page="/developers/keys/new",
    )

    assert answer.headers["Location"] == "/step-up?next=/developers/keys/new"
    assert db.value("SELECT count(*) FROM api_keys") == 0
