"""A file of any size is read in bounded memory, packed or not."""

from __future__ import annotations

import gc
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil
import pytest

from checkout.reconciliation.files.archives import unpacked
from checkout.reconciliation.files.opening import open_file
from tests.reconciliation.writers import camt053, stripe
from tests.reconciliation.writers.told import Told

GROWTH_BYTES_MOST = 20_000_000
CHARGE = Told("charge", 1000, 29, "EUR", datetime(2026, 3, 14, 12, 30, tzinfo=UTC), "pay_1")
PAYOUT = Told("payout", 1000, 0, "EUR", datetime(2026, 3, 14, 12, 30, tzinfo=UTC), "pay_1")


@dataclass
class Generated(io.RawIOBase):
    """A stream that makes its rows when they are read: head, then one row many times, then tail."""

    head: bytes
    row: bytes
    times: int
    tail: bytes
    ready: bytes = field(default=b"", init=False)
    made: int = field(default=-1, init=False)

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        assert (offset, whence) == (0, 0)
        self.ready, self.made = b"", -1
        return 0

    def readinto(self, target):
        if not self.ready:
            self.ready = self._next()
        part = self.ready[: len(target)]
        self.ready = self.ready[len(part) :]
        target[: len(part)] = part
        return len(part)

    def _next(self) -> bytes:
        if self.made < 0:
            self.made = 0
            return self.head
        rows = min(100, self.times - self.made)
        self.made += rows
        if rows:
            return self.row * rows
        tail, self.tail = self.tail, b""
        return tail


def stripe_rows(times: int) -> Generated:
    head, row = stripe.write([CHARGE]).splitlines(keepends=True)
    return Generated(head, row, times, b"")


def bank_rows(times: int) -> Generated:
    content = camt053.write([PAYOUT], closing_off_by=PAYOUT.gross * (times - 1))
    start, end = content.index(b"<Ntry>"), content.index(b"</Ntry>") + len(b"</Ntry>\n")
    return Generated(content[:start], content[start:end], times, content[end:])


@pytest.mark.parametrize(
    ("psp", "made"), [("stripe", stripe_rows(200_000)), ("bank", bank_rows(25_000))], ids=["stripe", "bank"]
)
def test_memory_does_not_grow_with_the_file(psp, made):
    """Each row passes, and the process stays as large as it was, less than 20 MB aside."""
    gc.collect()
    process = psutil.Process()
    before = most = process.memory_info().rss
    rows = 0
    for chunk in open_file(unpacked(io.BufferedReader(made)), psp).chunks():
        rows += len(chunk.movements.line)
        most = max(most, process.memory_info().rss)
    assert rows == made.times
    assert most - before < GROWTH_BYTES_MOST
