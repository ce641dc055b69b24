"""A process of its own that releases and is killed at one crash point."""

from __future__ import annotations

from typing import Any

from checkout.core import clock, crash_points
from checkout.core.cause import Cause
from checkout.db import session
from checkout.orders import release


def main(job: dict[str, Any]) -> None:
    session.configure(job["database"], pool_size=2)
    clock.configure(offset_seconds=job["offset"])
    release.BATCH = job["batch"]
    crash_points.arm(job["point"])
    release.release_due(cause=Cause("task", "tsk_child"))
    print("lived on")
