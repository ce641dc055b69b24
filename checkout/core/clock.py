"""The only source of time. Always aware, always UTC.

`utcnow()` is business time: the system's clock, plus a start-up offset, plus what the test clock was advanced by.
`wallclock()` leaves the test clock out: signatures on the wire are made and checked with it, so that advancing the
test clock never breaks a webhook. Offset and advance exist in development and tests only; both are zero elsewhere.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ADVANCE_READ_EVERY_SECONDS = (
    0.05  # one stat of a small file; often enough for a test, rare enough for a hot path
)

_offset = timedelta(0)
_advance_file: Path | None = None
_advance = timedelta(0)
_advance_read_at = 0.0
_advance_stamp: tuple[int, int] | None = None


def configure(*, offset_seconds: int = 0, advance_file: Path | None = None) -> None:
    """Sets the start-up offset and, in development, the file that holds the test clock's advance in seconds."""
    global _offset, _advance_file, _advance, _advance_read_at, _advance_stamp
    _offset = timedelta(seconds=offset_seconds)
    _advance_file = advance_file
    _advance, _advance_read_at, _advance_stamp = timedelta(0), 0.0, None


def utcnow() -> datetime:
    """Business time, UTC."""
    return wallclock() + (_current_advance() if _advance_file is not None else timedelta(0))


def wallclock() -> datetime:
    """The system's time with the start-up offset, without the test clock's advance."""
    return datetime.now(UTC) + _offset


def _current_advance() -> timedelta:
    global _advance, _advance_read_at, _advance_stamp
    now = time.monotonic()
    if now - _advance_read_at < ADVANCE_READ_EVERY_SECONDS and _advance_read_at:
        return _advance
    _advance_read_at = now
    assert _advance_file is not None
    try:
        status = _advance_file.stat()
    except FileNotFoundError:
        _advance, _advance_stamp = timedelta(0), None
        return _advance
    stamp = (status.st_mtime_ns, status.st_ino)
    if stamp != _advance_stamp:
        _advance = timedelta(seconds=read_advance_seconds(_advance_file))
        _advance_stamp = stamp
    return _advance


def read_advance_seconds(path: Path) -> int:
    """The whole seconds that the test clock stands ahead; 0 where it was never moved."""
    try:
        return int(path.read_text(encoding="ascii").strip() or "0")
    except FileNotFoundError:
        return 0


def write_advance_seconds(path: Path, seconds: int) -> None:
    """Moves the test clock for every process that follows the file: written beside and renamed, never half-read."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(f"{seconds}\n", encoding="ascii")
    beside.replace(path)
