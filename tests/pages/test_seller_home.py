"""A seller's first page: the four amounts are the ledger's, and what fails is said until it is put right."""

from __future__ import annotations

import re

from checkout.ledger.seller_balances import of_seller
from checkout.orders.release import release_due
from tests.ledger.conftest import CAUSE
from tests.pages.people import signed_in, somebody
from tests.pages.selling import delivered, new_seller, paid_out, released, sale
from tests.payouts.fake_psp import FakePsp


def figures(page: str) -> list[int]:
    """The minor units in the four boxes, in their order."""
    boxes = page.partition('class="tiles boxes"')[2].partition("</ul>")[0]
    return [int(minor) for minor in re.findall(r'<span class="figure"><data value="(-?\d+)"', boxes)]


def home(client, db, seller, **who):
    return signed_in(client, somebody(db, "seller_owner", seller_id=seller, **who)).get("/seller")


def test_the_four_boxes_are_the_ledgers_amounts_and_add_up(client, db):
    """A held 15.00, 10.50 available, 20.00 sent and a reserve of 0.90: 46.40 are owed."""
    seller = new_seller(db)
    psp = FakePsp()
    released(db, seller, 2000, commission=0, logistics=0)
    paid_out(seller, psp)
    order = delivered(db, seller, 1140, commission=0, logistics=0)
    db.rows(
        "UPDATE orders SET reserve_bps = 790, reserve_days = 30, release_due_at = delivered_at WHERE id = %(id)s",
        id=order,
    )
    release_due(cause=CAUSE)
    sale(db, seller, 1500)

    page = home(client, db, seller).text

    (line,) = of_seller(seller)
    held, available, sent, reserve = figures(page)
    assert (held, available, sent, reserve) == (1500, 1050, 2000, 90)
    assert (held, available, sent, reserve) == tuple(
        amount.amount_minor for amount in (line.on_hold, line.available, line.in_transit, line.reserved)
    )
    total = page.rpartition("Total owed to you")[2]
    assert re.search(r'<data value="(\d+)"', total)[1] == "4640"
    assert "do not add up" not in page


def test_the_boxes_say_what_stands_behind_them(client, db):
    """How many orders wait and for when, how many payouts are on the way and until when."""
    seller = new_seller(db)
    psp = FakePsp()
    released(db, seller)
    paid_out(seller, psp)
    delivered(db, seller, reference="2")
    sale(db, seller, reference="3")

    page = home(client, db, seller).text

    assert "2 orders, next release" in page
    assert "1 payout, expected by" in page
    assert "Ship 1 order<" in page
    assert "bank account ending in 3000" in page


def test_the_forecast_has_each_day_as_a_bar_and_as_a_row(client, db):
    """10.50 come free in seven days: the day's bar, its row, and the total are the release's own split."""
    seller = new_seller(db)
    delivered(db, seller)

    page = home(client, db, seller).text

    chart = page.partition('<figure class="chart">')[2].partition("</figure>")[0]
    assert "Forecast" in chart
    assert chart.count("<rect x=") == 1
    assert chart.count("<tr ") == 1 + 14 + 1
    assert chart.count('<data value="1050"') == 3  # the highest, the day's row, the total


def test_a_failed_payout_stays_on_the_page_with_the_banks_reason(client, db):
    """In words that a seller can act on; a later payout that goes well takes it away."""
    seller = new_seller(db)
    psp = FakePsp()
    released(db, seller)
    paid_out(seller, psp, bank="failed", code="account_closed")

    page = home(client, db, seller).text
    assert "Your last payout failed" in page
    assert "The bank account is closed. Enter another one." in page

    paid_out(seller, psp, bank="paid")
    assert "Your last payout failed" not in client.get("/seller").text


def test_what_keeps_a_seller_from_being_paid_is_a_task(client, db):
    """A missing verification with its reason, and the pause after a change of the bank account."""
    seller = new_seller(
        db, verified=False, verification_reason="The payment provider asks for more.", country="DE"
    )
    db.rows("UPDATE sellers SET verification_status = 'restricted' WHERE id = %(id)s", id=seller)
    db.rows(
        "UPDATE payout_accounts SET payouts_paused_until = now() + interval '48 hours' WHERE seller_id = %(id)s",
        id=seller,
    )

    page = home(client, db, seller).text

    assert "Complete the verification" in page
    assert "The payment provider asks for more." in page
    assert "Payouts in EUR pause until" in page


def test_nothing_sold_yet_says_when_the_first_money_comes(client, db):
    page = home(client, db, new_seller(db)).text

    assert "No sales yet" in page
    assert "7 days after the first delivered order" in page
