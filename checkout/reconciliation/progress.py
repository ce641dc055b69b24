"""How far a comparison has come: told by its steps, written beside its transaction for the page that watches, and passed on
to whoever asked for it. Telling changes nothing of what is compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from checkout.core.clock import utcnow
from checkout.db.statement import run

Step = Literal["parse", "match", "book", "read again", "put aside", "differences"]
Told = Callable[[str, int, int], None]  # the step, how many of it are done, how many there are

WRITTEN_EVERY_SECONDS: Final = 0.5  # a step that counts rows tells thousands of times
KEEP: Final = """
    INSERT INTO reconciliation_progress (psp, business_on, step, done, total, begun_at, updated_at)
    VALUES (%(psp)s, %(business_on)s, %(step)s, %(done)s, %(total)s, %(begun_at)s, %(now)s)
    ON CONFLICT (psp, business_on) DO UPDATE
       SET step = EXCLUDED.step, done = EXCLUDED.done, total = EXCLUDED.total, begun_at = EXCLUDED.begun_at,
           updated_at = EXCLUDED.updated_at
"""
READ: Final = """
    SELECT step, done, total, begun_at, updated_at FROM reconciliation_progress
     WHERE psp = %(psp)s AND business_on = %(business_on)s
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """The step that was told last, and how much of it is done."""

    step: str
    done: int
    total: int
    begun_at: datetime
    updated_at: datetime

    @property
    def percent(self) -> int:
        """Of the step; cut, so that 100 is all of it."""
        return self.done * 100 // self.total if self.total else 100


@dataclass(slots=True)
class _Watch:
    psp: str
    business_on: date
    also: Told | None
    begun_at: datetime = field(default_factory=utcnow)
    step: str = ""
    written: float = 0.0

    def tell(self, step: str, done: int, total: int) -> None:
        if self.also is not None:
            self.also(step, done, total)
        now = time.monotonic()
        if step == self.step and done < total and now - self.written < WRITTEN_EVERY_SECONDS:
            return
        self.step, self.written = step, now
        run(
            KEEP,
            psp=self.psp,
            business_on=self.business_on,
            step=step,
            done=min(done, total),
            total=total,
            begun_at=self.begun_at,
            now=utcnow(),
        )


_watch: ContextVar[_Watch | None] = ContextVar("reconciliation_progress", default=None)


@contextmanager
def watched(psp: str, business_on: date, also: Told | None = None) -> Iterator[None]:
    """What is told inside is the progress of that day. Inside another watch the outer one goes on."""
    if _watch.get() is not None:
        yield
        return
    token = _watch.set(_Watch(psp, business_on, also))
    try:
        yield
    finally:
        _watch.reset(token)


def tell(step: Step, done: int, total: int) -> None:
    """`done` of `total` parts of a step; nothing where nobody watches."""
    watch = _watch.get()
    if watch is not None:
        watch.tell(step, done, total)


def progress_of(psp: str, business_on: date) -> Progress | None:
    """What was told last of a day; None where nothing ever was."""
    rows = run(READ, psp=psp, business_on=business_on)
    return Progress(**rows[0]._mapping) if rows else None
