"""A process of its own that takes a settlement file in and compares its day, and is killed at one crash point."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from checkout.core import clock, crash_points
from checkout.db import session
from checkout.reconciliation.files import copying
from checkout.reconciliation.formats import records
from tests.reconciliation.big_night import receive_and_compare


def main(job: dict[str, Any]) -> None:
    session.configure(job["database"], pool_size=2)
    clock.configure(offset_seconds=job["offset_seconds"])
    records.BLOCK_BYTES, copying.BATCH_BYTES = job["batch_bytes"], 1  # type: ignore[misc]
    crash_points.arm(job["point"])
    receive_and_compare(Path(job["file"]), date.fromisoformat(job["day"]))
    print("lived on")
