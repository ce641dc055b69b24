"""A customer's store credit on the pages: what is there, how it came about, and giving promotional credit once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.wallets.grant import grant_credit
from tests.pages.money_back import CAUSE, key, new_desk
from tests.pages.people import send, signed_in, somebody
from tests.wallets.conftest import customer as new_customer
from tests.wallets.conftest import put_in


@pytest.fixture
def jo(db, app):
    """A customer of a shop, without store credit."""
    return new_customer(db, new_desk(db).shop.storefront_id, "jo@example.org")


@pytest.fixture
def finance(client, db, jo):
    return signed_in(client, somebody(db, "finance"))


def page_of(jo) -> str:
    return f"/admin/customers/{encode('cus', jo)}"


def gives(client, jo, **fields):
    page = f"{page_of(jo)}/credit"
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    form = {"amount": "5", "currency": "EUR", "until": until, "reason": "Late parcel", "form_key": key()}
    return send(client, page, page, **{**form, **fields})


def promised(jo, minor, currency="EUR", days=30):
    with atomic() as session:
        grant_credit(
            session,
            shopper_id=jo,
            amount=Money(minor, currency),
            expires_at=datetime.now(UTC) + timedelta(days=days),
            reason="x",
            cause=CAUSE,
        )


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ").split())


def test_balances_by_currency_and_a_statement_that_runs(finance, jo):
    """15.00 paid in and 5.00 given are 20.00; 1.250 KWD stand apart."""
    put_in(jo, Money(1500, "EUR"))
    promised(jo, 500)
    put_in(jo, Money(1250, "KWD"))

    text = words(finance.get(f"{page_of(jo)}?currency=EUR").text)

    assert "Free to spend 20.00 EUR Promotional, of it 5.00 EUR Held by open checkouts 0.00 EUR" in text
    assert "Free to spend 1.250 KWD" in text
    assert re.search(r"Promotional credit given wcr_\w+ .{10,40} \+ ?5.00 EUR 20.00 EUR", text)
    assert re.search(r"Topped up by the customer pay_\w+ .{10,40} \+ ?15.00 EUR 15.00 EUR", text)


def test_a_long_statement_has_pages(finance, jo):
    """Thirty movements: 25, then 5, and back to the same 25; each with what stood there after it."""
    for _ in range(30):
        put_in(jo, Money(100, "EUR"))

    first = finance.get(f"{page_of(jo)}?currency=EUR").text
    older = unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])
    second = finance.get(older).text
    back = finance.get(unescape(re.findall(r'rel="prev" href="([^"]+)"', second)[0])).text

    assert (first.count("Topped up"), second.count("Topped up")) == (25, 5)
    assert "30.00 EUR" in words(first)
    assert 'rel="next"' not in second
    assert re.findall(r"<code>(pay_\w+)", back) == re.findall(r"<code>(pay_\w+)", first)


def test_without_store_credit_the_page_says_how_it_comes(finance, jo):
    text = words(finance.get(page_of(jo)).text)

    assert "It comes by topping up, by a refund as store credit" in text
    assert "Statement" not in text
    assert finance.get(f"{page_of(jo)}?of=all").status_code == 404


def test_credit_is_given_once(db, finance, jo):
    """The same form again leads to the same page; another one gives again."""
    form_key = key()

    first, second = gives(finance, jo, form_key=form_key), gives(finance, jo, form_key=form_key)

    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    shown = words(finance.get(first.headers["Location"]).text)
    assert "Promotional, of it 5.00 EUR" in shown
    gives(finance, jo)
    assert db.value("SELECT sum(amount_minor) FROM wallet_credits") == 1000


def test_so_much_takes_two_people(db, finance, jo):
    answer = gives(finance, jo, amount="10000.01")

    assert "done=proposed" in answer.headers["Location"]
    assert finance.get(answer.headers["Location"]).status_code == 200
    assert db.value("SELECT count(*) FROM wallet_credits") == 0
    assert db.value("SELECT kind FROM approvals") == "wallet.credit"
    again = gives(finance, jo, amount="20000")
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": ""}, "Say how much is given."),
        ({"amount": "5.001"}, "An amount in EUR is written as 12.50."),
        ({"amount": "5.5", "currency": "JPY"}, "An amount in JPY is written as"),
        ({"currency": "euros"}, "A currency is three letters, such as EUR."),
        ({"until": "2020-01-01"}, "The last day is today or later, and within ten years."),
        ({"until": "9999-12-31"}, "Choose the last day on which it can be spent."),
        ({"until": "soon"}, "Choose the last day on which it can be spent."),
        ({"reason": " "}, "A reason of 1 to 500 characters."),
        ({"reason": "4242 4242 4242 4242"}, "looks like the number of a card"),
    ],
)
def test_what_cannot_be_given_is_said(db, finance, jo, fields, said):
    answer = gives(finance, jo, **fields)

    assert (answer.status_code, said in words(answer.text)) == (422, True)
    assert db.value("SELECT count(*) FROM wallet_credits") == 0


def test_giving_needs_the_right_role_and_a_fresh_code(client, db, jo):
    operator = signed_in(client, somebody(db, "operator"))
    assert "Giving promotional credit: Needs role" in operator.get(page_of(jo)).text
    assert operator.get(f"{page_of(jo)}/credit").status_code == 403

    stale = signed_in(client, somebody(db, "finance", stepped_up=False))
    assert "/step-up" in stale.get(f"{page_of(jo)}/credit").headers["Location"]


def test_another_shops_customer_is_not_there(client, db, jo):
    developer = signed_in(client, somebody(db, "developer"))

    assert developer.get(page_of(jo)).status_code == 404


def test_the_search_and_the_payment_lead_here(client, db, app):
    desk = new_desk(db)
    payment = desk.paid(1500)
    finance = signed_in(client, somebody(db, "finance"))
    customer = encode("cus", payment.shopper_id)

    assert finance.get(f"/search?q={customer}").headers["Location"] == f"/admin/customers/{customer}"
    assert f'href="/admin/customers/{customer}"' in finance.get(f"/admin/payments/{payment.public_id}").text
    assert finance.get(f"/search?q={customer[:-1]}0").status_code == 200
