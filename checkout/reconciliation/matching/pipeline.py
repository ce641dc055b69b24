"""What became of a file's rows on their way through a comparison: counts that add up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from checkout.reconciliation.matching.classify import UNMATCHED

WITHIN_TOLERANCE: Final = frozenset({"rounding"})
NOTHING_OF_OURS: Final = frozenset({*UNMATCHED.values(), "unknown_reference", "duplicate_line"})


@dataclass(frozen=True, slots=True)
class Steps:
    """received = rejected + normalised; normalised = auto + by_rule + tolerance + differing + unmatched_theirs +
    early + not_compared. unmatched_ours and waiting are entries of ours without a row: they are no rows of the file.

    by_rule: matched although the row stands in another day's file, or is several of ours at once; tolerance: off by a
    rounding; differing: both sides know of it and disagree; early: of payments
    that have not succeeded yet; not_compared: rows of a bank that concern no payout."""

    received: int
    rejected: int
    auto: int
    by_rule: int
    tolerance: int
    differing: int
    unmatched_theirs: int
    not_compared: int
    unmatched_ours: int
    waiting: int
    early: int = 0

    @property
    def normalised(self) -> int:
        return self.received - self.rejected

    @property
    def matched(self) -> int:
        return self.auto + self.by_rule + self.tolerance

    @property
    def adds_up(self) -> bool:
        """No row was lost, and none counted twice."""
        parts = self.matched + self.differing + self.unmatched_theirs + self.early + self.not_compared
        return self.normalised == parts and min(asdict(self).values()) >= 0

    def as_json(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Steps:
        return cls(**{name: int(document[name]) for name in cls.__slots__ if name in document})


def steps_of(
    *,
    received: int,
    rejected: int,
    differing: Mapping[str, int],
    rounded: int,
    by_rule: int,
    not_compared: int,
    unmatched_ours: int,
    waiting: int,
    early: int = 0,
) -> Steps:
    """`differing`: rows that differ by code, each once; `rounded`: rows that a rounding was booked for; what remains
    matched by itself."""
    tolerance = rounded + sum(n for code, n in differing.items() if code in WITHIN_TOLERANCE)
    theirs = sum(n for code, n in differing.items() if code in NOTHING_OF_OURS)
    others = sum(differing.values()) - theirs - (tolerance - rounded)
    known = tolerance + theirs + others + by_rule + early + not_compared
    return Steps(
        received=received,
        rejected=rejected,
        auto=received - rejected - known,
        by_rule=by_rule,
        tolerance=tolerance,
        differing=others,
        unmatched_theirs=theirs,
        not_compared=not_compared,
        unmatched_ours=unmatched_ours,
        waiting=waiting,
        early=early,
    )
