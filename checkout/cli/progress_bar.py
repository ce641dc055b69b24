"""A bar on a terminal: one line on stderr that is drawn again; nothing where stderr is no terminal."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import BinaryIO, Final

from checkout.reconciliation.progress import tell

WIDTH: Final = 18
DRAWN_EVERY_SECONDS: Final = 0.1
PARSE: Final = "parse"  # by bytes: how many rows a file has is known at its end
KB: Final = 1000
ROWS_BETWEEN: Final = 1024
_BACK: Final = "\r\x1b[2K"  # to the line's start, and clear it (ECMA-48: EL)


class ProgressBar:
    """Told as reconciliation.progress.Told. `end` takes the line away: what it came to is printed below."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()
        self._step = ""
        self._begun = self._drawn = 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step != self._step:
            self._step, self._begun, self._drawn = step, now, 0.0
        if not self._on or (done < total and now - self._drawn < DRAWN_EVERY_SECONDS):
            return
        self._drawn = now
        sys.stderr.write(_BACK + line_of(step, done, total, seconds=now - self._begun))
        sys.stderr.flush()

    def end(self) -> None:
        if self._on and self._drawn:
            sys.stderr.write(_BACK)
            sys.stderr.flush()


def line_of(step: str, done: int, total: int, *, seconds: float) -> str:
    """ "match  [######------------]  61%  2/3  eta 0:04"; an eta once something is done and something is left."""
    percent = done * 100 // total if total else 100
    filled = WIDTH * done // total if total else WIDTH
    eta = ""
    if 0 < done < total:
        left = round(seconds * (total - done) / done)
        eta = f"  eta {left // 60}:{left % 60:02d}"
    parts = f"{done // KB:,}/{total // KB:,} kB" if step == PARSE else f"{done:,}/{total:,}"
    return f"{step:<11} [{'#' * filled}{'-' * (WIDTH - filled)}] {percent:>3}%  {parts}{eta}"


def opened(path: Path) -> BinaryIO:
    """The file, telling how much of it has been parsed as it is read."""
    return _Told(path)


class _Told(io.BufferedReader):
    """Read from its start twice, to be hashed and to be parsed: each time it tells from zero."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path), buffer_size=1024 * 1024)
        self._size = path.stat().st_size
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(-1 if size is None else size)
        tell("parse", min(self.tell(), self._size), self._size)
        return found

    def readline(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads % ROWS_BETWEEN == 0:
            tell("parse", min(self.tell(), self._size), self._size)
        return super().readline(-1 if size is None else size)
