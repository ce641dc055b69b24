"""Python's cyclic garbage collector in a process that serves for days."""

from __future__ import annotations

import gc
from typing import Final

# Requests and tasks leave few cycles behind. At the default of 700 objects a collection ran several times in each.
ALLOCATIONS_BETWEEN: Final = 20_000


def collect_seldom() -> None:
    """To be called once all is imported and wired: modules, routes and schemas stay for good, so no collection looks
    through them any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN, 10, 10)
