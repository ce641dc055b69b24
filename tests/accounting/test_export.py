"""The journal as a file: everything of a period and nothing else, debit equal to credit, amounts with each currency's own
decimals, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
from decimal import Decimal

import pytest

from checkout.accounting import journal_lines
from checkout.accounting.export import preview
from checkout.accounting.periods import read_period
from checkout.accounting.profiles import find_profile
from checkout.core import clock
from checkout.core.errors import InvalidParameter
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.ledger.chart import Account, psp_balance
from checkout.ledger.entry import Entry, credit, debit
from tests.accounting.conftest import BERLIN, GRACE, HOSTILE, MARCH, at, book, exported, rounding
from tests.ledger.conftest import post_some
from tests.reconciliation.matching.test_growth import nodes

pytestmark = pytest.mark.usefixtures("march")


def table(raw, delimiter=",", encoding="utf-8"):
    return list(csv.reader(io.StringIO(raw.decode(encoding), newline=""), delimiter=delimiter))


def by_name(raw):
    header, *rows = table(raw)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_every_posting_of_the_month_is_there_once(db):
    """Nine postings of four entries: three of the capture, two of each other; what lies a second beside Berlin's March is
    in February's and in April's."""
    raw, made = exported()

    rows = by_name(raw)
    assert (len(rows), made.rows, made.entries) == (9, 9, 4)
    assert made.totals == {"EUR": (2592, 2592), "JPY": (1000, 1000), "KWD": (1234, 1234)}
    assert sum(int(row["amount_minor"]) for row in rows) == 0
    assert [exported(period=month)[1].rows for month in ("2026-02", "2026-04")] == [2, 2]
    assert {row["date"] for row in rows} == {"2026-03-14", "2026-03-15"}


def test_amounts_have_their_currencys_own_decimals(db):
    """24.90 euro, 1000 yen, 1.234 dinar; or the minor units, where the profile wants whole numbers."""
    majors = {(row["currency"], row["debit"]) for row in by_name(exported()[0]) if row["debit"]}
    minors = {
        (row["currency"], row["debit"]) for row in by_name(exported("generic-minor")[0]) if row["debit"]
    }

    assert majors == {("EUR", "24.90"), ("EUR", "1.02"), ("JPY", "1000"), ("KWD", "1.234")}
    assert minors == {("EUR", "2490"), ("EUR", "102"), ("JPY", "1000"), ("KWD", "1234")}


@pytest.mark.parametrize("profile", ["generic", "quickbooks-like"])
def test_no_cell_begins_like_a_formula(db, profile):
    """A source that a spreadsheet would run is text in every file for spreadsheets."""
    raw, _ = exported(profile)

    cells = [cell for row in table(raw) for cell in row]
    assert any(HOSTILE in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_json_lines_hold_what_the_table_holds(db):
    """One posting a line, amounts in minor units; a profile with columns of its own has no JSON."""
    raw, made = exported(form="jsonl")

    lines = [json.loads(line) for line in raw.decode().splitlines()]
    assert len(lines) == made.rows == 9
    assert sum(line["debit"] - line["credit"] for line in lines) == 0
    assert {line["source"] for line in lines} >= {HOSTILE}
    with pytest.raises(InvalidParameter, match="JSON lines have the generic profiles"):
        exported("datev-like", form="jsonl")


@pytest.mark.parametrize(("detail", "rows"), [("days", 7), ("period", 7)])
def test_a_summary_adds_up_by_account(db, detail, rows):
    """The euro's PSP balance has 24.90 debit and 1.02 credit, in one row; both sides come to what the postings come to."""
    raw, made = exported(detail=detail)

    found = by_name(raw)
    (psp,) = [row for row in found if (row["account"], row["currency"]) == ("psp_balance", "EUR")]
    assert (psp["debit"], psp["credit"], psp["postings"]) == ("24.90", "1.02", "2")
    assert psp["date"] == {"days": "2026-03-14", "period": "2026-03-31"}[detail]
    assert (made.rows, made.totals["EUR"]) == (rows, (2592, 2592))


def test_a_datev_like_file_has_its_head_and_books_account_against_account(db):
    """Two legs are one row; the three of the capture go by the clearing account, which ends at nothing. Yen and dinar are
    not in a file of one currency, and that is told."""
    raw, made = exported("datev-like")

    head, names, *rows = table(raw, ";", "windows-1252")
    assert (head[:5], len(head)) == (["EXTF", "700", "21", "Buchungsstapel", "13"], 31)
    assert head[10:17] == ["1001", "1", "20260101", "4", "20260301", "20260331", "Journal 2026-03"]
    assert (head[21], names[0], len(names)) == ("EUR", "Umsatz (ohne Soll/Haben-Kz)", 14)
    assert [(row[0], row[1], row[6], row[7], row[9]) for row in rows] == [
        ("24,90", "S", "1360", "1590", "1403"),
        ("15,00", "H", "1700", "1590", "1403"),
        ("9,90", "H", "1700", "1590", "1403"),
        ("1,02", "S", "4970", "1360", "1403"),
    ]
    assert made.left_out == {"JPY": 2, "KWD": 2}
    assert made.totals == {"EUR": (2592, 2592)}


def test_a_quickbooks_like_file_groups_the_rows_of_an_entry(db):
    """One number for the three rows of the capture, by the names of the accounts there."""
    raw, _ = exported("quickbooks-like")

    header, *rows = table(raw)
    assert header[:5] == ["JournalNo", "JournalDate", "AccountName", "Debits", "Credits"]
    assert len({row[0] for row in rows[:3]}) == 1
    assert rows[0][1:5] == ["03/14/2026", "Payment provider", "24.90", ""]
    for number in {row[0] for row in rows}:
        of_entry = [row for row in rows if row[0] == number]
        assert len({sum(Decimal(row[side] or 0) for row in of_entry) for side in (3, 4)}) == 1


