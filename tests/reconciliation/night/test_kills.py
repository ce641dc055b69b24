"""A night's work is killed, begun twice, fed with a file that was cut off, changed or sent again: the report is the same."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from checkout.core import clock
from checkout.reconciliation.files import receive as receiving
from checkout.reconciliation.files.errors import SettlementBatchConflict, SettlementFileRefused
from checkout.reconciliation.files.raw_rows import whole_file
from tests.killed import killed
from tests.reconciliation import big_night
from tests.reconciliation.big_night import BATCHES, DIFFERING, LINES, receive_and_compare
from tests.reconciliation.conftest import DAY, alerts, compare, csv_of, days_later, receive

TABLES = ("settlement_lines", "settlement_blocks", "settlement_other_lines", "settlement_files")


def kept(db):
    return {table: db.value(f"SELECT count(*) FROM {table}") for table in TABLES}


def test_killed_anywhere_the_night_comes_to_the_same_report(db, tmp_path):
    """kill -9 at 30, 60 and 90 % of the lines: nothing of the file is there. Then between file and report, and just before
    the report is there: begun again, it is the report of a night that nobody disturbed, and every byte is kept."""
    file = big_night.lay_out(db, tmp_path)
    now = (clock.utcnow() - datetime.now(UTC)).total_seconds()
    job = {"database": db.url, "file": str(file), "day": DAY.isoformat(), "offset_seconds": int(now)}
    job["batch_bytes"] = file.stat().st_size // BATCHES

    for percent in (30, 60, 90):
        point = f"reconciliation.receive.batch:{BATCHES * percent // 100}"
        killed("tests.reconciliation.settlement_child", {**job, "point": point})
        assert kept(db) == dict.fromkeys(TABLES, 0)
    killed("tests.reconciliation.settlement_child", {**job, "point": "reconciliation.run.before_commit"})
    assert (db.value("SELECT count(*) FROM settlement_lines"), alerts(db)) == (LINES, [])

    report = receive_and_compare(file, DAY)

    assert (report.rows, report.matched, report.missing) == (LINES, LINES - DIFFERING, 0)
    assert report.differences["amount_mismatch"] == {"count": DIFFERING, "amounts": {"EUR": 100 * DIFFERING}}
    assert receive_and_compare(file, DAY) == report
    assert [row["code"] for row in db.rows("SELECT code FROM settlement_differences")].count(
        "amount_mismatch"
    ) == DIFFERING
    (id,) = db.rows("SELECT id FROM settlement_files")
    assert b"".join(whole_file(id["id"])) == file.read_bytes()


def twice(content: bytes):
    """Two deliveries of one file that have both found it unknown; what each came to."""
    together = threading.Barrier(2)
    known = receiving.file_by_content

    def both_unknown(*arguments):
        found = known(*arguments)
        if found is None:
            together.wait(60)
        return found

    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(2) as pool:
        patched.setattr(receiving, "file_by_content", both_unknown)
        return [future.result() for future in [pool.submit(receive, content) for _ in range(2)]]


def test_a_file_that_is_begun_twice_at_once_is_taken_in_once(db, night):
    """Two processes find it unknown at the same moment: one takes it in, the other is told which it is."""
    content = csv_of([night.charge(2490, 102).row(), night.charge(1000, 29).row()])

    (one, fresh), (other, anew) = twice(content)

    assert (one.id, sorted([fresh, anew])) == (other.id, [False, True])
    assert kept(db) == dict(zip(TABLES, (2, 1, 1, 1), strict=True))
    assert compare().report.matched == 2


def test_without_the_unique_batch_it_would_be_there_twice(db, night):
    """The control: with both indexes away, the same two deliveries are two files, and every line is a duplicate."""
    content = csv_of([night.charge(2490, 102).row(), night.charge(1000, 29).row()])
    indexes = ("one_settlement_file_per_content", "one_settlement_file_per_batch")
    made = [db.value(f"SELECT pg_get_indexdef('{name}'::regclass)") for name in indexes]
    with db.connect() as connection:
        for name in indexes:
            connection.execute(f"DROP INDEX {name}")
    try:
        (one, _), (other, _) = twice(content)
        assert one.id != other.id
        assert db.value("SELECT count(*) FROM settlement_lines") == 4
    finally:
        with db.connect() as connection:
            connection.execute("TRUNCATE settlement_files CASCADE")
            for definition in made:
                connection.execute(definition)


def test_a_day_that_is_compared_twice_at_once_has_one_report(db, night):
    """Two runs of a day with a difference: equal reports, one run, one alert."""
    receive(csv_of([night.charge(2490, 102).row(gross="23.90", net="22.88"), night.charge(1000, 29).row()]))
    with ThreadPoolExecutor(2) as pool:
        first, second = [future.result() for future in [pool.submit(compare) for _ in range(2)]]
    assert (first.id, first.report) == (second.id, second.report)
    assert alerts(db) == [("amount_mismatch", 100, "EUR", "open")]


def test_a_file_that_was_cut_off_leaves_its_day_open(db, night):
    """Cut within its second row: that row is kept out with its line, what was behind it is waited for; nothing is closed."""
    rows = [night.charge(2490, 102).row(), night.charge(1000, 29).row(), night.charge(500, 20).row()]
    content = csv_of(rows)
    cut = content[: content.index(b"txn_2") + 40]

    file, _ = receive(cut)

    assert (file.rows_kept, file.rows_rejected) == (1, 1)
    report = compare().report
    assert (report.matched, report.rejected, report.waiting, report.is_explained) == (1, 1, 2, False)
    days_later(2)
    compare()
    assert {(code, minor) for code, minor, *_ in alerts(db)} == {
        ("row_rejected", None), ("missing_at_psp", 1000), ("missing_at_psp", 500),
    }  # fmt: skip


def test_sent_again_it_is_the_same_and_with_a_byte_changed_it_is_refused(db, night):
    """The same bytes are no news; one digit of one amount changed is another content of a batch that is here. What was
    compared stands."""
    content = csv_of([night.charge(2490, 102).row(), night.charge(1000, 29).row()])
    known, _ = receive(content)
    before = compare().report

    assert receive(content, name="again.csv") == (receiving.get_file(known.id), False)
    with pytest.raises(SettlementBatchConflict):
        receive(content.replace(b"24.90", b"24.91"))

    assert compare().report == before
    assert kept(db)["settlement_files"] == 1


def test_a_day_three_days_late_is_compared_and_its_alerts_close(db, night):
    """Saturday's file is missing and comes on Tuesday: what was missing at the PSP is not, and the day is closed."""
    charge = night.charge(2490, 102)
    compare()
    days_later(2)
    compare()
    assert [(code, status) for code, _, _, status in alerts(db)] == [
        ("file_missing", "open"), ("missing_at_psp", "open"),
    ]  # fmt: skip
    days_later(3)
    receive(csv_of([charge.row()]))

    report = compare().report

    assert (report.matched, report.open, report.is_explained) == (1, 0, True)
    assert {status for code, _, _, status in alerts(db) if code in ("file_missing", "missing_at_psp")} == {
        "resolved"
    }


