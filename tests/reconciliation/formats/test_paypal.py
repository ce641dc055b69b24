"""What is particular to PayPal's settlement report: its frame of rows, and footers that must add up."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from checkout.reconciliation.files.opening import open_file
from checkout.reconciliation.formats.line import SettlementFileInvalid, SettlementLine
from checkout.reconciliation.formats.paypal_kinds import kind_of
from tests.reconciliation.writers import paypal
from tests.reconciliation.writers.told import Told

AT = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
NIGHT = [
    Told("charge", 2490, 61, "EUR", AT, "pay_1"), Told("refund", -500, 0, "EUR", AT, "re_1"),
    Told("charge", 1000, 0, "JPY", AT, "pay_2"), Told("payout", -1929, 0, "EUR", AT, "x"),
]  # fmt: skip
LINES = paypal.lines(NIGHT)


def read(lines: list[str]):
    reader = open_file(io.BytesIO("\n".join(lines).encode()), "paypal")
    return reader, list(reader.rows())


def changed(old: str, new: str) -> list[str]:
    lines = [line.replace(old, new) for line in LINES]
    assert lines != LINES
    return lines


def test_signs_units_and_fees():
    """24.90 CR with a fee of 0.61 DR, 5.00 DR, 1 000 JPY, 19.29 DR withdrawn."""
    reader, rows = read(LINES)
    lines = [row for row in rows if isinstance(row, SettlementLine)]
    assert [(row.gross_minor, row.fee_minor, row.net_minor, row.currency, row.kind) for row in lines] == [
        (2490, 61, 2429, "EUR", "charge"), (-500, 0, -500, "EUR", "refund"),
        (1000, 0, 1000, "JPY", "charge"), (-1929, 0, -1929, "EUR", "payout"),
    ]  # fmt: skip
    assert lines[0].number == "0TX:T0006"
    assert (reader.account, reader.batch) == ("ACCOUNT1", "20260314T225959")


@pytest.mark.parametrize(
    ("lines", "line", "detail"),
    [
        (
            changed('"SF","EUR",2490', '"SF","EUR",2491'),
            9,
            "SF says gross credits of 2491, .* minor units of EUR",
        ),
        (
            changed('"RF","EUR",2490,2429,0,61', '"RF","EUR",2490,2429,0,62'),
            12,
            "RF says fee debits of 62, .* minor units of EUR",
        ),
        (changed('"SC",4', '"SC",5'), 11, "SC counts 5 rows, there are 4"),
        (changed('"RC",4', '"RC",3'), 14, "RC counts 3 rows"),
        (changed('"FF",4', '"FF",3'), 15, "FF counts 3 rows"),
        ([line for line in LINES if not line.startswith('"SF","JPY"')], 10, "no SF row sums up JPY"),
        (LINES[:-1], 14, "without its FF row"),
        ([*LINES, LINES[5]], 16, "after the file's end"),
        ([*LINES[:10], LINES[2], *LINES[10:]], 11, "before the last one's SC row"),
        (changed('"SC",4', '"SC","many"'), 11, "no whole number"),
        ([LINES[0], *LINES[4:]], 2, "before its SH and CH"),
        ([*LINES[:4], '"XX"', *LINES[4:]], 5, "no row's name"),
        (changed("Fee Amount", "Costs"), 4, "has no column Fee Amount"),
    ],
)
def test_a_frame_that_does_not_hold_refuses_the_file(lines, line, detail):
    """A total off by one, a count, a missing or a second row: the whole file, with the line."""
    with pytest.raises(SettlementFileInvalid, match=detail) as refusal:
        read(lines)
    assert refusal.value.line == line


def test_two_accounts_are_two_sections():
    """The report's sums are those of both; each section's are its own."""
    other = [Told("charge", 700, 0, "EUR", AT, "pay_3")]
    section = [line.replace("0TX", "9TX") for line in paypal.lines(other, "ACCOUNT2")[2:-3]]
    both = [*LINES[:11], *section, '"RF","EUR",3190,2429,0,61', '"RF","JPY",1000,0,0,0', '"RC",5', '"FF",5']
    reader, rows = read(both)
    assert [row.gross_minor for row in rows if isinstance(row, SettlementLine)] == [
        2490,
        -500,
        1000,
        -1929,
        700,
    ]
    assert reader.account == "ACCOUNT1"


def test_a_part_of_a_report_has_its_own_number():
    """The second file of a report: its batch says so, and the report's sums, which are of all files, are not its own."""
    lines = [line.replace('"FH","01"', '"FH","02"').replace('"RC",4', '"RC",900') for line in LINES]
    reader, _ = read(lines)
    assert reader.batch == "20260314T225959.2"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"CR","2490"', '"XX","2490"'), ('"2490"', '"24.90"'), ('"DR","61","EUR"', '"DR","61","USD"'),
        ("T0006", ""), ("2026/03/14 12:30:00 +0000", "yesterday"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_kept_out(old, new):
    """It counts in the footers, its amounts do not: the file is taken, and the row named."""
    _, rows = read([*LINES[:4], LINES[4].replace(old, new), *LINES[5:]])
    (rejected,) = [row for row in rows if not isinstance(row, SettlementLine) and row.role == "rejected"]
    assert (rejected.line, rejected.source_id) == (5, "0TX")


@pytest.mark.parametrize(
    ("code", "gross", "kind"),
    [
        ("T0006", 1, "charge"), ("T0001", -1, "transfer"), ("T0106", -1, "fee"), ("T0400", -1, "payout"),
        ("T1107", -1, "refund"), ("T1201", -1, "dispute"), ("T1202", 1, "dispute_reversal"), ("T1110", -1, "reserve"),
        ("T9999", 1, "unknown"), ("T00", 1, "unknown"),
    ],
)  # fmt: skip
def test_event_codes_are_our_kinds(code, gross, kind):
    """By the code, else by its group, else unknown."""
    assert kind_of(code, gross) == kind
