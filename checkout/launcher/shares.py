"""New connections go to the worker that holds the fewest.

All workers wait at one listening socket, and who is awake takes what comes: of sixteen kept-alive connections one
worker often got all, and was as slow as if it were alone, while the others had nothing to do.
"""

from __future__ import annotations

import mmap
from typing import Final

PLACES: Final = 64  # far more than a machine has workers; a new worker may get the place of one long gone
NOBODY: Final = 255
STEP_SECONDS: Final = 0.0005  # an idle worker is awake by then
STEPS_MOST: Final = 8


class Shares:
    """How many connections each worker holds, one byte each, in memory that is shared since it is made before the forks.
    A worker writes its own alone. It is a hint: what is read may be a moment old."""

    def __init__(self) -> None:
        self._counts = mmap.mmap(-1, PLACES)
        self._counts[:] = bytes([NOBODY]) * PLACES

    def tell(self, worker: int, connections: int) -> None:
        """`worker`: its number, counted since the server started."""
        self._counts[worker % PLACES] = min(connections, NOBODY - 1)

    def gone(self, worker: int) -> None:
        """It has ended: nobody waits for it any more."""
        self._counts[worker % PLACES] = NOBODY

    def patience_seconds(self, connections: int) -> float:
        """How long a worker with so many connections lets others go first; 0 where none has fewer."""
        ahead = connections - min(self._counts[:])
        return min(max(ahead, 0), STEPS_MOST) * STEP_SECONDS


SHARES: Final = Shares()
