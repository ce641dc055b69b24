"""The mock's two clocks: `now` can be advanced by a test and survives a restart; `wallclock` stamps signatures."""

from __future__ import annotations

import time


class MockClock:
    """Unix seconds. The offset is fixed at start, the advance only grows."""

    def __init__(self, *, offset_seconds: int, advance_seconds: int) -> None:
        self._offset_seconds = offset_seconds
        self.advance_seconds = advance_seconds

    def now(self) -> int:
        return int(self.now_exact())

    def now_exact(self) -> float:
        return time.time() + self._offset_seconds + self.advance_seconds

    def wallclock(self) -> int:
        return int(time.time()) + self._offset_seconds
