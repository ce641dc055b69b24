"""The mock PSP as one object: its file, its clock, its webhooks and its faults. Views and the ticker work through it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from checkout.mockpsp.clock import MockClock
from checkout.mockpsp.faults import Faults
from checkout.mockpsp.idempotency import InFlight
from checkout.mockpsp.settings import MockSettings
from checkout.mockpsp.store import Store
from checkout.mockpsp.webhooks import Webhooks
from checkout.mockpsp.work import Work

ADVANCE_SETTING = "advance_seconds"


class Psp:
    def __init__(self, settings: MockSettings) -> None:
        self.settings = settings
        self.store = Store(settings.sqlite_path)
        with self.store.transaction() as tx:
            advance = int(tx.setting(ADVANCE_SETTING, "0"))
        self.clock = MockClock(offset_seconds=settings.clock_offset_seconds, advance_seconds=advance)
        self.webhooks = Webhooks(self.store, self.clock, settings.webhook_url, settings.webhook_secrets)
        self.faults = Faults()
        self.in_flight = InFlight()

    @contextmanager
    def work(
        self,
        *,
        request_id: str | None = None,
        idempotency_key: str | None = None,
        at: int | None = None,
        account: str = "",
    ) -> Iterator[Work]:
        """One transaction; its events are on their way when the block has ended. `at`: the moment it was due."""
        with self.store.transaction() as tx:
            now = self.clock.now() if at is None else at
            work = Work(tx, now=now, request_id=request_id, idempotency_key=idempotency_key, account=account)
            yield work
            plan = self.webhooks.stage(tx, work.emitted, work.notify)
        self.webhooks.dispatch(plan)

    def advance_clock(self, seconds: int) -> int:
        """Moves the mock's time on, for good; answers how far it now stands ahead."""
        with self.store.transaction() as tx:
            self.clock.advance_seconds += seconds
            tx.set_setting(ADVANCE_SETTING, str(self.clock.advance_seconds))
        return self.clock.advance_seconds
