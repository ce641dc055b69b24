"""Many rows at once are read as they are one by one: the same movements, the same rejected rows, the same bytes."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkout.reconciliation.formats import records
from checkout.reconciliation.formats.line import SettlementFileInvalid
from checkout.reconciliation.formats.stripe import StripeReport
from tests.reconciliation.conftest import COLUMNS

HEADER = ",".join([*COLUMNS, "refund_metadata[refund]", "payment_method_type"]) + "\n"
GOOD = "txn_1,2026-03-14 12:00:00,eur,24.90,1.02,23.88,charge,ch_1,pay_1,,card\n"
READ = HEADER.rstrip("\n").split(",")
# Each is a row, or the beginning of one, that plain reading might take for something else.
ROWS = (
    GOOD,
    "txn_2,2026-03-14 23:59:59,jpy,1000,29,971,refund,re_1,,re_7,\n",
    "txn_3,2026-03-14 12:00:00,kwd,-12.340,0.000,-12.340,a_new_word,x,,,card\n",
    "txn_4,2026-03-14 12:00:00,EUR,+5.00,0.00,5.00,charge,ch_ü,päy,,card\n",
    "txn_4,2026-03-14 12:00:00,eur,5.0000,0,5,charge,ch_1,,,\n",
    'txn_5,2026-03-14 12:00:00,eur,1.00,0.00,1.00,charge,"ch, 1","say ""so""",,card\n',
    'txn_6,2026-03-14 12:00:00,eur,1.00,0.00,1.00,charge,"two\nlines",,,card\n',
    "txn_7,2026-03-14 12:00:00,eur,1.00,0.00,1.00,charge,tab\there,back\\slash,,card\n",
    "txn_8,2026-03-14 12:00:00,eur,1.00,0.00,1.01,charge,ch_1,,,card\n",
    "txn_9,2026-03-14 12:00:00,eur,1.000,0.00,1.00,charge,ch_1,,,card\r\n",
    "txn_9,2026-03-14 12:00:00,eur,1.001,0.00,1.00,charge,ch_1,,,card\n",
    "txn_9,2026-03-14 12:00:00,eur,,,,charge,ch_1,,,card\n",
    "txn_9,2026-03-14 12:00:00,eur,1.,0,1,charge,ch_1,,,card\n",
    "txn_9,2026-03-14 12:00:00,eur,٣.00,0.00,3.00,charge,ch_1,,,card\n",
    "txn_9,1999-01-01,eur,1.00,0.00,1.00,charge,ch_1,,,card\n",
    "txn_9,2026-03-14 12:00:00,xxx,1.00,0.00,1.00,charge,ch_1,,,card\n",
    "txn_9,2026-03-14 12:00:00,eur,99999999999999999.00,0.00,1.00,charge,ch_1,,,card\n",
    ",2026-03-14 12:00:00,eur,1.00,0.00,1.00,charge,ch_1,,,card\n",
    "too,short\n",
    "\n",
    "\r\n",
    "a\rb,2026-03-14 12:00:00,eur,1.00,0.00,1.00,charge,ch_1,,,card\n",
    "\x00\n",
    'open "quotes,2026\n',
    '"open\n',
)


def outcome(read):
    """All rows, or where and why reading ended."""
    found = []
    try:
        for row in read():
            found.append(row)
    except SettlementFileInvalid as error:
        return error.code, error.line, error.detail
    return found


@pytest.mark.parametrize("block_bytes", [100, 700, 1 << 18])
def test_many_at_once_and_one_by_one_read_the_same(block_bytes, monkeypatch):
    """Any mixture of good and odd rows, in blocks that end anywhere: every field and every byte alike."""
    monkeypatch.setattr(records, "BLOCK_BYTES", block_bytes)

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.sampled_from(ROWS), max_size=12), st.sampled_from(["", "txn_last", "\ufeff"]))
    @example([GOOD] * 12, "")
    @example([row for row in ROWS if "\x00" not in row and "open" not in row and "a\r" not in row], GOOD[:-1])
    def holds(rows, end):
        content = (HEADER + "".join(rows) + end).encode()
        one_by_one = outcome(lambda: StripeReport(io.BytesIO(content)).rows())
        at_once = outcome(
            lambda: (row for chunk in StripeReport(io.BytesIO(content)).chunks() for row in chunk.rows())
        )
        assert at_once == one_by_one
        if isinstance(at_once, list):
            assert b"".join(row.raw for row in at_once) == content

    holds()


def test_good_rows_are_read_at_once():
    """Two hundred plain rows with quotes, two currencies and CRLF: no row of them is read by itself."""
    rows = ((GOOD + ROWS[1] + ROWS[5]) * 70).replace("\n", "\r\n")
    report = StripeReport(io.BytesIO((HEADER + rows).encode()))
    header, chunk = report.chunks()
    assert (len(header.others), len(chunk.movements.line), chunk.others) == (1, 210, ())
    assert chunk.movements.gross_minor[:3] == [2490, 1000, 100]
    assert [*chunk.movements.reference[:3]] == ["pay_1", "re_7", 'say "so"']
    assert [*chunk.movements.method[:3]] == ["card", "", "card"]
    assert [*chunk.rows()][1].occurred_at == datetime(2026, 3, 14, 23, 59, 59, tzinfo=UTC)


@settings(max_examples=50, deadline=None)
@given(st.permutations([*READ, *(f"other_{n}" for n in range(20))]))
@example([*READ, *(f"other_{n}" for n in range(20))])
@example([*(f"other_{n}" for n in range(20)), *READ])
def test_columns_are_found_wherever_they_stand(names):
    """A dozen columns that are read among twenty that are not, in any order: none is taken for its neighbour."""
    good = dict(zip(READ, GOOD.rstrip("\n").split(","), strict=True))
    row = ",".join(good.get(name, f"of {name}") for name in names) + "\n"
    content = (",".join(names) + "\n" + row * 3).encode()
    one_by_one = list(StripeReport(io.BytesIO(content)).rows())
    header, chunk = StripeReport(io.BytesIO(content)).chunks()
    assert [*header.rows(), *chunk.rows()] == one_by_one
    assert [*chunk.movements.number] == ["txn_1"] * 3
    assert chunk.movements.net_minor == [2388] * 3
