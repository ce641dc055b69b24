"""Run functions at the same moment and see what each came to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Starts all at one barrier; returns each one's result, or the exception it raised, in the order given."""
    barrier = threading.Barrier(len(functions))
    outcomes: list[Any] = [None] * len(functions)

    def run(index: int, function: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            outcomes[index] = function()
        except Exception as error:
            outcomes[index] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "a thread is still running after two minutes"
    return outcomes
