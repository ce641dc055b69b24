"""A process of its own that sends the answer to a dispute and is killed at one crash point."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from checkout import secrets
from checkout.core import crash_points
from checkout.db import session
from checkout.disputes.answer import SEND_ANSWER
from checkout.disputes.send_answer import send_answer
from checkout.psp import registry
from checkout.tasks import ClaimedTask
from tests.conftest import KEY
from tests.payments.mock_shop import adapter_at


def main(job: dict[str, Any]) -> None:
    session.configure(job["database"], pool_size=2)
    secrets.configure(secrets.LocalKeys([KEY]))
    registry.use(adapter_at(job["psp"]))
    crash_points.arm(job["point"])
    send_answer(ClaimedTask(uuid4(), "default", SEND_ANSWER, {"answer": str(UUID(job["answer"]))}, 1, 8, 1))
    print("lived on")
