"""The mock's file is its owner's alone: it holds shoppers' addresses, as a real PSP's does."""

from __future__ import annotations

import stat
from pathlib import Path

from checkout.mockpsp.store import Store


def test_the_file_and_its_journal_are_read_by_nobody_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "mock.sqlite3")
    try:
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        store.close()

    assert set(modes.values()) == {0o600}, modes
    assert "mock.sqlite3-wal" in modes
