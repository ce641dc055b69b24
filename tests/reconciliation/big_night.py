"""A night of many lines: charges in the books, and the PSP's file of them, in which every thousandth says another amount."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

from bench.settlement_ground import STATEMENTS, write_file
from checkout.core.cause import Cause
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.night.report import Report
from checkout.reconciliation.night.run import run_day

LINES = int(os.environ.get("SETTLEMENT_FAULT_LINES", "4000"))  # 100000, to see it at its full size
EVERY = 1000
DIFFERING = LINES // EVERY
BATCHES = 20  # of the file's bytes, so that a crash can be put anywhere
CAUSE = Cause("cli", "test")


def lay_out(db: Any, folder: Path) -> Path:
    """The books and the file."""
    with db.connect() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in STATEMENTS:
            if "bench_ours" not in statement:
                connection.execute(statement, {"lines": LINES} if "%(lines)s" in statement else None)
    file = folder / "night.csv"
    write_file(file, LINES, every=EVERY)
    return file


def receive_and_compare(file: Path, day: date) -> Report:
    with file.open("rb") as stream:
        receive_file(stream, Delivery("stripe", day, file.name, "cli", "test"), cause=CAUSE)
    return run_day("stripe", day, by="test", cause=CAUSE).report
