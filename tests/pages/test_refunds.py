"""Refunding at a desk: what it does is shown before it is done, it is done once, and each does only what is theirs."""

from __future__ import annotations

import re
from html import unescape

import pytest

from checkout.orders.queries import get_order
from checkout.pages.refund_form import line_field, order_field
from tests.orders.conftest import ship
from tests.pages.money_back import key, new_desk
from tests.pages.people import send, signed_in, somebody
from tests.refunds.test_scenarios import paid_out


@pytest.fixture
def desk(db, app):
    return new_desk(db)


@pytest.fixture
def finance(client, db, desk):
    return signed_in(client, somebody(db, "finance"))


def refund_page(payment) -> str:
    return f"/admin/payments/{payment.public_id}/refund"


def confirms(client, payment, page=None, **fields):
    """As the form that is shown after the look, whose key is `form_key`."""
    page = page or refund_page(payment)
    form = {"by": "all", "reason": "requested_by_customer", "form_key": key(), **fields}
    return send(client, page, page, **form)


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ").split())


def refunds(db) -> list[tuple[int, str]]:
    rows = db.rows("SELECT amount_minor, status FROM refunds ORDER BY created_at")
    return [(row["amount_minor"], row["status"]) for row in rows]


def test_a_look_says_what_each_seller_gives_and_changes_nothing(db, desk, finance):
    """15.00 of Ada's on hold: all of it is taken from there, and no commission was due yet."""
    payment = desk.paid(1500, 990)
    page = finance.get(f"{refund_page(payment)}?by=orders&{order_field(payment.orders[0].id)}=5.00")

    text = words(page.text)
    assert "What a refund of 5.00 EUR does" in text
    assert "5.00 EUR is taken from what Ada's Pottery has on hold: 15.00 EUR becomes 10.00 EUR." in text
    assert "Left to be refunded then 19.90 EUR" in text
    assert "Bao Tea" not in text
    assert refunds(db) == []
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'refund.request'") == 0


def test_a_seller_that_was_paid_will_owe(db, desk, finance):
    """10.00 less 1.00 commission and 3.00 logistics was released, 4.00 paid out since. 5.00 go back: 0.50 of the
    commission is given back, so Ada is at 6.00 - 4.00 - 4.50 = -2.50."""
    payment = desk.paid(1000)
    desk.released(payment)
    paid_out(desk.shop.ada, 400)

    page = finance.get(f"{refund_page(payment)}?by=amount&amount=5").text

    assert "Ada's Pottery will be at -2.50 EUR, taken from the next payout." in words(page)
    equation = page.partition('class="equation"')[2].partition("</table>")[0]
    assert re.findall(r'<data value="(-?\d+)"', equation) == ["500", "50", "450"]
    assert "do not add up" not in page


@pytest.mark.parametrize(
    ("currency", "amount", "shown"), [("JPY", "500", "500 JPY"), ("KWD", "1.205", "1.205 KWD")]
)
def test_amounts_have_the_currencys_decimals(db, desk, finance, currency, amount, shown):
    payment = desk.paid(1500, 990, currency=currency)

    page = finance.get(f"{refund_page(payment)}?by=amount&amount={amount}")

    assert f"What a refund of {shown} does" in words(page.text)


def test_pieces_of_a_line_go_back(db, desk, finance):
    """The one mug of Ada's: 15.00, and none of it is left then."""
    payment = desk.paid(1500, 990)
    (line,) = payment.orders[0].lines
    field = {line_field(line.id): "1"}

    answer = confirms(finance, payment, by="lines", shown="1500", **field)

    assert answer.status_code == 303
    assert refunds(db) == [(1500, "requested")]
    shown = finance.get(refund_page(payment)).text
    assert "0 of 1 left" in words(shown)
    again = confirms(finance, payment, by="lines", shown="1500", **field)
    assert (again.status_code, "Only 0 of 1 have not been refunded." in again.text) == (409, True)


def test_the_same_form_twice_is_one_refund(db, desk, finance):
    """The second POST leads to the first one's refund, whatever is left by then."""
    payment = desk.paid(1500)
    form = {"by": "amount", "amount": "15.00", "shown": "1500", "form_key": key()}

    first, second = confirms(finance, payment, **form), confirms(finance, payment, **form)

    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert refunds(db) == [(1500, "requested")]
    page = finance.get(first.headers["Location"]).text
    assert first.headers["Location"].partition("#")[2] in page
    assert "On its way to the payment provider" in page
    otherwise = confirms(finance, payment, **{**form, "amount": "14.00"})
    assert otherwise.status_code == 409
    assert "was sent before, filled in otherwise" in otherwise.text


def test_what_changed_since_the_look_is_shown_again(db, desk, finance):
    """24.90 were shown, 5.00 went back meanwhile: nothing is done, and 19.90 are shown."""
    payment = desk.paid(1500, 990)
    desk.asks(payment, 500)

    answer = confirms(finance, payment, shown="2490")

    assert answer.status_code == 422
    assert "What is left has changed since you looked." in answer.text
    assert "What a refund of 19.90 EUR does" in words(answer.text)
    assert refunds(db) == [(500, "requested")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"by": "amount", "amount": "99"}, "24.90 EUR are left to be refunded."),
        ({"by": "amount", "amount": "1.234"}, "An amount in EUR is written as 12.50."),
        ({"by": "lines"}, "Say how many pieces of which line go back."),
        ({"by": "everything"}, "Choose what goes back."),
        ({"to": "cash"}, "Choose where the money goes."),
        ({"reason": ""}, "Choose why the money goes back."),
        ({"reason": "other", "note": " "}, "Say in the note what the reason is."),
        ({"note": "4242 4242 4242 4242"}, "looks like the number of a card"),
        ({"form_key": "x"}, "Open the form again: it has lost its key."),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(db, desk, finance, fields, said):
    payment = desk.paid(1500, 990)

    answer = confirms(finance, payment, **{"shown": "2490", **fields})

    assert answer.status_code in (409, 422)
    assert said in answer.text.replace("\N{NO-BREAK SPACE}", " ")
    assert refunds(db) == []


