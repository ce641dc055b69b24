"""A process of its own that releases and is killed at one crash point: `python -m tests.orders.release_child`."""

from __future__ import annotations

import json
import sys

from checkout.core import clock, crash_points
from checkout.core.cause import Cause
from checkout.db import session
from checkout.orders import release

if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    session.configure(job["database"], pool_size=2)
    clock.configure(offset_seconds=job["offset"])
    release.BATCH = job["batch"]
    crash_points.arm(job["point"])
    release.release_due(cause=Cause("task", "tsk_child"))
    print("lived on")
