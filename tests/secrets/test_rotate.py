"""Rotation: everything ends under the new key, nobody notices, and what a kill leaves is finished later."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from checkout import secrets
from checkout.secrets import CannotOpen, LocalKeys
from checkout.secrets.data_keys import Purpose
from checkout.secrets.inspect import read_status
from checkout.secrets.rotate import rotate
from checkout.secrets.sealed import data_keys
from tests.conftest import KEY

SETTLE = 2.0  # who seals under a key that they asked for before has so long to write it


def quiet(_line):
    pass


def rotated(drawer, **changes):
    return rotate(quiet, **{"columns": [drawer.column], "settle_seconds": 0, **changes})


def test_every_value_is_sealed_anew_and_still_says_the_same(drawer, db):
    rows = {drawer.put(f"note {number}".encode()): number for number in range(20)}
    before = db.value("SELECT id FROM data_keys WHERE status = 'current'")

    done = rotated(drawer)

    status = read_status(data_keys().provider, [drawer.column])
    assert (done.complete, done.resealed, done.resumed) == (True, 20, False)
    assert status.values == {("test_drawer.note_sealed", done.key): 20}
    assert (status.behind, status.keys_behind) == (0, 0)
    assert db.value("SELECT status FROM data_keys WHERE id = %(id)s", id=before) == "retired"
    assert all(drawer.read(row) == f"note {number}".encode() for row, number in rows.items())


def test_readers_and_writers_notice_nothing(drawer):
    """Two readers and two writers work through two rotations: no read fails, none is stale, no value is left."""
    secrets.configure(LocalKeys([KEY]), current_seconds=0.05)
    newest = {drawer.put(b"0"): 0 for _ in range(40)}
    rows, stop, errors, reads = list(newest), threading.Event(), [], [0]

    def read():
        while not stop.is_set():
            for row in rows:
                try:
                    least = newest[row]
                    assert int(drawer.read(row)) >= least
                    reads[0] += 1
                except Exception as error:
                    errors.append(error)

    def write(own):
        number = 0
        while not stop.is_set():
            number += 1
            for row in own:
                drawer.put(str(number).encode(), row)
                newest[row] = number

    threads = [threading.Thread(target=read) for _ in range(2)]
    threads += [threading.Thread(target=write, args=[rows[half::2]]) for half in (0, 1)]
    for thread in threads:
        thread.start()
    done = [rotated(drawer, settle_seconds=SETTLE) for _ in range(2)]
    stop.set()
    for thread in threads:
        thread.join()

    assert errors == []
    assert reads[0] > 100
    assert [rotation.complete for rotation in done] == [True, True]


def test_a_value_sealed_late_under_the_old_key_is_counted_not_missed(drawer, monkeypatch):
    """The control: a writer that never learns of the new key makes the proof fail, and the next run finishes."""
    drawer.put(b"early")
    late = data_keys().current(Purpose.SEAL)
    monkeypatch.setattr("checkout.secrets.rotate.count_by_key", lambda columns: {("x", late[0]): 1})

    done = rotated(drawer)

    assert (done.left, done.complete) == (1, False)
    monkeypatch.undo()
    again = rotated(drawer)
    assert (again.resumed, again.complete, again.key) == (True, True, done.key)


def test_a_killed_rotation_goes_on_where_it_was(drawer, db):
    """kill -9 after the first batch of 500: both keys' values stay readable, and the next run does the rest."""
    rows = [drawer.put(b"note") for _ in range(700)]
    child = subprocess.run([sys.executable, "-m", "tests.secrets.rotating_child", db.url], timeout=120)
    assert child.returncode == -signal.SIGKILL
    secrets.configure(LocalKeys([KEY]))
    half = read_status(data_keys().provider, [drawer.column])
    assert half.behind == 200
    assert drawer.read(rows[0]) == drawer.read(rows[-1]) == b"note"

    done = rotated(drawer)

    assert (done.resumed, done.resealed, done.complete) == (True, 200, True)
    assert db.value("SELECT count(*) FROM data_keys WHERE status = 'retired'") == 1


def test_a_new_key_encryption_key_wraps_every_data_key(drawer):
    """The new key first, the old one behind it; after the rotation the old one is needed no more."""
    row = drawer.put(b"note")
    secrets.configure(LocalKeys([bytes(32), KEY]))

    done = rotated(drawer)

    assert (done.rewrapped, done.complete) == (1, True)
    secrets.configure(LocalKeys([bytes(32)]))
    assert drawer.read(row) == b"note"
    secrets.configure(LocalKeys([KEY]))
    with pytest.raises(CannotOpen):
        drawer.read(row)


def test_a_value_that_nobody_can_open_is_told(drawer, db):
    """Moved to another row by hand: it is counted, the old key is not retired."""
    row, other = drawer.put(b"one"), drawer.put(b"two")
    db.rows(
        "UPDATE test_drawer SET note_sealed = (SELECT note_sealed FROM test_drawer WHERE id = %(a)s) WHERE id = %(b)s",
        a=row,
        b=other,
    )

    done = rotated(drawer)

    assert (done.unreadable, done.left, done.complete) == (1, 1, False)
    assert db.value("SELECT count(*) FROM data_keys WHERE status = 'previous'") == 1


def test_writers_learn_of_the_new_key_in_time(drawer):
    """A process that has sealed under the old key asks again after its few seconds."""
    secrets.configure(LocalKeys([KEY]), current_seconds=0.05)
    drawer.put(b"one")
    db_key = rotated(drawer).key
    other_process = secrets.sealed.DataKeys(LocalKeys([KEY]), current_seconds=0.05)
    other_process.current(Purpose.SEAL)
    newer = rotated(drawer).key
    time.sleep(0.06)

    assert other_process.current(Purpose.SEAL)[0] == newer != db_key
