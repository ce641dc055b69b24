"""Applying stored webhooks (transition, orders, ledger, events, follow-up tasks), per worker: goal 7. `python -m bench apply`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from bench.figures import Goal, Plan, Sample, Section, at_least, interleaved, ratios
from bench.ground import Ground, Running
from bench.load import run as load
from bench.peers import stripe_objects
from bench.product import Product, install

CREATED_AT_ONCE = 16
DRAIN_SECONDS = 120.0
PAY_EVENT = stripe_objects.charge_succeeded
# The longest stretch of a worker's life that it alone decides: from its first finished task to its last.
SPAN = """
    SELECT count(*), EXTRACT(epoch FROM max(finished_at) - min(finished_at))::float8
      FROM tasks WHERE kind = 'inbox.apply' AND status = 'done' AND finished_at > %s::timestamptz
"""
OURS, BARE = "ours, one worker", "plain SQL, one worker"


def run(ground: Ground, plan: Plan) -> Section:
    product = install(ground)
    section = Section("apply", "Applying webhooks: `python -m bench apply`")
    events = 100 if plan.quick else 600
    with ExitStack() as stack:
        stub = stack.enter_context(ground.psp_stub())
        settings = product.settings(psp_port=stub.port)
        ours = stack.enter_context(product.web(settings))
        secret = settings.stripe_webhook_secrets[0]
        environ = {
            "PEER_PSP_URL": f"http://127.0.0.1:{stub.port}",
            "PEER_DATABASE_URL": product.empty_copy_url,
            "PEER_WEBHOOK_SECRET": secret,
        }
        bare = stack.enter_context(ground.wsgi("bare", "bench.peers.bare:app", environ))
        sides = {
            OURS: Side(product, product.database_url, ours, "/v1/payments", "/webhooks/stripe", secret),
            BARE: Side(product, product.empty_copy_url, bare, "/payments", "/webhooks", secret),
        }
        for side in sides.values():
            side.create(events * plan.rounds)

        def work_ours() -> None:
            with product.background(settings, "webhooks"):
                sides[OURS].wait_until_applied()

        def work_bare() -> None:
            ground.once("bare-apply", [sys.executable, "-m", "bench.peers.bare_apply"], environ)

        section.cells |= interleaved(
            {
                OURS: lambda: sides[OURS].round(events, work_ours),
                BARE: lambda: sides[BARE].round(events, work_bare),
            },
            plan.rounds,
        )
    found = ratios(section.cells[OURS], section.cells[BARE])
    section.goals.append(
        Goal("7", "webhooks applied per worker ÷ plain SQL", "≥ 0.5×", found, at_least(found, 0.5))
    )
    section.notes.append(
        f"{events} charge.succeeded events a round, stored beforehand, each for a checkout of two orders. Plain SQL "
        "leaves the same rows under the same triggers, in one transaction an event."
    )
    return section


class Side:
    """Payments that wait for their webhook, in one database."""

    def __init__(
        self, product: Product, url: str, server: Running, create_path: str, webhook_path: str, secret: str
    ) -> None:
        self._product = product
        self._url = url
        self._server = server
        self._create_path = create_path
        self._webhook_path = webhook_path
        self._secret = secret
        self._waiting: list[str] = []

    def create(self, count: int) -> None:
        """As many payments as all rounds need, through the front door."""
        what = {
            "kind": "create",
            "port": self._server.port,
            "path": self._create_path,
            "headers": self._product.headers(),
            "body": self._product.checkout(),
        }
        deadline = time.monotonic() + DRAIN_SECONDS
        while len(self._waiting) < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"only {len(self._waiting)} of {count} payments were created in time")
            load.closed(what, connections=CREATED_AT_ONCE, seconds=2.0, warm_up_seconds=0.0)
            self._waiting = [
                reference
                for (reference,) in self._sql(
                    "SELECT split_part(psp_idempotency_key, ':', 1) FROM payments WHERE status = 'awaiting_shopper'"
                )
            ]

    def round(self, events: int, work: Callable[[], None]) -> Sample:
        """Stores so many events while nobody works, then lets one worker at them."""
        taken, self._waiting = self._waiting[:events], self._waiting[events:]
        self._store(taken)
        before = self._sql("SELECT now()")[0][0]
        work()
        done, seconds = self._sql(SPAN, before)[0]
        succeeded = self._sql("SELECT count(*) FROM payments WHERE succeeded_at >= %s", before)[0][0]
        return Sample(per_second=(done - 1) / seconds, failures=events - succeeded)

    def _store(self, references: list[str]) -> None:
        objects = [
            {
                "pay_ID": reference,
                "ch_ID": f"ch_{reference.removeprefix('pay_')}",
                "pi_ID": f"pi_{reference.removeprefix('pay_')}",
            }
            for reference in references
        ]
        what = {
            "kind": "webhooks",
            "port": self._server.port,
            "path": self._webhook_path,
            "secret": self._secret,
            "event": PAY_EVENT(),
            "objects": objects,
        }
        report = load.until_done(what, connections=8, seconds=DRAIN_SECONDS)
        if report.failures("200"):
            raise RuntimeError(f"events were refused: {report.statuses}")

    def wait_until_applied(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._sql(
            "SELECT count(*) FROM tasks WHERE kind = 'inbox.apply' AND status IN ('ready', 'claimed')"
        )[0][0]:
            if time.monotonic() > deadline:
                raise RuntimeError("the worker did not come to an end")
            time.sleep(0.1)

    def _sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self._product.ground.sql(self._url, statement, *parameters)
