"""Files put into a directory are taken in once and moved away; what is no such file is refused and never followed."""

from __future__ import annotations

import os
import time

import pytest

from checkout.reconciliation import drop
from checkout.reconciliation.drop import take_dropped
from tests.reconciliation.conftest import CAUSE, alerts, csv_of


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


def test_a_file_that_is_still_written_is_left(db, folder):
    """Touched a moment ago, or hidden under a name with a dot: not yet."""
    (folder / "stripe-2026-03-14.csv").write_bytes(csv_of([]))
    put(folder, ".stripe-2026-03-15.csv", csv_of([]))
    assert take_dropped(folder, "stripe", cause=CAUSE) == 0
    assert names(folder) == [".stripe-2026-03-15.csv", "stripe-2026-03-14.csv"]


@pytest.mark.parametrize("kind", ["symlink", "hard link", "fifo", "no day", "two days", "too large"])
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
