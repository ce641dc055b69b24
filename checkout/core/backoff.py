"""How long to wait before trying again: exponential with jitter, bounded."""

from __future__ import annotations

import random
from collections.abc import Callable


def delay_seconds(
    attempt: int, *, base: float = 2.0, cap: float = 3600.0, jitter: Callable[[], float] = random.random
) -> float:
    """Seconds before the next try after `attempt` tries (1 = the first has failed): base × 2^(attempt−1), at most
    `cap`, of which the upper half is random, so that what failed together does not come back together."""
    assert attempt >= 1
    whole = min(cap, base * 2.0 ** min(attempt - 1, 60))
    return whole / 2 + whole / 2 * jitter()
