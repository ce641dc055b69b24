"""A seller's payouts and settings: what is in a payout and what is not, when the next comes, and paying out now."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import time_machine

from checkout.core.ids import encode
from checkout.psp import registry
from tests.pages.people import send, signed_in, somebody, token_in
from tests.pages.selling import delivered, new_seller, paid_out, released, sale
from tests.payouts.conftest import owe
from tests.payouts.fake_psp import FakePsp

PAY_NOW = "/seller/pay-now?currency=EUR"
LAST_ANSWERS = "SELECT count(*) FROM payouts WHERE seller_id = %(id)s"


@pytest.fixture
def psp():
    return FakePsp()


@pytest.fixture
def seller(db):
    return new_seller(db)


@pytest.fixture
def owner(client, db, seller, psp):
    registry.use(psp)
    return signed_in(client, somebody(db, "seller_owner", seller_id=seller))


def minors(text: str) -> list[int]:
    return [int(minor) for minor in re.findall(r'<data value="(-?\d+)"', text)]


def test_a_payouts_groups_sum_to_it(db, owner, seller, psp):
    """Two orders of 10.50 less a dispute of 4.00 are a payout of 17.00."""
    released(db, seller, reference="A")
    released(db, seller, reference="B")
    owe(seller, 400)
    payout = paid_out(seller, psp)

    page = owner.get(f"/seller/payouts/{payout.public_id}").text

    equation = page.partition('class="equation"')[2].partition("</table>")[0]
    assert minors(equation) == [2100, 400, 1700]
    assert "− <data" in equation.replace("\n", "")
    assert "do not add up" not in page
    lines = page.partition('id="lines"')[2].partition('id="missing"')[0]
    assert ">A</bdi>" in lines
    assert ">B</bdi>" in lines


def test_what_is_not_in_a_payout_is_named_with_its_reason(db, owner, seller, psp):
    """An order in its hold with the date, one that is not shipped, and what came free since."""
    delivered(db, seller, reference="in-hold")
    sale(db, seller, reference="not-shipped")
    released(db, seller, reference="paid")
    payout = paid_out(seller, psp)
    released(db, seller, reference="later")

    page = owner.get(f"/seller/payouts/{payout.public_id}").text

    missing = page.partition('id="missing"')[2].partition("</section>")[0]
    assert "in-hold</bdi>" in missing
    assert "the days after delivery have not passed yet. Available" in missing
    assert "not-shipped</bdi>" in missing
    assert "paid</bdi>" not in missing
    assert "came free after it was made" in missing


def test_sent_is_not_arrived(db, owner, seller, psp):
    """A payout on its way says until when the bank may need; the list has both words."""
    released(db, seller)
    sent = paid_out(seller, psp)
    released(db, seller)
    paid_out(seller, psp, bank="paid")

    page = owner.get(f"/seller/payouts/{sent.public_id}").text
    assert "The bank may need until" in page
    listed = owner.get("/seller/payouts").text
    assert ("Sent</span>" in listed, "Arrived</span>" in listed) == (True, True)
    assert "Payouts per week, EUR" in listed
    assert listed.count("<tr ") == 1 + 2 + 1 + 12 + 1
    assert sent.public_id not in owner.get("/seller/payouts?state=arrived").text


def test_a_failed_payout_says_why_and_what_to_do(db, owner, seller, psp):
    released(db, seller)
    payout = paid_out(seller, psp, bank="failed", code="account_closed")

    page = owner.get(f"/seller/payouts/{payout.public_id}").text

    assert "The bank account is closed. Enter another one." in page
    assert "The money is in your balance again." in page


def test_another_sellers_payout_is_not_there(db, owner, psp):
    other = new_seller(db, "Bao Tea")
    released(db, other)
    payout = paid_out(other, psp)

    assert payout.public_id not in owner.get("/seller/payouts").text
    assert owner.get(f"/seller/payouts/{payout.public_id}").status_code == 404
    assert owner.get(f"/seller/payouts/{payout.public_id}?seller={encode('sel', other)}").status_code == 404


def test_movements_have_a_balance_after_each(db, owner, seller, psp):
    """Released 10.50, paid out 10.50: the newest leaves nothing, and each is the one below it plus the movement."""
    released(db, seller)
    paid_out(seller, psp)

    page = owner.get("/seller/balance?account=available&currency=EUR").text

    assert minors(page.partition("<tbody")[2].partition("</tbody>")[0]) == [-1050, 0, 1050, 1050]
    lines = owner.get("/seller/balance.csv?currency=EUR").text.splitlines()
    assert [line.split(",")[9] for line in lines[1:]] == ["0", "1050"]


@time_machine.travel(datetime(2026, 3, 30, 9, tzinfo=UTC), tick=True)
def test_the_dates_of_a_schedule_keep_clear_of_holidays(db, seller, app):
    """Fridays in EUR before Easter 2026: Good Friday, 3 April, is paid on Thursday; tried first, then saved."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    owner = signed_in(client, somebody(db, "seller_owner", seller_id=seller))
    weekly = {"currency": "EUR", "rhythm": "weekly", "weekday": "4", "day_of_month": "1", "minimum": "12.50"}

    tried = send(owner, "/seller/settings", "/seller/settings/schedule", do="try", **weekly).text
    assert "Not saved yet" in tried
    assert re.findall(r"<li>(\d+ \w+ 2026)", tried)[:3] == [
        "2 April 2026",
        "10 April 2026",
        "17 April 2026",
    ]
    assert "instead of 3 April 2026: Good Friday" in tried
    assert "when asked for" in owner.get("/seller/settings").text

    assert (
        send(owner, "/seller/settings", "/seller/settings/schedule", do="save", **weekly).status_code == 303
    )
    saved = owner.get("/seller/settings").text
    assert "EUR: weekly, on Friday" in saved
    assert "Below 12.50 EUR" in saved