def test_a_large_amount_is_typed_and_a_second_person_asked(db, desk, finance):
    """Above 1,000.00 it is typed; above 10,000.00 it waits for approval."""
    payment = desk.paid(2_000_000)
    look = finance.get(f"{refund_page(payment)}?by=all").text
    assert "a second person approves it first" in words(look)

    wrong = confirms(finance, payment, shown="2000000", typed="2000.00")
    right = confirms(finance, payment, shown="2000000", typed="20000")

    assert (wrong.status_code, "Type the amount that goes back, 20000.00" in wrong.text) == (422, True)
    assert right.status_code == 303
    assert refunds(db) == [(2_000_000, "awaiting_approval")]
    assert "Waits for a second person" in finance.get(right.headers["Location"]).text


def test_store_credit_is_there_at_once(db, desk, finance):
    payment = desk.paid(1500)

    answer = confirms(finance, payment, to="wallet", shown="1500")

    assert refunds(db) == [(1500, "succeeded")]
    page = words(finance.get(answer.headers["Location"]).text)
    assert "Given back" in page
    assert "As store credit." in page


def test_a_failed_refund_says_why(db, desk, finance):
    payment = desk.paid(1500)
    refund = desk.refunds(payment)
    desk.hears(desk.psp.back.bounce(refund.public_id, "lost_or_stolen_card"))

    page = finance.get(f"/admin/payments/{payment.public_id}").text

    assert "The card was reported lost or stolen." in page


def test_the_story_of_a_payment_tells_refunds_as_refunds(db, desk, finance):
    """A refund that failed is no payment that failed."""
    payment = desk.paid(1500)
    desk.hears(desk.psp.back.bounce(desk.refunds(payment).public_id))

    page = words(finance.get(f"/admin/payments/{payment.public_id}").text)

    assert "Refund made: on its way to the payment provider" in page
    assert "Refund is now: given back" in page
    assert "Refund is now: failed" in page
    assert "Payment is now: failed" not in page


def test_refunding_needs_the_right_role_and_a_fresh_code(client, db, desk):
    payment = desk.paid(1500)
    address = refund_page(payment)
    operator = signed_in(client, somebody(db, "operator"))
    assert operator.get(address).status_code == 403
    assert "Refunding: Needs role" in operator.get(f"/admin/payments/{payment.public_id}").text

    stale = signed_in(client, somebody(db, "finance", stepped_up=False))
    answer = stale.get(address)
    assert (answer.status_code, "/step-up" in answer.headers["Location"]) == (303, True)
    seller = signed_in(client, somebody(db, "seller_owner", seller_id=desk.shop.ada))
    assert seller.get(address).status_code == 404


def test_a_seller_refunds_its_own_part_alone(client, db, desk):
    """Of 15.00 and 9.90 Bao sees and gives back 9.90; Ada's lines are not on the page, nor her order."""
    payment = desk.paid(1500, 990)
    ada, bao = (f"/seller/orders/{order.public_id}" for order in payment.orders)
    owner = signed_in(client, somebody(db, "seller_owner", seller_id=desk.shop.bao))

    page = owner.get(f"{bao}/refund")
    assert "9.90 EUR can be refunded" in words(page.text)
    assert "Ada" not in page.text
    assert owner.get(f"{ada}/refund").status_code == 404
    line = payment.orders[0].lines[0].id
    foreign = confirms(owner, payment, f"{bao}/refund", by="lines", shown="1500", **{line_field(line): "1"})
    assert foreign.status_code == 422
    answer = confirms(owner, payment, f"{bao}/refund", shown="990")

    assert answer.status_code == 303
    assert refunds(db) == [(990, "requested")]
    shown = words(owner.get(answer.headers["Location"]).text)
    assert "9.90 EUR On its way to the payment provider" in shown


def test_a_sellers_staff_sees_refunds_and_makes_none(client, db, desk):
    payment = desk.paid(1500)
    staff = signed_in(client, somebody(db, "seller_staff", seller_id=desk.shop.ada))
    page = f"/seller/orders/{payment.orders[0].public_id}"

    assert staff.get(f"{page}/refund").status_code == 403
    assert "Refunding: Needs role" in staff.get(page).text


def test_an_order_is_canceled_once_after_its_page_was_read(client, db, desk):
    """15.00 go back; the same form again shows the same refund; a shipped one says why it cannot be."""
    payment = desk.paid(1500, 990)
    operator = signed_in(client, somebody(db, "operator"))
    page = f"/admin/orders/{payment.orders[0].public_id}/cancel"
    assert "15.00 EUR goes back to the shopper" in words(operator.get(page).text)

    form = {"note": "sold out", "form_key": key()}
    first, second = send(operator, page, page, **form), send(operator, page, page, **form)

    assert first.headers["Location"] == second.headers["Location"]
    assert refunds(db) == [(1500, "requested")]
    assert get_order(payment.orders[0].id).status == "canceled"
    assert get_order(payment.orders[1].id).status == "paid"
    ship(payment.orders[1].id)
    other = f"/admin/orders/{payment.orders[1].public_id}/cancel"
    late = send(operator, "/account", other, form_key=key())
    assert "The order is canceled already." in operator.get(page).text
    assert (late.status_code, "refund what comes back" in late.text) == (409, True)
