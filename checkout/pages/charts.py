"""Charts as shapes: bars laid out in whole units, drawn by a template without styles. Pure; the figures stand in a table."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from checkout.core.money import Money

PLACE: Final = 100  # of one bar, with the gap around it
BAR: Final = 74
HEIGHT: Final = 1_000
WIDTH: Final = 1_000  # of a waterfall
LEAST: Final = 20  # what is there is seen, however small it is beside the largest


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in the chart's own units. `count`: how many things it stands for."""

    day: date
    amount: Money
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars of one currency over days; `most` is the tallest, `is_empty` where every bar is nothing."""

    bars: Sequence[Bar]
    most: Money
    total: Money
    count: int

    @property
    def width(self) -> int:
        return len(self.bars) * PLACE

    @property
    def is_empty(self) -> bool:
        return not self.count


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a waterfall: a bar from `x`, `width` wide, of 1000."""

    x: int
    width: int


def over_days(
    figures: Mapping[date, tuple[int, int]], currency: str, *, first: date, steps: int, days: int = 1
) -> BarChart:
    """Bars for `steps` periods of so many days, from `first` on; `figures`: (count, minor units) by the period's day."""
    places = [first + timedelta(days=days * n) for n in range(steps)]
    found = [figures.get(day, (0, 0)) for day in places]
    most = max((minor for _, minor in found), default=0)
    bars = [
        Bar(
            day=day,
            amount=Money(minor, currency),
            count=count,
            x=PLACE * n + (PLACE - BAR) // 2,
            y=HEIGHT - _height(minor, most),
            height=_height(minor, most),
        )
        for n, (day, (count, minor)) in enumerate(zip(places, found, strict=True))
    ]
    return BarChart(
        bars=bars,
        most=Money(max(0, most), currency),
        total=Money(sum(minor for _, minor in found), currency),
        count=sum(count for count, _ in found),
    )


def waterfall(changes: Sequence[int]) -> list[Step]:
    """One step for each change, and a last one for what remains. The first begins at nothing."""
    levels, level = [0], 0
    for change in changes:
        level += change
        levels.append(level)
    low, high = min(levels), max(levels)
    span = max(1, high - low)
    spans = [*itertools.pairwise(levels), (0, level)]
    return [_step(min(pair), max(pair), low, span) for pair in spans]


def _step(begin: int, end: int, low: int, span: int) -> Step:
    width = max(LEAST // 4, (end - begin) * WIDTH // span)
    return Step(min((begin - low) * WIDTH // span, WIDTH - width), width)


def _height(minor: int, most: int) -> int:
    return 0 if minor <= 0 or most <= 0 else max(LEAST, minor * HEIGHT // most)
