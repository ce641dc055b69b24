"""Python's cyclic garbage collector in a process that serves for days."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Requests and tasks leave few cycles behind. At the default of 700 objects a collection ran several times in each.
ALLOCATIONS_BETWEEN: Final = 20_000


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """While the product is read in and wired: all that it makes stays, and a collection would look through it again and
    again, which took an eighth of the start of each process and command."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def collect_seldom() -> None:
    """To be called once all is imported and wired: modules, routes and schemas stay for good, so no collection looks
    through them any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN, 10, 10)
