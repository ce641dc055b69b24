"""A seller's orders: each line sums, each held order says why and until when, and shipping works from the page."""

from __future__ import annotations

import csv
import io
import re

import pytest

from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.orders.holds import HoldReason
from checkout.orders.queries import get_order
from checkout.reporting.paging import Cut
from checkout.reporting.seller_orders import OrderFilter, list_orders
from tests.pages.people import send, signed_in, somebody, token_in
from tests.pages.seed import Line
from tests.pages.selling import delivered, new_seller, released, sale, ship


@pytest.fixture
def seller(db):
    return new_seller(db)


@pytest.fixture
def owner(client, db, seller):
    return signed_in(client, somebody(db, "seller_owner", seller_id=seller))


def show(order):
    return f"/seller/orders/{encode('ord', order)}"


def minors(text: str) -> list[int]:
    return [int(minor) for minor in re.findall(r'<data value="(-?\d+)"', text)]


def test_every_line_of_the_list_sums_to_its_net(db, owner, seller):
    """Gross less refunded, commission, logistics and tax, in minor units: 7.34, 10.50 and, refunded by half, 2.25."""
    sale(db, seller, 1500)
    sale(db, seller, 1000, commission=100, logistics=66, tax=100)
    half = sale(db, seller, 900, commission=90, logistics=180)
    db.rows("UPDATE orders SET amount_refunded_minor = 450 WHERE id = %(id)s", id=half)

    rows = owner.get("/seller/orders").text.partition("<tbody")[2].split("<tr ")[1:]

    sums = []
    for row in rows:
        *parts, net = minors(row.partition('data-label="Net"')[0]) + minors(
            row.partition('data-label="Net"')[2].partition("</td>")[0]
        )
        if "refunded" in row:
            parts[1] = -parts[1]
        assert sum(parts) == net
        sums.append(net)
    assert sums == [225, 734, 1050]


def test_an_order_tells_its_deductions_by_rule_rate_and_version(db, owner, seller):
    """15.00 less 10 % commission by version 1 of the plan and 3.00 logistics is 10.50; the parts sum on the page."""
    page = owner.get(show(sale(db, seller, 1500))).text

    assert (
        "10 % of 15.00\N{NO-BREAK SPACE}EUR, rounded half up. Plan for all currencies, version 1, from"
        in page
    )
    table = page.partition('class="stack waterfall"')[2].partition("</table>")[0]
    *parts, net = minors(table)
    assert (parts, net) == ([1500, -150, -300], 1050)
    assert table.count("<svg") == 4


def test_a_held_order_says_why_and_when_it_comes_free(db, owner, seller):
    """Seven days after delivery; and the list finds it by that reason and by no other."""
    order = delivered(db, seller, reference="held")
    due = get_order(order).fulfilment.release_due_at
    sale(db, seller, reference="unshipped")

    page = owner.get(show(order)).text
    assert "The goods were delivered; the days after delivery have not passed yet." in page
    assert f'datetime="{due:%Y-%m-%dT%H:%M}' in page

    found = owner.get("/seller/orders?held=in_hold").text
    assert "held</bdi>" in found
    assert "unshipped" not in found
    assert "Nothing matches" in owner.get("/seller/orders?held=disputed").text


def test_the_list_and_the_rule_name_the_same_reason(db, seller):
    """What the filter says in SQL is what holds.py says, for every reason."""
    for reference in ("not_shipped", "disputed", "refund_in_flight", "nothing_left"):
        sale(db, seller, reference=reference)
    ship(sale(db, seller, reference="not_delivered"))
    for reference in ("in_hold", "being_released"):
        delivered(db, seller, reference=reference)
    released(db, seller, reference="None")
    for reference, change in {
        "disputed": "open_disputes = 1",
        "refund_in_flight": "refunds_in_flight = 1",
        "nothing_left": "amount_refunded_minor = amount_minor",
        "being_released": "release_due_at = delivered_at",
    }.items():
        db.rows(f"UPDATE orders SET {change} WHERE reference = %(reference)s", reference=reference)

    def references(**wanted):
        page = list_orders(seller, OrderFilter(**wanted), Cut(), utcnow())
        return {(row.reference, str(row.hold.reason) if row.hold else "None") for row in page.rows}

    assert all(reference == reason for reference, reason in references())
    for reason in set(HoldReason) - {HoldReason.NOT_PAID, HoldReason.SELLER_NOT_VERIFIED}:
        assert references(held=str(reason)) == {(str(reason), str(reason))}
    db.rows("UPDATE sellers SET verification_status = 'restricted' WHERE id = %(id)s", id=seller)
    assert {reason for _, reason in references(held="seller_not_verified")} == {"seller_not_verified"}


