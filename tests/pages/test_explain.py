"""The page of a figure: five levels, each term a link, the way back above; nothing of others, red where it differs."""

from __future__ import annotations

import html
import json
import re

import pytest
from flask.testing import FlaskClient

from tests.conftest import Database
from tests.explanations.conftest import paid_order, pay_out, psp, release, sel, shop
from tests.pages.people import signed_in, somebody
from tests.statements.test_statements import day, earn

__all__ = ["paid_order", "pay_out", "psp", "shop"]


@pytest.fixture
def owner(client: FlaskClient, db: Database, shop) -> FlaskClient:
    return signed_in(client, somebody(db, "seller_owner", seller_id=shop.ada))


def test_a_payout_leads_to_its_orders_and_back(owner, paid_order, pay_out):
    """Payout → order → commission: three clicks, the way kept."""
    order = paid_order()
    release(order.id)
    payout = pay_out(order.seller_id)

    first = owner.get(f"/explain/{payout.public_id}/amount").text
    (link,) = re.findall(r'href="(/explain/ord_[^"]+)"', first)
    second = owner.get(link).text
    third = owner.get(re.findall(r'href="(/explain/ord_\w+/commission[^"]*)"', second)[0]).text

    for level in ("In words", "Equation", "Rules used", "Ledger entries", "Evidence"):
        assert f"<h2>{level}</h2>" in second
    assert "15.00 - 1.50 - 3.00 = 10.50 EUR" in second
    assert f'href="/explain/{payout.public_id}/amount"' in third
    assert "fee plan, version 1" in third
    assert "psp balance" not in first + second + third


def test_it_can_be_taken_along_as_json(owner, paid_order):
    order = paid_order()

    answer = owner.get(f"/explain/{order.public_id}/net?as=json")

    assert answer.mimetype == "application/json"
    assert json.loads(answer.text)["amount"] == 1050


def test_another_sellers_figure_is_not_there_and_a_payment_needs_another_role(owner, shop):
    payment = shop.paid()
    ada, bao = payment.orders

    assert owner.get(f"/explain/{ada.public_id}/net").status_code == 200
    assert owner.get(f"/explain/{bao.public_id}/net").status_code == 404
    assert owner.get(f"/explain/{sel(shop.bao)}/balance.on_hold.EUR").status_code == 404
    assert owner.get(f"/explain/{payment.public_id}/amount_received").status_code == 403
    assert "amount_received" not in owner.get(f"/explain/{ada.public_id}/net").text


def test_a_difference_is_shown_as_one(client, db, paid_order):
    order = paid_order()
    db.rows("UPDATE orders SET amount_refunded_minor = 100")
    signed_in(client, somebody(db, "finance"))

    page = client.get(f"/explain/{order.public_id}/net").text

    assert "does not agree with the ledger" in page
    assert 'data-status="differs"' in page


@pytest.mark.parametrize("via", ["//evil.example/x", "pay_x/y,<script>", ",".join(["ord_x/net"] * 300)])
def test_a_made_up_way_is_left_out(owner, paid_order, via):
    page = owner.get(f"/explain/{paid_order().public_id}/net", query_string={"via": via})

    assert page.status_code == 200
    assert 'href="//evil' not in page.text
    assert page.text.count('<ol class="way"><li aria-current') == 1


def test_a_balance_as_it_was_keeps_the_moment_on_the_way(owner, shop):
    """9.00 of May stands behind the statement's closing, whatever came since; each term leads to the same moment."""
    earn(shop.ada, 1000, day(5), commission=100)
    earn(shop.ada, 500, day(6))
    statement = owner.get("/seller/statements/month/2025-05?currency=EUR", follow_redirects=True).text
    (closing,) = re.findall(
        r'href="(/explain/[^"]+)"', statement.partition("= <data")[2].partition("</section>")[0]
    )

    page = owner.get(closing).text
    (term,) = re.findall(r'href="(/explain/sel_[^"]+order_released[^"]*)"', page)
    further = owner.get(html.unescape(term)).text

    assert closing.endswith("?at=2025-05-31T21:59:59.999999Z")
    assert "As it was at 2025-05-31" in page
    assert "9.00 = 9.00 EUR" in page
    assert "9.00 = 9.00 EUR" in further
    assert "balance.available.EUR?at=2025-05-31T21:59:59.999999Z" in further


@pytest.mark.parametrize("at", ["yesterday", "2025-06-01T00:00:00", "2999-01-01T00:00:00Z"])
def test_a_moment_that_is_none_or_has_not_come_is_refused(owner, shop, at):
    assert owner.get(f"/explain/{sel(shop.ada)}/balance.available.EUR?at={at}").status_code == 422
