"""Every file of people's or money's data that somebody takes leaves an audit row: who, whose, which filter, how much.

The table is written by hand: a page that gives a file is added with a line of its own, or fails.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from checkout.pages.access import OF_THE_PERMISSION
from tests.conftest import Database
from tests.pages.people import signed_in, somebody
from tests.pages.seed import seed

# Files of people's or money's data: what the row says they hold, and who takes one.
FILES = {
    "/admin/audit.csv": ("audit", "auditor"),
    "/admin/payments.csv": ("payments", "developer"),
    "/finance/alerts.csv": ("alerts", "finance"),
    "/finance/reconciliation/files/<settlement_file>/original": ("settlement_file", "finance"),
    "/finance/reconciliation/runs/<run>/differences.csv": ("differences", "finance"),
    "/finance/reports/debts.csv": ("seller-debts", "finance"),
    "/finance/reports/fees.csv": ("fees", "finance"),
    "/finance/reports/rates.csv": ("rates", "finance"),
    "/finance/reports/unsettled.csv": ("unsettled", "finance"),
    "/seller/orders.csv": ("orders", "seller_staff"),
    "/seller/payouts.csv": ("payouts", "seller_staff"),
    "/seller/balance.csv": ("balance", "seller_owner"),
    "/seller/statements/<statement>.<any(csv, json):form>": ("statement", "seller_owner"),
}


def test_every_file_stands_in_the_table(app: Flask) -> None:
    """A page that gives a file is known by its address, and one that is added without a line here fails."""
    given = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if hasattr(app.view_functions[rule.endpoint], OF_THE_PERMISSION)
        and not rule.rule.startswith("/v1/")
        and "GET" in (rule.methods or ())
        and ("." in rule.rule or any(word in rule.endpoint.partition(".")[2] for word in ("export", "file")))
    }

    assert given == set(FILES)


def _rows_in(text: str) -> int:
    """Of a CSV with its header, or of JSON a line."""
    return text.count("\r\n") - 1 if "\r\n" in text else text.count("\n")


@pytest.mark.parametrize("path", [path for path in FILES if "<" not in path])
def test_a_file_leaves_its_row(client: FlaskClient, db: Database, path: str) -> None:
    """Who took it, with which filter and how many rows; an address that was looked for is not kept."""
    what, role = FILES[path]
    payment = seed(db)
    shop = db.value("SELECT storefront_id FROM payments WHERE id = %(id)s", id=payment)
    who = somebody(db, role, **({"storefront_id": shop} if role == "developer" else {}))
    signed_in(client, who)

    answer = client.get(path, query_string={"email": "jo@example.org"} if what == "payments" else {})

    assert answer.status_code == 200
    (row,) = db.rows(
        "SELECT actor, role, object, after FROM audit_log WHERE action = 'data.exported' AND request_id = %(id)s",
        id=answer.headers["Request-Id"],
    )
    assert (row["actor"], row["role"]) == (f"person:{who.public_id}", role)
    assert row["object"].startswith("sel_") == path.startswith("/seller")
    assert (row["after"]["kind"], row["after"]["rows"]) == (what, _rows_in(answer.text))
    if what == "payments":
        assert row["after"]["rows"] == 1
        assert "Shopper" in row["after"]["filter"]
        assert "jo@" not in row["after"]["filter"]
    client.get(path.rpartition(".")[0])
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'data.exported'") == 1


@pytest.mark.parametrize("path", [path for path in FILES if "<" not in path])
def test_a_filter_that_is_not_sound_is_named_and_not_repeated(
    client: FlaskClient, db: Database, path: str
) -> None:
    """A NUL, which no text of the database holds, and a card number: a file, or the page that says what is wrong."""
    signed_in(client, somebody(db, FILES[path][1]))
    names = (
        "psp",
        "currency",
        "status",
        "code",
        "day",
        "from",
        "to",
        "age",
        "actor",
        "email",
        "number",
        "text",
    )

    for value in ("a\0b", "4242 4242 4242 4242"):
        answer = client.get(path, query_string=dict.fromkeys(names, value))

        assert answer.status_code in (200, 422)
        if answer.mimetype == "text/csv":
            assert value not in answer.text
    assert not db.rows("SELECT id FROM audit_log WHERE after::text LIKE '%%4242%%'")
