"""Named places where a test may kill the process, as `kill -9` would. Inert unless armed; never armed in production.

Armed by CRASH_POINT="name:n": the n-th passing of that point in this process sends SIGKILL to itself.
"""

from __future__ import annotations

import os
import signal

_armed: str | None = None
_passings_left = 0


def arm(spec: str | None) -> None:
    """Arms one point, "name:n" (n from 1; "name" alone means the first passing), or none."""
    global _armed, _passings_left
    if not spec:
        _armed = None
        return
    name, _, count = spec.partition(":")
    _armed, _passings_left = name, int(count or "1")


def crash_point(name: str) -> None:
    """Marks a boundary: everything before it has happened, nothing after it has."""
    global _passings_left
    if _armed != name:
        return
    _passings_left -= 1
    if _passings_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
