"""Our balance at the PSP by our books against what the PSP holds, less what open differences account for. Pure.

Of an open difference nobody knows yet which side is right: a row may be wrong, or our books. So the balance may bear out any
of them, one by one; what no choice of them explains is explained by nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SUMS_MOST: Final = 20_000  # choices that are told apart; beyond that anything between the extremes may be one
AMOUNTS_MOST: Final = 1_000  # each goes through all choices so far


@dataclass(frozen=True, slots=True)
class Weighed:
    """Minor units of one currency. open_minor: what all open differences say that our books have beyond the PSP.
    difference_minor: ours less theirs less what is open, where no choice of open differences explains it; else 0."""

    ours_minor: int
    open_minor: int
    theirs_minor: int
    difference_minor: int


def weigh(
    ours_minor: int, theirs: Sequence[int], open_ones: Sequence[int], put_aside: Sequence[int] = ()
) -> Weighed:
    """
    theirs: what the PSP may have held at that time; several, where movements of the very moment may or may not be in the
    balance that it stated. The one that agrees best is taken. put_aside: rows that our books follow already, and nobody
    knows whether the balance does.
    """
    explained, total = _Sums([*open_ones, *put_aside]), sum(open_ones)
    weighed = [
        Weighed(
            ours_minor, total, held, 0 if explained.may_be(ours_minor - held) else ours_minor - held - total
        )
        for held in theirs
    ]
    return min(weighed, key=lambda each: abs(each.difference_minor))


class _Sums:
    """What choices of the open differences come to."""

    def __init__(self, amounts: Sequence[int]) -> None:
        self.least = sum(amount for amount in amounts if amount < 0)
        self.most = sum(amount for amount in amounts if amount > 0)
        self.exact = _choices(amounts)

    def may_be(self, beyond_minor: int) -> bool:
        if self.exact is None:
            return self.least <= beyond_minor <= self.most
        return beyond_minor in self.exact


def _choices(amounts: Sequence[int]) -> set[int] | None:
    """None: they are too many to be told apart."""
    if len(amounts) > AMOUNTS_MOST:
        return None
    found = {0}
    for amount in amounts:
        found |= {known + amount for known in found}
        if len(found) > SUMS_MOST:
            return None
    return found
