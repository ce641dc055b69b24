"""The list of a seller's orders as it is asked for: its order, its length, one payout's; and links that explain."""

from __future__ import annotations

import csv
import io
import re

import pytest

from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.reporting.paging import Cut
from checkout.reporting.seller_order_places import NET
from checkout.reporting.seller_orders import OrderFilter, list_orders
from tests.pages.people import signed_in, somebody
from tests.pages.selling import delivered, new_seller, paid_out, released, sale
from tests.payouts.fake_psp import FakePsp


@pytest.fixture
def seller(db):
    return new_seller(db)


@pytest.fixture
def owner(client, db, seller):
    return signed_in(client, somebody(db, "seller_owner", seller_id=seller))


def listed(owner, query=""):
    """The references of the list, in its order."""
    return re.findall(r"<bdi>(no-\d)</bdi></a></th>", owner.get(f"/seller/orders{query}").text)


@pytest.fixture
def four(db, seller):
    """no-0 of 20.00 half refunded, no-1 of 5.00 to ship, no-2 delivered, no-3 released and in yen."""
    half = sale(db, seller, 2000, commission=200, logistics=0, reference="no-0")
    db.rows("UPDATE orders SET amount_refunded_minor = 1001, shipped_at = now(), status = 'shipped',"
            " deliver_by_at = now() + interval '14 days' WHERE id = %(id)s", id=half)  # fmt: skip
    sale(db, seller, 500, commission=50, logistics=0, reference="no-1")
    delivered(db, seller, 1500, reference="no-2")
    released(db, seller, 9999, commission=1000, logistics=0, currency="JPY", reference="no-3")


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("-date", "3210"),
        ("date", "0123"),
        ("net", "1023"),
        ("-net", "3201"),
        ("available", "3201"),
        ("-available", "1023"),
        ("nonsense", "3210"),
    ],
)
def test_the_list_is_sorted_as_asked_and_its_pages_follow(db, owner, seller, four, sort, found, monkeypatch):
    """By day, by net within a currency (no-0 brings 8.99), by the day it comes free, unknown last; two a page."""
    wanted = [f"no-{digit}" for digit in found]
    assert listed(owner, f"?sort={sort}") == wanted

    monkeypatch.setattr("checkout.pages.seller_orders.LENGTHS", (2,))
    first = owner.get(f"/seller/orders?sort={sort}&rows=2").text
    older = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = owner.get(older).text
    newer = re.search(r'rel="prev" href="([^"]+)"', second)[1].replace("&amp;", "&")

    assert [listed(owner, f"?sort={sort}&rows=2"), listed(owner, older[14:])] == [wanted[:2], wanted[2:]]
    assert listed(owner, newer[14:]) == wanted[:2]
    file = csv.DictReader(io.StringIO(owner.get(f"/seller/orders.csv?sort={sort}").text))
    assert [row["reference"] for row in file] == wanted


def test_the_net_by_which_it_is_sorted_is_the_net_that_is_shown(db, seller):
    """In SQL as in the rule, for refunds that do not divide, tax kept by the platform and logistics given back."""
    for refunded, returned in ((0, 0), (1, 0), (333, 50), (749, 0), (1500, 300)):
        order = sale(db, seller, 1500, commission=151, logistics=300, tax=101)
        db.rows(
            "UPDATE orders SET amount_refunded_minor = %(refunded)s, logistics_returned_minor = %(returned)s"
            " WHERE id = %(id)s",
            refunded=refunded, returned=returned, id=order,
        )  # fmt: skip

    shown = list_orders(seller, OrderFilter(), Cut(), utcnow()).rows
    in_sql = {row["id"]: row["net"] for row in db.rows(f"SELECT o.id, {NET} AS net FROM orders o")}

    assert {row.id: row.net.amount_minor for row in shown} == in_sql


def test_the_list_is_of_one_payout_where_that_is_asked(db, owner, seller):
    """A payout's two orders; no order of another seller's payout; what is no payout is said."""
    psp = FakePsp()
    for n in range(2):
        released(db, seller, reference=f"no-{n}")
    payout = paid_out(seller, psp)
    released(db, seller, reference="no-2")

    assert listed(owner, f"?payout={payout.public_id}") == ["no-1", "no-0"]
    assert listed(owner, f"?payout=po_{'0' * 26}") == []
    answer = owner.get("/seller/orders?payout=mine")
    assert answer.status_code == 422
    assert "A payout is named by its id" in answer.text


def test_every_figure_of_an_order_and_a_balance_leads_to_its_explanation(db, owner, seller):
    """The links of both pages, each followed."""
    order = released(db, seller)
    paid_out(seller, FakePsp())

    links = set()
    for page in (
        f"/seller/orders/{encode('ord', order)}",
        "/seller/balance",
        "/seller/balance?account=on_hold",
    ):
        found = set(re.findall(r'href="(/explain/[^"]+)"', owner.get(page).text))
        assert len(found) >= 2, page
        links |= found

    assert {link: owner.get(link).status_code for link in links} == dict.fromkeys(links, 200)
