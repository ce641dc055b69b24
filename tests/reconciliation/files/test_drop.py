"""Files put into a directory are taken in once and moved away; what is no such file is refused and never followed."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

import pytest

from checkout.reconciliation.files import drop
from checkout.reconciliation.files.drop import take_all_dropped, take_dropped
from tests.reconciliation.conftest import CAUSE, alerts, csv_of
from tests.reconciliation.writers import adyen, camt053, paypal
from tests.reconciliation.writers.told import Told

WRITERS = {"adyen": adyen, "paypal": paypal, "bank": camt053}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "drop"
    made.mkdir()
    return made


def put(folder, name, content: bytes):
    path = folder / name
    path.write_bytes(content)
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))
    return path


def names(folder, *below):
    return sorted(path.name for path in folder.joinpath(*below).iterdir() if path.is_file())


def test_a_dropped_file_is_taken_in_and_moved_away(db, night, folder):
    """Its day is in its name; afterwards it lies in done/ under our own id; a second look finds nothing."""
    content = csv_of([night.charge(2490, 102).row()])
    put(folder, "stripe-2026-03-14.csv", content)

    assert [take_dropped(folder, "stripe", cause=CAUSE) for _ in range(2)] == [1, 0]

    (file,) = db.rows("SELECT business_on::text, origin, rows_kept FROM settlement_files")
    assert file == {"business_on": "2026-03-14", "origin": "drop", "rows_kept": 1}
    (moved,) = names(folder, "done")
    assert moved.startswith("file_")
    assert (folder / "done" / moved).read_bytes() == content
    assert (names(folder), alerts(db)) == ([], [])


def test_a_name_that_is_no_text_is_taken_in_as_far_as_it_can_be_shown(db, night, folder):
    """Bytes that are no UTF-8 in a file's name: the round goes on, and the file after it is taken in too."""
    put(folder, os.fsdecode(b"a\xff-2026-03-13.csv"), csv_of([night.charge(1000, 59).row()]))
    put(folder, "b-2026-03-14.csv", csv_of([night.charge(2490, 102).row()]))

    assert take_dropped(folder, "stripe", cause=CAUSE) == 2

    found = db.rows("SELECT name FROM settlement_files ORDER BY business_on")
    assert [row["name"] for row in found] == ["a-2026-03-13.csv", "b-2026-03-14.csv"]


def test_a_refused_file_whose_name_is_no_text_is_told(db, folder):
    """Without a day, it is moved away with an alert that quotes its name."""
    put(folder, os.fsdecode(b"a\xff.txt"), b"no rows")

    assert take_dropped(folder, "stripe", cause=CAUSE) == 0

    assert names(folder) == []
    assert "udcff" in db.value("SELECT detail FROM alerts")


def test_a_file_that_is_still_written_is_left(db, folder):
    """Touched a moment ago, or hidden under a name with a dot: not yet."""
    (folder / "stripe-2026-03-14.csv").write_bytes(csv_of([]))
    put(folder, ".stripe-2026-03-15.csv", csv_of([]))
    assert take_dropped(folder, "stripe", cause=CAUSE) == 0
    assert names(folder) == [".stripe-2026-03-15.csv", "stripe-2026-03-14.csv"]


@pytest.mark.parametrize(
    ("psp", "name", "day"),
    [
        ("adyen", "settlement_detail_report_batch_12.csv", "2026-03-13"),
        ("paypal", "STL-20260314.01.009.CSV", "2026-03-14"),
        ("bank", "statement.xml", "2026-03-13"),
    ],
)
def test_files_of_others_lie_in_a_folder_of_their_own(db, folder, psp, name, day):
    """Each by its own format; the day is in the name, or it is the newest that its rows tell of."""
    writer = WRITERS[psp]
    told = Told(next(iter(writer.KINDS)), 2490, 0, "EUR", datetime(2026, 3, 13, 9, tzinfo=UTC), "x")
    (folder / psp).mkdir()
    put(folder / psp, name, writer.write([told]))

    assert [take_all_dropped(folder, "stripe", cause=CAUSE) for _ in range(2)] == [1, 0]

    (file,) = db.rows("SELECT psp, business_on::text, origin, name FROM settlement_files")
    assert file == {"psp": psp, "business_on": day, "origin": "drop", "name": name}
    assert (len(names(folder / psp, "done")), alerts(db)) == (1, [])


def test_a_folder_that_is_a_link_is_not_followed(db, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    put(tmp_path / "elsewhere", "statement-2026-03-14.xml", b"x")
    (folder / "bank").symlink_to(tmp_path / "elsewhere")
    assert take_all_dropped(folder, "stripe", cause=CAUSE) == 0
    assert names(tmp_path / "elsewhere") == ["statement-2026-03-14.xml"]


@pytest.mark.parametrize(
    "kind", ["symlink", "hard link", "fifo", "no day", "two days", "the last day", "too large"]
)
def test_what_is_no_plain_file_of_a_day_is_refused(db, folder, tmp_path, monkeypatch, kind):
    """A link out of the directory, a pipe, a name without one day, a file without end: moved to refused/, told, and
    nothing of it is read."""
    outside = put(tmp_path, "outside.csv", csv_of([]))
    match kind:
        case "symlink":
            (folder / "stripe-2026-03-14.csv").symlink_to(outside)
        case "hard link":
            os.link(outside, folder / "stripe-2026-03-14.csv")
        case "fifo":
            os.mkfifo(folder / "stripe-2026-03-14.csv")
        case "no day":
            put(folder, "stripe-today.csv", csv_of([]))
        case "two days":
            put(folder, "2026-03-14..2026-03-15.csv", csv_of([]))
        case "the last day":
            put(folder, "stripe-9999-12-31.csv", csv_of([]))
        case _:
            monkeypatch.setattr(drop, "BYTES_AT_MOST", 10)
            put(folder, "stripe-2026-03-14.csv", csv_of([]))

    assert take_dropped(folder, "stripe", cause=CAUSE) == 0

    assert db.rows("SELECT 1 FROM settlement_files") == []
    assert [code for code, *_ in alerts(db)] == ["settlement_file_invalid"]
    assert (names(folder), len(list((folder / "refused").iterdir()))) == ([], 1)
    assert outside.read_bytes() == csv_of([])


def test_another_file_of_the_same_day_is_refused(db, night, folder):
    """One amount changed: the day has its file; the second one is told as such."""
    charge = night.charge(2490, 102)
    put(folder, "stripe-2026-03-14.csv", csv_of([charge.row()]))
    take_dropped(folder, "stripe", cause=CAUSE)
    put(folder, "stripe-2026-03-14-again.csv", csv_of([charge.row(gross="24.91", net="23.89")]))

    assert take_dropped(folder, "stripe", cause=CAUSE) == 0

    assert [code for code, *_ in alerts(db)] == ["duplicate_file"]
    assert db.value("SELECT count(*) FROM settlement_files") == 1


def test_a_directory_that_is_not_there_holds_nothing(db, tmp_path):
    assert take_dropped(tmp_path / "nowhere", "stripe", cause=CAUSE) == 0
