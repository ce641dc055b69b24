"""The journal's page: what is seen first, the file, the lock by a second person, and a correction from the entry's page."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from checkout.core.ids import encode
from checkout.ledger.chart import PLATFORM, ROUNDING, Account
from tests.accounting.conftest import a_march, at, book, corrections_decided, periods_decided, rounding
from tests.ledger.conftest import balance
from tests.pages.people import send, signed_in, somebody
from tests.pages.test_ledger_pages import amounts

JOURNAL = "/finance/journal"


@pytest.fixture
def finance(db, client):
    return signed_in(client, somebody(db, "finance", name="Grace"))


def approve(db, client):
    """A second person approves what waits, on the approvals' page."""
    approver = signed_in(client, somebody(db, "finance_approver", name="Ada"))
    page = "/finance/approvals"
    there = re.findall(r'action="(/finance/approvals/apr_\w+)"', approver.get(page).text)
    for address in there:
        assert send(approver, page, address, decision="approve").status_code == 303
    return there


def take(client, **fields):
    return send(client, JOURNAL, f"{JOURNAL}/file", period="2026-03", **fields)


def test_the_page_says_that_debit_equals_credit_before_the_file_leaves(db, finance):
    """Of March: 25.92, 1 000 yen and 1.234 dinar on both sides; the file's bytes have the checksum of the history."""
    a_march()

    page = finance.get(f"{JOURNAL}?period=2026-03").text

    assert amounts(page, "Sums of the period") == [2592, 2592, 0, 1000, 1000, 0, 1234, 1234, 0]
    assert "Debit equals credit" in page
    assert "The first 9 rows" in page
    answer = take(finance)
    digest = hashlib.sha256(answer.data)
    assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert answer.headers["Content-Disposition"].endswith('"journal-2026-03-postings-generic.csv"')
    assert len(answer.data.split(b"\r\n")) == 11
    assert digest.hexdigest() in finance.get(JOURNAL).text


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("period=2020-01", 200, "Nothing took effect"),
        ("period=soon", 422, "A period is 2026-03"),
        ("profile=none", 422, "There is no such choice"),
        ("period=2026-03&profile=datev-like@1", 200, "2 postings in JPY, 2 postings in KWD"),
    ],
)
def test_what_is_asked_is_answered_or_refused_in_words(db, finance, query, status, said):
    a_march()

    answer = finance.get(f"{JOURNAL}?{query}")

    assert (answer.status_code, said in answer.text) == (status, True)
    assert take(finance, profile="datev-like@1", format="jsonl").status_code == 422


def test_a_month_is_locked_from_the_page_by_a_second_person(db, finance, client):
    """Proposed by Grace, approved by Ada: the page, the entry and the export say that it is locked."""
    book(rounding(100, "EUR", at(14)))
    entry = encode("jrn", db.value("SELECT id FROM journal_entries"))
    fields = {"period": "2026-03", "reason": "Reported"}

    assert send(finance, JOURNAL, f"{JOURNAL}/periods", way="lock", **fields).status_code == 303
    assert send(finance, JOURNAL, f"{JOURNAL}/periods", way="lock", **fields).status_code == 409
    assert len(approve(db, client)) == 1
    periods_decided(db)

    page = client.get(f"{JOURNAL}?period=2026-03").text
    assert "Locked period" in page
    assert "the same, byte for byte" in page
    assert "In a locked period" in client.get(f"/finance/ledger/entries/{entry}").text
    assert send(client, JOURNAL, f"{JOURNAL}/periods", way="unlock", **fields).status_code == 303
    assert send(client, JOURNAL, f"{JOURNAL}/periods", way="open", **fields).status_code == 422


def test_locking_needs_a_fresh_second_factor(db, client):
    finance = signed_in(client, somebody(db, "finance", stepped_up=False))

    answer = send(finance, JOURNAL, f"{JOURNAL}/periods", way="lock", period="2026-03", reason="Reported")

    assert answer.headers["Location"].startswith("/step-up?")


def test_a_correction_is_proposed_on_the_entrys_page(db, finance, client):
    """10.00 of rounding, of which 4.00 were a fee: proposed, approved, booked; 10.01 are refused in words."""
    book(rounding(1000, "EUR", at(14)))
    page = f"/finance/ledger/entries/{encode('jrn', db.value('SELECT id FROM journal_entries'))}"
    fields = {
        "deed": "reclassify",
        "of": "rounding.EUR",
        "side": "debit",
        "onto": "psp_fees",
        "reason": "A fee",
    }
    assert "It cannot be reversed: the PSP moved money" in finance.get(page).text

    assert (
        "name that or a part of it" in send(finance, page, f"{page}/correct", amount="10.01", **fields).text
    )
    assert "is written as 12.50" in send(finance, page, f"{page}/correct", amount="1,0,0", **fields).text
    answer = send(finance, page, f"{page}/correct", amount="4.00", **fields)
    assert answer.status_code == 303
    assert len(approve(db, client)) == 1
    corrections_decided(db)

    assert (balance(ROUNDING), balance(Account("psp_fees", PLATFORM))) == (600, 400)


def test_an_auditor_takes_the_file_and_proposes_nothing(db, client):
    """Who reads all sees the months and why there is no form."""
    auditor = signed_in(client, somebody(db, "auditor"))
    book(rounding(100, "EUR", at(14)))

    assert take(auditor).status_code == 200
    page = auditor.get(JOURNAL).text
    assert "Propose to lock" not in page
    assert "Needs role" in page
