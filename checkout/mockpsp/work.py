"""One unit of work: a transaction of the store with its time, its cause and the events it emits."""

from __future__ import annotations

from typing import Any

from checkout.mockpsp import events
from checkout.mockpsp.behaviours import Notify
from checkout.mockpsp.events import Emitted
from checkout.mockpsp.store import Transaction

Json = dict[str, Any]


class Work:
    """`now` is read once, so that everything one request makes bears one time. `account`: the connected account that
    the request is made for, "" for the platform's own."""

    def __init__(
        self,
        tx: Transaction,
        *,
        now: int,
        request_id: str | None = None,
        idempotency_key: str | None = None,
        account: str = "",
    ) -> None:
        self.tx = tx
        self.now = now
        self.request_id = request_id
        self.idempotency_key = idempotency_key
        self.account = account
        self.notify = Notify.NORMAL
        self.emitted: list[Emitted] = []

    def emit(self, event_type: str, thing: Json, *, lane: str, account: str = "") -> None:
        """`account`: the connected account that it happened on; "" for the platform's own news."""
        self.emitted.append(
            events.record(
                self.tx,
                event_type,
                thing,
                lane=lane,
                now=self.now,
                request_id=self.request_id,
                idempotency_key=self.idempotency_key,
                account=account,
            )
        )