def test_a_parcel_is_recorded_from_the_page(db, owner, seller):
    """Two of three mugs: the order stays to ship, the third is offered next; more than is left is refused by name."""
    order = sale(db, seller, 4500, lines=(Line("Mug", 1500, 3),))
    (line,) = get_order(order).lines
    field = f"quantity-{line.id.hex}"

    sent = send(
        owner, show(order), f"{show(order)}/ship", carrier="DHL", tracking_number="JJD-1", **{field: "2"}
    )
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{show(order)}?done=shipped")
    page = owner.get(show(order)).text
    assert "2 &times; <bdi>Mug</bdi>" in page
    assert "1 left" in page

    more = send(
        owner, show(order), f"{show(order)}/ship", carrier="DHL", tracking_number="JJD-2", **{field: "2"}
    )
    assert more.status_code == 422
    assert "Only 1 of 3 are left to ship." in more.text
    assert get_order(order).lines[0].shipped_quantity == 2


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("carrier", "", "The carrier has 1 to 60 characters"),
        ("tracking_number", "x" * 61, "The tracking number has 1 to 60 characters"),
        ("tracking_number", "4242 4242 4242 4242", "looks like the number of a card"),
        ("quantity", "-1", "A quantity is a whole number"),
        ("quantity", "0", "A parcel holds something"),
        ("quantity", "9" * 30, "A quantity is a whole number"),
    ],
)
def test_what_is_wrong_with_a_parcel_is_said(db, owner, seller, field, value, said):
    order = sale(db, seller)
    (line,) = get_order(order).lines
    name = f"quantity-{line.id.hex}"
    form = {"carrier": "DHL", "tracking_number": "JJD-1", name: "1"} | {
        name if field == "quantity" else field: value
    }

    answer = send(owner, show(order), f"{show(order)}/ship", **form)

    assert answer.status_code == 422
    assert said in answer.text


def test_a_file_of_parcels_is_answered_line_by_line(db, owner, seller):
    """One shipped, one unknown; the same file again finds the first known already."""
    order = encode("ord", sale(db, seller))
    text = f"order,carrier,tracking_number\n{order},DHL,JJD-1\nord_nonsense,DHL,JJD-2\n"

    def upload():
        data = {
            "csrf_token": token_in(owner.get("/seller/orders/ship").text),
            "file": (io.BytesIO(text.encode()), "parcels.csv"),
        }
        return owner.post("/seller/orders/ship", data=data, headers={"Origin": "http://localhost"})

    assert "1 shipped, 0 known already, 1 refused." in upload().text
    assert "0 shipped, 1 known already, 1 refused." in upload().text


def test_a_file_without_rows_is_refused(owner):
    answer = send(owner, "/seller/orders/ship", "/seller/orders/ship")

    assert answer.status_code == 422
    assert "Choose a file" in answer.text


def test_the_list_is_a_file_without_formulas(db, owner, seller):
    """Amounts as plain numbers; a reference that begins like a formula is made harmless."""
    sale(db, seller, reference="=1+1")

    answer = owner.get("/seller/orders.csv?status=paid")

    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["reference"], row["net_minor"], row["net"], row["commission"]) == (
        "'=1+1",
        "1050",
        "10.50",
        "1.50",
    )
    assert (row["held_because"], row["filter"]) == ("not_shipped", "State: To ship")


def test_another_sellers_order_is_not_there(db, owner, seller):
    """To read and to ship alike; a foreign id answers as an unknown one does."""
    foreign = sale(db, new_seller(db, "Bao Tea"), reference="foreign")
    sale(db, seller, reference="mine")

    assert "foreign" not in owner.get("/seller/orders").text
    assert owner.get(show(foreign)).status_code == 404
    sent = send(owner, "/seller/orders", f"{show(foreign)}/ship", carrier="DHL", tracking_number="1")
    assert sent.status_code == 404
    assert owner.get("/seller/orders/ord_nonsense").status_code == 404
    assert owner.get(f"/seller/orders?seller={encode('sel', new_seller(db))}").status_code == 404
