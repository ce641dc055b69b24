"""A process of its own that does a night's work and is killed at one crash point."""

from __future__ import annotations

from typing import Any

from checkout import secrets
from checkout.core import clock, crash_points
from checkout.db import session
from checkout.psp import registry
from checkout.reconciliation.night.nightly import settle_nights
from tests.conftest import KEY
from tests.payments.mock_shop import adapter_at
from tests.reconciliation.mock_night import BERLIN, CAUSE


def main(job: dict[str, Any]) -> None:
    session.configure(job["database"], pool_size=2)
    secrets.configure(secrets.LocalKeys([KEY]))
    clock.configure(offset_seconds=job["offset_seconds"])
    registry.use(adapter_at(job["psp"]))
    crash_points.arm(job["point"])
    settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)
    print("lived on")
