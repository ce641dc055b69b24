"""A process of its own that takes one delivery in, or applies what is due, and is killed at one crash point."""

from __future__ import annotations

from checkout import secrets, tasks
from checkout.core import clock, crash_points
from checkout.db import session
from checkout.inbox import apply_inbox_event, read_and_apply, receive
from checkout.inbox.stages import APPLY, READ_AGAIN
from checkout.psp import registry
from checkout.tasks.ring import WEBHOOK_QUEUE
from jobs.handler import Handler, Owning, Transactional
from jobs.run_task import run_task
from tests.conftest import KEY
from tests.psp.deliveries import SECRET, signature

HANDLERS: dict[str, Handler] = {APPLY: Transactional(apply_inbox_event), READ_AGAIN: Owning(read_and_apply)}


def main(job: dict[str, str]) -> None:
    session.configure(job["database"], pool_size=5)
    secrets.configure(secrets.LocalKeys([KEY]))
    registry.configure(psp="mock", api_key="sk_test_mock", webhook_secrets=[SECRET], api_base=job["psp"])
    crash_points.arm(job["point"])
    if "body" in job:
        body = job["body"].encode()
        receive(body, [signature(body, at=clock.wallclock())], registry.current())
    else:
        for task in tasks.claim(WEBHOOK_QUEUE, worker="killed", lease_seconds=60):
            run_task(task, HANDLERS[task.kind])
    print("lived on")
