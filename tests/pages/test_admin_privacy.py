"""A shopper's data on request, from the page: a file, a refusal with its reason, an erasure."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.conftest import Database
from tests.pages.people import send, signed_in, somebody
from tests.pages.seed import seed
from tests.shoppers.reading import people


def test_export_refusal_and_erasure(client: FlaskClient, db: Database) -> None:
    """The address stands in no link and on no page; who did it is in the audit log."""
    seed(db, status="awaiting_shopper")
    who = somebody(db, "admin")
    signed_in(client, who)
    form, erase = "/admin/privacy", "/admin/privacy/erase"

    exported = send(client, form, "/admin/privacy/export", subject="jo@example.org")
    refused = send(client, form, erase, subject="jo@example.org", reason="asked")
    db.rows("UPDATE payments SET status = 'expired'")
    named = send(client, form, erase, subject="jo@example.org", reason="jo@example.org asked")
    erased = send(client, form, erase, subject="jo@example.org", reason="asked")
    again = send(client, form, "/admin/privacy/export", subject="jo@example.org")

    assert exported.get_json()["shoppers"][0]["email"] == "jo@example.org"
    assert (refused.status_code, "awaiting shopper" in refused.text) == (409, True)
    assert (named.status_code, "must not name the person" in named.text) == (422, True)
    assert (erased.status_code, "1 payment is nobody" in erased.text) == (200, True)
    assert (again.status_code, people(db)) == (422, [None])
    assert "jo@example.org" not in erased.text + again.text
    rows = db.rows("SELECT actor FROM audit_log WHERE action LIKE 'privacy%%' ORDER BY sequence")
    assert [row["actor"] for row in rows] == [f"person:{who.public_id}"] * 2


def test_a_fresh_second_factor_comes_first(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "admin", stepped_up=False))

    answer = client.get("/admin/privacy")

    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/step-up")
