"""The books as pages: a trial balance that balances, an account whose balances follow from its entries, an entry whole,
and a journal that leaves with debit equal to credit."""

from __future__ import annotations

import re

import pytest

from checkout.core.ids import encode
from checkout.ledger.seals import seal_ledger
from tests.pages.people import signed_in, somebody
from tests.pages.reconciling import one_short
from tests.reconciliation.conftest import Night


@pytest.fixture
def finance(db, client):
    return signed_in(client, somebody(db, "finance"))


def amounts(page, label):
    table = page.partition(f'aria-label="{label}"')[2].partition("</table>")[0]
    return [int(minor) for minor in re.findall(r'<data value="(-?\d+)"', table)]


def test_the_trial_balance_has_equal_sides_in_every_currency(finance, db):
    """24.90 with 1.02 of fees in euro, 1 000 yen: 24.90 and 1 000 on each side."""
    night = Night()
    night.charge(2490, 102)
    night.charge(1000, 0, "JPY")

    page = finance.get("/finance/ledger").text

    assert amounts(page, "Trial balance in EUR")[-2:] == [2490, 2490]
    assert amounts(page, "Trial balance in JPY")[-2:] == [1000, 1000]
    assert page.count("Balanced") == 2
    before = finance.get("/finance/ledger?day=2026-03-13").text
    assert "Nothing was booked by then" in before
    assert amounts(finance.get("/finance/ledger?day=2026-03-14").text, "Trial balance in JPY")[-2:] == [
        1000,
        1000,
    ]
    assert finance.get("/finance/ledger?day=soon").status_code == 422


def test_an_accounts_balances_follow_from_its_entries(finance, db):
    """24.90, then 1.02 taken, then 10.00 and 0.59: 33.29 in the end, and each balance is the one below plus the posting."""
    found = one_short(db)

    page = finance.get(f"/finance/ledger/accounts/{found.account}").text

    assert amounts(page, "Entries") == [59, 3329, 1000, 3388, 102, 2388, 2490, 2490]


def test_an_account_is_read_a_page_at_a_time(finance, db):
    """53 charges of 1.00: the second page begins at a balance of 3.00, and its way back shows the first page."""
    night = Night()
    for _ in range(53):
        night.charge(100, 0)
    account = db.value("SELECT id FROM ledger_accounts WHERE kind = 'psp_balance'")
    path = f"/finance/ledger/accounts/{encode('acc', account)}"

    first = finance.get(path).text
    older = re.search(r'rel="next" href="([^"]+)"', first)[1]
    second = finance.get(path + older).text

    assert amounts(first, "Entries")[:2] == [100, 5300]
    assert amounts(second, "Entries") == [100, 300, 100, 200, 100, 100]
    back = finance.get(path + re.search(r'rel="prev" href="([^"]+)"', second)[1]).text
    assert amounts(back, "Entries") == amounts(first, "Entries")
    assert finance.get(f"{path}?after=x&before=²").status_code == 200


def test_an_entry_shows_its_postings_its_cause_and_its_seal(finance, db):
    found = one_short(db)
    path = f"/finance/ledger/entries/{found.entry}"
    assert "not sealed yet" in finance.get(path).text
    seal_ledger()

    page = finance.get(path).text

    assert amounts(page, "Postings") == [2490, 2490]
    for said in (
        "number 1,",
        "leaf 1 of 4",
        "none: it is the first",
        "cli:test",
        "txn_1",
        found.payment,
        found.account,
    ):
        assert said in page
    assert finance.get("/finance/ledger/entries/jrn_nonsense").status_code == 404


def test_the_accounts_of_a_line_are_listed_with_what_they_hold(finance, db):
    found = one_short(db)

    page = finance.get("/finance/ledger/accounts?kind=psp_balance&currency=EUR").text

    assert found.account in page
    assert amounts(page, "Accounts") == [3329]
    assert finance.get("/finance/ledger/accounts?kind=x&currency=EUR").status_code == 404