@pytest.mark.parametrize(
    ("field", "value"),
    [("rhythm", "hourly"), ("weekday", "7"), ("minimum", "1.234"), ("minimum", "-1"), ("currency", "XXQ")],
)
def test_a_schedule_that_is_none_is_refused(owner, field, value):
    form = {"currency": "EUR", "rhythm": "weekly", "weekday": "4", "minimum": ""} | {field: value}

    assert send(owner, "/seller/settings", "/seller/settings/schedule", **form).status_code == 422


def test_paying_out_now_needs_a_fresh_second_factor(db, client, seller, psp):
    """The page and the form lead to the code first; nothing is made."""
    released(db, seller)
    registry.use(psp)
    owner = signed_in(client, somebody(db, "seller_owner", seller_id=seller, stepped_up=False))

    for answer in (
        owner.get(PAY_NOW),
        send(owner, "/account", "/seller/pay-now", currency="EUR", method="standard"),
    ):
        assert (answer.status_code, answer.headers["Location"][:9]) == (303, "/step-up?")
    assert db.value(LAST_ANSWERS, id=seller) == 0


def test_sent_twice_it_is_paid_once(db, owner, seller, psp):
    """The second sending of the same form shows the first one's payout, also where money has come free meanwhile."""
    released(db, seller)
    page = owner.get(PAY_NOW).text
    form = {
        "csrf_token": token_in(page),
        "currency": "EUR",
        "method": "standard",
        "newest": re.search(r'name="newest" value="([^"]*)"', page)[1],
    }

    first = owner.post("/seller/pay-now", data=form, headers={"Origin": "http://localhost"})
    released(db, seller)
    second = owner.post("/seller/pay-now", data=form, headers={"Origin": "http://localhost"})

    assert first.headers["Location"] == second.headers["Location"]
    assert first.headers["Location"].startswith("/seller/payouts/po_")
    assert db.value(LAST_ANSWERS, id=seller) == 1


def test_an_instant_payout_says_its_fee_before(db, owner, seller):
    """1 % of 10.50, at least 0.50: 10.00 arrive."""
    released(db, seller)

    page = owner.get(PAY_NOW).text

    instant = page.partition("Instantly:")[2].partition("</label>")[0]
    assert minors(instant) == [1000, 50]


def test_where_nothing_can_be_paid_the_page_says_why(db, owner, seller):
    """An order on hold alone: no button; a form sent all the same is refused with the reason."""
    delivered(db, seller, reference="held")

    page = owner.get(PAY_NOW).text
    assert "Nothing can be paid now. Nothing is available yet." in page
    assert "held</bdi>" in page
    assert "Pay out now</button>" not in page
    sent = send(owner, PAY_NOW, "/seller/pay-now", currency="EUR", method="standard", newest="")
    assert (sent.status_code, "There is nothing to pay" in sent.text) == (409, True)


def test_a_changed_bank_account_pauses_payouts_and_says_so_before(db, owner, seller, monkeypatch):
    """48 hours; the number is shown by its last four characters alone."""
    monkeypatch.setattr(FakePsp, "wire_of", lambda _psp, _request: {})
    released(db, seller)
    assert "pause for 48 hours" in owner.get("/seller/settings/bank").text
    form = {
        "currency": "eur",
        "country": "de",
        "account_number": "DE89 3704 0044 0532 0130 00",
        "holder_name": "Ada",
    }

    assert send(owner, "/seller/settings/bank", "/seller/settings/bank", **form).status_code == 303

    page = owner.get("/seller/settings").text
    assert "Payouts pause until" in page
    assert "DE89" not in page
    assert "The bank account was changed" in owner.get(PAY_NOW).text


def test_a_wrong_bank_account_is_refused_without_repeating_it(owner):
    form = {
        "currency": "EUR",
        "country": "DE",
        "account_number": "DE00 3704 0044 0532 0130 00",
        "holder_name": "Ada",
    }

    answer = send(owner, "/seller/settings/bank", "/seller/settings/bank", **form)

    assert answer.status_code == 422
    assert "DE00" not in answer.text


def test_staff_see_the_money_and_cannot_move_it(db, client, seller):
    """Owners alone pay out and change the bank account; the page says whose it is to do."""
    released(db, seller)
    staff = signed_in(client, somebody(db, "seller_staff", seller_id=seller))

    assert "Needs role" in staff.get("/seller").text
    for path in (PAY_NOW, "/seller/settings/bank"):
        assert staff.get(path).status_code == 403


def test_sellers_land_at_their_money(client, db, seller):
    signed_in(client, somebody(db, "seller_staff", seller_id=seller))

    assert client.get("/sign-in").headers["Location"] == "/seller"
