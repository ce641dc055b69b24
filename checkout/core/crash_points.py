"""Named places where a test may kill the process, as `kill -9` would. Inert unless armed; never armed in production.

Armed by CRASH_POINT="name:n": the n-th passing of that point in a process sends SIGKILL to it. An installation
crashes once: the process leaves a file behind, and whoever is started in its place passes.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

_armed: str | None = None
_passings_left = 0
_spent_file: Path | None = None


def arm(spec: str | None, *, spent_file: Path | None = None) -> None:
    """Arms one point, "name:n" (n from 1; "name" alone means the first passing), or none.

    spent_file: written at the crash; while it is there nobody crashes again.
    """
    global _armed, _passings_left, _spent_file
    if not spec:
        _armed = None
        return
    name, _, count = spec.partition(":")
    _armed, _passings_left, _spent_file = name, int(count or "1"), spent_file


def crash_point(name: str) -> None:
    """Marks a boundary: everything before it has happened, nothing after it has."""
    global _passings_left
    if _armed != name:
        return
    _passings_left -= 1
    if _passings_left == 0 and _first_to_crash():
        os.kill(os.getpid(), signal.SIGKILL)


def _first_to_crash() -> bool:
    if _spent_file is None:
        return True
    try:
        _spent_file.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
