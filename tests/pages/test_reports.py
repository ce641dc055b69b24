"""Finance's reports: what is captured and told in no file, the PSP's fees, what goes back, and sellers below zero; each
figure leads to what it is made of."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from checkout.core import clock
from checkout.core.ids import encode
from tests.pages.people import signed_in, somebody
from tests.pages.seed import seed
from tests.pages.selling import new_seller
from tests.payouts.conftest import owe
from tests.reconciliation.conftest import Night, compare, csv_of, receive

REPORTS = "/finance/reports"


@pytest.fixture
def finance(db, client):
    return signed_in(client, somebody(db, "finance"))


def section(page, name):
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def figures(page, name):
    return [int(minor) for minor in re.findall(r'<data value="(-?\d+)"', section(page, name))]


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def captured(days_ago, gross, currency="EUR", night=None):
    """A capture of so many days ago that both sides could know."""
    return (night or Night()).charge(
        gross, 0, currency, at=clock.utcnow() - timedelta(days=days_ago, hours=1)
    )


def test_captures_that_no_file_tells_of_are_shown_by_age(finance, db):
    """24.90 of today, 10.00 of five days ago, 3.00 of forty, 1 000 yen of three; 5.00 that a file tells of are not there."""
    night = Night()
    for days, gross, currency in ((0, 2490, "EUR"), (5, 1000, "EUR"), (40, 300, "EUR"), (3, 1000, "JPY")):
        captured(days, gross, currency, night)
    told = captured(6, 500, night=night)
    receive(csv_of([told.row()]), day=told.at.date())

    page = finance.get(REPORTS).text

    assert figures(page, "unsettled") == [2490, 1000, 300, 3790, 1000, 1000]
    listed = finance.get(f"{REPORTS}/unsettled?psp=stripe&currency=EUR&age=4-7").text
    assert re.findall(r'<data value="(\d+)"', listed) == ["1000"]
    assert [row["amount"] for row in rows_of(finance.get(f"{REPORTS}/unsettled.csv"))] == [
        "3.00", "10.00", "1000", "24.90",
    ]  # fmt: skip
    assert finance.get(f"{REPORTS}/unsettled?age=old").status_code == 422
    assert "Nothing matches" in finance.get(f"{REPORTS}/unsettled?currency=KWD").text


def test_a_capture_whose_number_is_not_learnt_yet_waits_as_well(finance, db):
    """Nothing says under which number the PSP has it: it cannot be in a file that we understood."""
    Night().charge(700, fee_booked=False, at=clock.utcnow())

    assert figures(finance.get(REPORTS).text, "unsettled") == [700, 700]


def test_fees_stand_beside_the_contract(finance, db):
    """2.9 % and 0.30 of 24.90, 10.00 and 10.00 are 1.02, 0.59 and 0.59; the PSP took 0.10 more for the last."""
    night = Night()
    night.charge(2490, 102)
    night.charge(1000, 59)
    night.charge(1000, 69)
    receive(csv_of(night.rows()))
    compare()
    query = "?from=2026-03-14&to=2026-03-14"

    found = figures(finance.get(f"{REPORTS}{query}").text, "fees")
    (row,) = rows_of(finance.get(f"{REPORTS}/fees.csv{query}"))

    assert found == [4490, 230, 220, 10]
    assert (row["charges"], row["fee_minor"], row["expected_minor"], row["over_minor"]) == (
        "3",
        "230",
        "220",
        "10",
    )


def test_what_goes_back_and_what_is_disputed_is_a_share_of_what_was_paid(finance, db):
    """Of two payments of 24.90, one is refunded by 10.00: 20.08 % of the amount, and nothing is disputed."""
    now = clock.utcnow()
    for refunded in (0, 1000):
        seed(db, status="succeeded", columns={
            "succeeded_at": now, "amount_received_minor": 2490, "amount_refunded_minor": refunded,
        })  # fmt: skip

    page = finance.get(REPORTS).text

    assert figures(page, "rates") == [4980, 1000, 0]
    assert "20.08 %" in section(page, "rates")
    (row,) = rows_of(finance.get(f"{REPORTS}/rates.csv"))
    assert (row["paid"], row["refunded"], row["disputed"]) == ("2", "1", "0")


def test_sellers_below_zero_are_shown_with_their_age(finance, db):
    seller = new_seller(db)
    owe(seller, 5_000)

    page = finance.get(REPORTS).text

    assert figures(page, "debts") == [5000]
    assert f"seller={encode('sel', seller)}" in section(page, "debts")
    (row,) = rows_of(finance.get(f"{REPORTS}/debts.csv"))
    assert (row["amount_minor"], row["days"]) == ("5000", "0")


@pytest.mark.parametrize(
    "query", ["from=soon", "from=2026-03-14&to=2026-03-13", "from=2020-01-01&to=2026-01-01"]
)
def test_a_period_that_is_none_is_refused_in_words(finance, db, query):
    assert finance.get(f"{REPORTS}?{query}").status_code == 422
