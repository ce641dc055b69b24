"""A settlement file is taken in whole or not at all, once, and its bytes can be had again."""

from __future__ import annotations

from datetime import date

import pytest

from checkout.reconciliation.files import receive as receiving
from checkout.reconciliation.files.errors import SettlementBatchConflict, SettlementFileRefused
from checkout.reconciliation.files.raw_rows import raw_rows, whole_file
from tests.reconciliation.conftest import alerts, changed, csv_of, receive


def bytes_of(file):
    """Twice: as a whole, and row by row."""
    whole, rows = b"".join(whole_file(file.id)), raw_rows(file.id, 0, 2**31 - 1)
    assert whole == b"".join(rows[line] for line in sorted(rows))
    return whole


def refused(content: bytes) -> SettlementFileRefused:
    with pytest.raises(SettlementFileRefused) as refusal:
        receive(content)
    return refusal.value


def test_a_file_can_be_had_again_byte_for_byte(db, night):
    """Quoted line ends, a BOM, CRLF, an empty line and a malformed row: every byte is there."""
    rows = [night.charge(100 * n).row() for n in range(1, 150)]
    content = (
        b"\xef\xbb\xbf" + csv_of(rows, end="\r\n").replace(b"ch_7,", b'"ch\r\n7",') + b"\r\ntxn,too,short\r\n"
    )

    file, fresh = receive(content)

    assert (fresh, file.rows_kept, file.rows_rejected, file.status) == (True, 149, 1, "imported")
    assert bytes_of(file) == content
    assert file.totals["EUR"]["gross"] == 100 * sum(range(1, 150))


def test_the_same_bytes_are_the_same_file(db, night):
    """Sent again it is known, and nothing is written."""
    content = csv_of([night.charge(2490).row()])
    first, fresh = receive(content)
    again, anew = receive(content, name="other-name.csv")
    assert (fresh, anew, first.id) == (True, False, again.id)
    assert db.rows("SELECT count(*) AS n FROM settlement_lines") == [{"n": 1}]


def test_the_same_batch_with_other_bytes_is_refused(db, night):
    """One amount changed: the day's file is there already. However often it is sent, one alert says so."""
    charge = night.charge(2490)
    known, _ = receive(csv_of([charge.row()]))
    for _ in range(2):
        with pytest.raises(SettlementBatchConflict) as refusal:
            receive(csv_of([charge.row(gross="24.91", net="24.91")]))
        assert refusal.value.extra == {"file": known.public_id}
    assert db.rows("SELECT code, subject, occurrences FROM alerts") == [
        {"code": "duplicate_file", "subject": known.public_id, "occurrences": 2}
    ]
    assert db.rows("SELECT count(*) AS n FROM settlement_lines") == [{"n": 1}]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "empty", "/file"),
        (b"a,b,c\n1,2,3\n", "header", "/file/lines/1"),
        (csv_of([]).replace(b"fee,", b""), "header", "/file/lines/1"),
        (csv_of([]) + b"\xff\xfe\n", "encoding", "/file/lines/2"),
        (csv_of([]) + b'"never closed\n', "malformed_csv", "/file/lines/2"),
        (csv_of([]) + b"x" * 70_000, "line_too_long", "/file/lines/2"),
        (csv_of([]) + b"a\x00b\n", "encoding", "/file/lines/2"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_file_is_refused_whole_with_its_line(db, content, code, line):
    """Nothing of it is visible but that it was refused, and finance is told."""
    error = refused(content).errors[0]
    assert (error.code, error.pointer) == (code, line)
    assert db.rows("SELECT count(*) AS n FROM settlement_lines") == [{"n": 0}]
    assert db.rows("SELECT status FROM settlement_files") == [{"status": "rejected"}]
    assert [row[0] for row in alerts(db)] in (["schema_drift"], ["settlement_file_invalid"])


def test_too_many_bad_rows_are_another_format(db, night):
    """Two bad rows of three: refused with both lines, and the good one is not there either."""
    rows = [
        night.charge(2490).row(),
        night.charge(1000).row(gross="10,00"),
        night.charge(500).row(net="5.01"),
    ]
    errors = refused(csv_of(rows)).errors
    assert [(error.pointer, error.code) for error in errors] == [
        ("/file/lines/3", "row_rejected"), ("/file/lines/4", "net_mismatch"),
    ]  # fmt: skip
    assert db.rows("SELECT count(*) AS n FROM settlement_lines") == [{"n": 0}]


def test_a_refused_file_may_come_again_mended(db, night):
    """The refusal does not stand in the way of the right file of that day."""
    refused(b"a,b\n")
    _, fresh = receive(csv_of([night.charge(2490).row()]))
    assert fresh


def test_a_bad_file_of_a_day_whose_file_is_here_is_refused_like_any_other(db, night):
    """The right one came first; the refusals leave it alone, however many they are."""
    receive(csv_of([night.charge(2490).row()]))
    for content in (b"a,b\n", b"c,d\n"):
        assert refused(content).errors[0].code == "header"
    statuses = db.rows("SELECT status FROM settlement_files ORDER BY received_at")
    assert [row["status"] for row in statuses] == ["imported", "rejected", "rejected"]


def test_killed_after_the_copy_nothing_is_there(db, night, monkeypatch):
    """The rows and the file's row commit together; the same file is then taken in whole."""
    content = csv_of([night.charge(2490).row()])

    def killed(name: str) -> None:
        raise SystemExit(name)

    with monkeypatch.context() as patched:
        patched.setattr(receiving, "crash_point", killed)
        with pytest.raises(SystemExit):
            receive(content)
    assert db.rows("SELECT count(*) AS n FROM settlement_lines") == [{"n": 0}]
    assert receive(content)[1]


def test_two_days_on_which_nothing_moved_have_files_that_are_alike(db):
    """A header and no line, on Saturday and on Sunday: two files; each again is the same one."""
    saturday, _ = receive(csv_of([]))
    sunday, fresh = receive(csv_of([]), day=date(2026, 3, 15))
    assert (fresh, saturday.id == sunday.id) == (True, False)
    assert receive(csv_of([]), day=date(2026, 3, 15)) == (sunday, False)


def test_a_file_that_moves_more_than_any_night_does_is_refused(db, night):
    """A hundred rows of 9 999 999 999 999.99 each, of both signs: what is added up over nights would be no number any more."""
    charge = night.charge(2490, 0)
    gross = 999_999_999_999_999
    rows = [changed(charge, number=f"txn_{n}x", gross=gross * (-1) ** n) for n in range(101)]

    with pytest.raises(SettlementFileRefused) as refused:
        receive(csv_of(rows))

    assert [error.code for error in refused.value.errors] == ["out_of_bounds"]
    assert db.value("SELECT count(*) FROM settlement_lines") == 0
    assert receive(csv_of(rows[:99]))[1]