@pytest.mark.parametrize(
    ("good", "bad", "taken"),
    [(8, 2, True), (0, 1, True), (1, 2, False), (90, 10, True), (90, 11, False), (1100, 11, True)],
)
def test_a_handful_of_bad_rows_is_kept_out_and_more_than_that_is_another_format(db, night, good, bad, taken):
    """Two bad rows of ten are looked at one by one; eleven of a hundred, or two of three, refuse the file."""
    row = {
        "balance_transaction_id": "txn_1", "created_utc": "2026-03-14 12:00:00", "currency": "eur", "gross": "1.00",
        "fee": "0.00", "net": "1.00", "reporting_category": "charge", "source_id": "ch_1", "payment_metadata[payment]": "",
    }  # fmt: skip
    rows = [{**row, "balance_transaction_id": f"txn_{n}"} for n in range(good)]
    content = csv_of([*rows, *({**row, "gross": "1,00"} for _ in range(bad))]).replace(b"1,00", b'"1,00"')
    if taken:
        file, _ = receive(content)
        assert (file.rows_kept, file.rows_rejected) == (good, bad)
    else:
        with pytest.raises(SettlementFileRefused) as refusal:
            receive(content)
        assert len(refusal.value.errors) == bad
        assert kept(db)["settlement_lines"] == 0


def test_a_file_of_another_day_is_that_days(db, night):
    """Sunday's file, with a row of Saturday: Saturday's movement is told, and no day is counted twice."""
    charge = night.charge(2490, 102)
    receive(csv_of([charge.row()]), day=date(2026, 3, 15))
    days_later(1)
    assert [compare(day).report.rows for day in (DAY, date(2026, 3, 15))] == [0, 1]
