"""Stops calling a PSP that fails: in memory for each process, and for all of them by an operator's row.

pybreaker's own `call` holds its lock while the call runs, so that all threads would queue behind one PSP call; here
only outcomes pass through it, and a lock of ours lets one call at a time try whether the PSP is back.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, TypeVar

import pybreaker
import structlog
from sqlalchemy import exc

from checkout.core.errors import DomainError
from checkout.observability import metrics
from checkout.psp.errors import CircuitOpen, OutcomeUnknown, PspError, Unavailable
from checkout.psp.switch import Switch, read_switch

FAILURES_TO_OPEN: Final = 3
OPEN_SECONDS: Final = 30
SWITCH_READ_EVERY_SECONDS: Final = 1.0  # an operator's word reaches every process within this time

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Breaker:
    """The circuit of one PSP in this process."""

    def __init__(
        self,
        psp: str,
        *,
        open_seconds: float = OPEN_SECONDS,
        switch: Callable[[str], Switch | None] = read_switch,
    ) -> None:
        self.psp = psp
        self._open_seconds = open_seconds
        self._memory = pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED)
        self._circuit = pybreaker.CircuitBreaker(
            fail_max=FAILURES_TO_OPEN, reset_timeout=open_seconds, state_storage=self._memory
        )
        self._trial = threading.Lock()
        self._read_switch = switch
        self._switch: Switch | None = None
        self._switch_read_at = -math.inf

    @property
    def state(self) -> str:
        """closed, open or half-open, for metrics and readiness."""
        return "open" if self._switched() else str(self._circuit.current_state)

    def call(self, request: Callable[[], T]) -> T:
        """Makes the request, unless the circuit is open. After 30 s one request is let through to try.

        Raises:
            CircuitOpen: nothing was sent; says after how many seconds to come back.
        """
        self.refuse_while_open()
        if self._circuit.current_state == pybreaker.STATE_CLOSED:
            return self._recorded(request)
        if not self._trial.acquire(blocking=False):
            raise self._failing(0)
        try:
            self._circuit.half_open()
            return self._recorded(request)
        finally:
            self._trial.release()

    def refuse_while_open(self) -> None:
        """Lets pass what call() would send now.

        Raises:
            CircuitOpen: it would send nothing.
        """
        switch = self._switched()
        if switch is not None:
            raise CircuitOpen(
                f"{self.psp} was taken out of service", retry_after_seconds=switch.retry_after_seconds()
            )
        left = self._seconds_left()
        if left > 0 or self._trial.locked():
            raise self._failing(left)

    def _failing(self, seconds_left: float) -> CircuitOpen:
        return CircuitOpen(f"{self.psp} is failing", retry_after_seconds=max(1, math.ceil(seconds_left)))

    def _recorded(self, request: Callable[[], T]) -> T:
        try:
            answer = request()
        except (OutcomeUnknown, Unavailable) as failure:
            metrics.count("psp_call", "unknown" if isinstance(failure, OutcomeUnknown) else "unavailable")
            self._record(failure)
            raise
        except PspError:  # a refusal is an answer: the PSP works
            metrics.count("psp_call", "refused")
            self._record(None)
            raise
        metrics.count("psp_call")
        self._record(None)
        return answer

    def _record(self, failure: PspError | None) -> None:
        def outcome() -> None:
            if failure is not None:
                raise failure

        before = self._circuit.current_state
        with suppress(pybreaker.CircuitBreakerError, PspError):  # the caller raises the failure itself
            self._circuit.call(outcome)
        after = self._circuit.current_state
        if after != before:
            metrics.count("psp_circuit", str(after))
            log.warning("psp.circuit", psp=self.psp, state=after)

    def _seconds_left(self) -> float:
        opened_at = self._memory.opened_at
        if opened_at is None or self._circuit.current_state != pybreaker.STATE_OPEN:
            return 0.0
        since: float = (datetime.now(UTC) - opened_at).total_seconds()
        return self._open_seconds - since

    def _switched(self) -> Switch | None:
        """The operator's switch, read at most once a second; where the database is away, the last one read."""
        now = time.monotonic()
        if now - self._switch_read_at >= SWITCH_READ_EVERY_SECONDS:
            self._switch_read_at = now
            try:
                self._switch = self._read_switch(self.psp)
            except (exc.SQLAlchemyError, DomainError) as error:
                log.warning("psp.switch_unreadable", psp=self.psp, error=type(error).__name__)
        if self._switch is not None and self._switch.retry_after_seconds() <= 0:
            return None
        return self._switch
