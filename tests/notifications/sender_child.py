"""A process of its own that sends one payment's email, and is killed at one crash point."""

from __future__ import annotations

from checkout import secrets
from checkout.core import crash_points
from checkout.core.ids import decode
from checkout.db import session
from tests.conftest import KEY
from tests.notifications.conftest import configure, tell


def main(job: dict[str, str]) -> None:
    session.configure(job["database"], pool_size=5)
    secrets.configure(secrets.LocalKeys([KEY]))
    configure(job["smtp"])
    crash_points.arm(job["point"])
    tell("payment.succeeded", decode("pay", job["payment"]))
