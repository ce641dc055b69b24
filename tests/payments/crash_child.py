"""A process of its own that does one thing and is killed at one crash point."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from checkout import secrets
from checkout.core import clock, crash_points
from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.db import session
from checkout.payments import cancel_payment, refresh_payment
from checkout.payments.book_fee import book_fee
from checkout.payments.resume import resume_payment
from checkout.psp import registry
from checkout.tasks import ClaimedTask
from tests.conftest import KEY
from tests.payments.conftest import REQUEST, Shop
from tests.payments.mock_shop import adapter_at


def main(job: dict[str, Any]) -> None:
    session.configure(job["database"], pool_size=5)
    secrets.configure(secrets.LocalKeys([KEY]))
    clock.configure(offset_seconds=job.get("offset", 0))
    registry.use(adapter_at(job["psp"]))
    crash_points.arm(job["point"])
    do(job)
    print("lived on")


def do(job: dict[str, Any]) -> None:
    payment_id = UUID(job["payment"]) if "payment" in job else new_uuid()
    match job["action"]:
        case "start":
            shop = Shop(UUID(job["storefront"]), UUID(job["ada"]), UUID(job["bao"]), registry.current())
            shop.start(key="k-1")
        case "resume":
            shop = Shop(UUID(job["storefront"]), UUID(job["ada"]), UUID(job["bao"]), registry.current())
            resume_payment(payment_id, psp=registry.current(), render=shop.render, cause=REQUEST)
        case "sync":
            refresh_payment(payment_id, cause=REQUEST)
        case "cancel":
            cancel_payment(payment_id, cause=Cause("cli", "root"))
        case "book_fee":
            args = {"payment": encode("pay", payment_id), "charge": job["charge"]}
            book_fee(ClaimedTask(new_uuid(), "default", "payments.book_fee", args, 1, 8, 1))
