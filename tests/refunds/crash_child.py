"""A process of its own that sends a refund and is killed at one crash point."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from checkout import secrets
from checkout.core import crash_points
from checkout.core.cause import Cause
from checkout.db import session
from checkout.refunds.submit import submit_refund
from tests.conftest import KEY
from tests.payments.mock_shop import adapter_at


def main(job: dict[str, Any]) -> None:
    session.configure(job["database"], pool_size=2)
    secrets.configure(secrets.LocalKeys([KEY]))
    crash_points.arm(job["point"])
    submit_refund(UUID(job["refund"]), psp=adapter_at(job["psp"]), cause=Cause("task", "tsk_child"))
    print("lived on")