def test_an_export_is_put_down_with_its_checksum_and_audited(db):
    """Who, what, how much and the digest of exactly these bytes."""
    raw, made = exported()

    (row,) = db.rows("SELECT made_by, rows, bytes, sha256, totals FROM journal_exports")
    assert row["sha256"] == made.sha256 == hashlib.sha256(raw).hexdigest()
    assert (row["made_by"], row["rows"], row["bytes"]) == (str(GRACE), 9, len(raw))
    assert row["totals"]["KWD"] == {"debit": 1234, "credit": 1234}
    log = db.value("SELECT after FROM audit_log WHERE action = 'data.exported'")
    assert (log["kind"], log["rows"], made.sha256 in log["filter"]) == ("journal", 9, True)


def test_the_preview_is_the_beginning_of_the_file(db):
    """Three rows as they will stand there, and the sums of all of it."""
    raw, _ = exported()

    shown = preview(MARCH, find_profile("generic"), "postings", rows=3)

    assert [list(shown.header), *(list(row) for row in shown.rows)] == table(raw)[:4]
    assert [(each.currency, each.debit_minor, each.credit_minor) for each in shown.sums] == [
        ("EUR", 2592, 2592),
        ("JPY", 1000, 1000),
        ("KWD", 1234, 1234),
    ]


@pytest.mark.parametrize(("detail", "rows"), [("postings", 3), ("days", 0)])
def test_of_a_large_period_a_page_reads_some_entries_and_no_sums(db, monkeypatch, detail, rows):
    """With more entries than it adds up it says so; the file is whole all the same."""
    monkeypatch.setattr(journal_lines, "FEW", 3)
    raw, _ = exported()

    shown = preview(MARCH, find_profile("generic"), detail, rows=3)

    assert (shown.whole, shown.sums, len(shown.rows)) == (False, [], rows)
    assert all(list(row) in table(raw) for row in shown.rows)
    assert len(table(raw)) == 10


@pytest.mark.parametrize("statement", [journal_lines.SUMS, *journal_lines.STATEMENTS.values()])
def test_what_a_page_reads_does_not_grow_with_the_journal(db, statement):
    """The period's entries by the index of their days, their postings each by its entry: nothing is read from end to end."""
    post_some(500)
    filled, more = journal_lines._of(statement, 20)
    with journal_lines.glance() as connection:
        asked = (
            journal_lines._span(MARCH) | more | {"zone": "UTC", "last_on": MARCH.last_on, "currencies": None}
        )
        (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {filled}", asked).scalar_one()

    read = [
        (node["Node Type"], node.get("Relation Name"))
        for node in nodes(plan["Plan"])
        if "Relation Name" in node
    ]
    assert ("Bitmap Heap Scan", "journal_entries") in read
    assert not [name for kind, name in read if kind == "Seq Scan"]


def test_what_is_posted_while_it_is_read_is_not_in_it(db):
    """One snapshot: sums and rows are of the same moment."""
    with journal_lines.snapshot() as connection:
        before = journal_lines.sums_of(connection, MARCH)
        book(rounding(7, "EUR", at(16)))
        read = [line for lines in journal_lines.entries_of(connection, MARCH, "postings") for line in lines]

    assert sum(line.debit_minor for line in read if line.currency == "EUR") == before[0].debit_minor == 2592


def test_memory_does_not_grow_with_the_period(db, monkeypatch):
    """12 000 postings are read 500 at a time: less is held than a quarter of what all of them weigh."""
    monkeypatch.setattr(journal_lines, "FETCHED", 500)
    post_some(6_000)
    today = clock.utcnow().astimezone(BERLIN)
    period = read_period(f"{today:%Y-%m}", BERLIN)

    def peak(read):
        tracemalloc.start()
        with journal_lines.snapshot() as connection:
            found = read(journal_lines.entries_of(connection, period, "postings"))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found, most

    count, streamed = peak(lambda groups: sum(len(lines) for lines in groups))
    _, whole = peak(list)

    assert count == 12_000
    assert streamed < whole / 4


@pytest.mark.parametrize(
    "text", ["2026-3", "2026-13", "March", "2026-03-14", "2026-03-15..2026-03-14", "9999-01", "2026-02-30..2026-03-01"]
)  # fmt: skip
def test_a_period_is_a_month_or_two_days(text):
    with pytest.raises(InvalidParameter, match="a period is 2026-03"):
        read_period(text, BERLIN)


def test_an_entry_of_two_currencies_is_whole_in_a_generic_file(db):
    """A conversion has four legs in two currencies: one entry, both in balance."""
    euro, yen = Money(500, "EUR"), Money(800, "JPY")
    clearing = [Account("fx_clearing", code) for code in ("EUR", "JPY")]
    legs = (
        debit(psp_balance("stripe"), yen), credit(clearing[1], yen),
        debit(clearing[0], euro), credit(psp_balance("stripe"), euro),
    )  # fmt: skip
    book(Entry("fx_converted", str(new_uuid()), "pay_1", legs, effective_at=at(17)))

    _, made = exported(period="2026-03-17..2026-03-17")

    assert (made.entries, made.rows, made.totals) == (1, 4, {"EUR": (500, 500), "JPY": (800, 800)})
