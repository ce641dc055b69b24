"""Refunds from a file on a page: nothing before the look, what was looked at, and nothing twice."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

import pytest

from checkout.core.ids import encode
from tests.pages.money_back import new_desk
from tests.pages.people import send, signed_in, somebody, token_in

PAGE = "/admin/refunds/upload"


@pytest.fixture
def desk(db, app):
    return new_desk(db)


@pytest.fixture
def finance(client, db, desk):
    return signed_in(client, somebody(db, "finance"))


def looks(client, text: str | bytes, do="look"):
    data = text.encode() if isinstance(text, str) else text
    form = {"csrf_token": token_in(client.get(PAGE).text), "do": do, "file": (BytesIO(data), "refunds.csv")}
    return client.post(PAGE, data=form, headers={"Origin": "http://localhost"})


def applies(client, page: str):
    """The form of the look, as it stands on the page."""
    hidden = dict(re.findall(r'name="(content|digest)" value="([^"]*)"', page))
    return send(client, PAGE, PAGE, do="refund", **hidden)


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ").split())


def refunds(db) -> list[int]:
    return [row["amount_minor"] for row in db.rows("SELECT amount_minor FROM refunds ORDER BY created_at")]


def test_a_look_has_a_total_per_currency_and_refunds_nothing(db, desk, finance):
    """5.00 and 9.90 EUR, 1.205 KWD, and one row beyond what is left."""
    euros, dinars = desk.paid(1500, 990), desk.paid(7_010, currency="KWD")
    rows = [
        "payment,order,amount,currency",
        f"{euros.public_id},,5.00,EUR",
        f",{euros.orders[1].public_id},,",
        f"{dinars.public_id},,1.205,KWD",
        f"{euros.public_id},,99.00,EUR",
    ]

    page = looks(finance, "\n".join(rows)).text

    text = words(page)
    assert "3 would be refunded, 0 refunded before, 1 refused." in text
    assert "2 refunds in EUR" in text
    assert "1 refund in KWD 1.205 KWD" in text
    assert refunds(db) == []


def test_what_was_looked_at_is_refunded_once(db, desk, finance):
    payment = desk.paid(1500)
    look = looks(finance, f"payment,amount,currency\n{payment.public_id},5.00,EUR\n").text
    assert "Refund 5.00 EUR" in words(look)

    first, second = applies(finance, look), applies(finance, look)

    assert "1 refunded, 0 refunded before, 0 refused." in words(first.text)
    assert "0 refunded, 1 refunded before, 0 refused." in words(second.text)
    assert refunds(db) == [500]
    again = words(looks(finance, f"payment,amount,currency\n{payment.public_id},5.00,EUR\n").text)
    assert "0 refunded, 1 refunded before, 0 refused." in again


def test_another_file_than_the_one_looked_at_is_refused(db, desk, finance):
    look = looks(finance, f"payment\n{desk.paid(1500).public_id}\n").text
    digest = re.findall(r'name="digest" value="([^"]*)"', look)[0]

    for content in ("cGF5bWVudAo=", "not base 64", ""):
        answer = send(finance, PAGE, PAGE, do="refund", content=content, digest=digest)
        assert (answer.status_code, "not the file that was looked at" in answer.text) == (422, True)
    assert refunds(db) == []


@pytest.mark.parametrize(
    ("data", "status"), [("", 422), ("who,what\n1,2\n", 422), (b"\xff\x00", 422), ("x" * 300_000, 413)]
)
def test_what_is_no_such_file_is_said(finance, data, status):
    answer = looks(finance, data)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text


def test_a_file_needs_the_right_role_and_a_fresh_code(client, db, desk):
    assert signed_in(client, somebody(db, "operator")).get(PAGE).status_code == 403
    stale = signed_in(client, somebody(db, "finance", stepped_up=False))
    assert "/step-up" in stale.get(PAGE).headers["Location"]


def test_a_sellers_file_touches_its_own_orders_alone(client, db, desk):
    payment = desk.paid(1500, 990)
    owner = signed_in(client, somebody(db, "seller_owner", seller_id=desk.shop.bao))
    rows = f"order\n{payment.orders[0].public_id}\n{payment.orders[1].public_id}\n"

    applies(owner, looks(owner, rows).text)

    (refund,) = db.rows("SELECT amount_minor, payment_id FROM refunds")
    assert (refund["amount_minor"], encode("pay", refund["payment_id"])) == (990, payment.public_id)
