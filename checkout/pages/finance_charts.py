"""The charts of finance's first page: lines and bars laid out in whole units, each with the figures as a table and the way
into the list. Pure but for addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final, Literal

from flask import url_for

from checkout.core.money import Money
from checkout.pages.charts import BAR, HEIGHT, LEAST, PLACE
from checkout.reporting.finance_nights import DayDiffered, DayResolved, NightMatched
from checkout.wording.money import with_code
from checkout.wording.times import duration

DAYS: Final = 30
FLOOR_STEP: Final = (
    10  # per mille: a line of matched rows begins at the next whole per cent below its lowest point,
)
FINE_FROM: Final = 900  # where all of it is up there; else at nothing
ALL: Final = 1000


@dataclass(frozen=True, slots=True)
class Point:
    """One day: `said` is its figure in words, `more` what stands beside it, `url` the list behind it."""

    day: date
    said: str
    more: str
    url: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Chart:
    """`form`: how it is drawn. `bottom` and `top`: what its lower and upper edge stand for. `url`: the list of it all."""

    id: str
    form: Literal["line", "bars"]
    title: str
    desc: str
    column: str
    more: str
    first: date
    last: date
    bottom: str
    top: str
    points: Sequence[Point]
    url: str
    link: str

    @property
    def width(self) -> int:
        return DAYS * PLACE

    @property
    def path(self) -> str:
        """A line breaks where a day has no figure."""
        parts, before = [], None
        for point in self.points:
            follows = before is not None and point.day - before == timedelta(days=1)
            parts.append(f"{'L' if follows else 'M'}{point.x} {point.y}{'' if follows else 'h1'}")
            before = point.day
        return "".join(parts)


def matched_charts(nights: Sequence[NightMatched], today: date) -> list[Chart]:
    """Of each PSP, the share of rows that matched, by day of its files."""
    return [_matched(psp, list(found), today) for psp, found in groupby(nights, lambda night: night.psp)]


def differed_charts(days: Sequence[DayDiffered], today: date) -> list[Chart]:
    """Of each currency, what differed, by day of the files."""
    return [
        _differed(code, list(found), today) for code, found in groupby(days, lambda day: day.amount.currency)
    ]


def resolved_chart(days: Sequence[DayResolved], today: date) -> Chart | None:
    """How long alerts had been there when they were resolved, by day of that. None where none was."""
    whole = next((day for day in days if day.day is None), None)
    if whole is None:
        return None
    found = {day.day: day for day in days if day.day is not None}
    seconds = {day: int(one.median.total_seconds()) for day, one in found.items()}
    most = max(seconds.values())
    points = [
        Point(
            day=day,
            said=duration(found[day].median),
            more=str(found[day].count),
            url=url_for("finance_alerts.index", status="resolved"),
            x=_place(day, today),
            y=HEIGHT - _high(seconds[day], most),
        )
        for day in sorted(found)
    ]
    return Chart(
        id="resolved", form="bars", title="Median time until an alert is resolved",
        desc=f"{duration(whole.median)} over {whole.count} {'alert' if whole.count == 1 else 'alerts'} in {DAYS} days.",
        column="Median", more="Resolved", first=_first(today), last=today, bottom="0",
        top=duration(max(one.median for one in found.values())), points=points,
        url=url_for("finance_alerts.index", status="resolved"), link="Resolved alerts",
    )  # fmt: skip


def _matched(psp: str, nights: Sequence[NightMatched], today: date) -> Chart:
    lowest = min(night.per_mille for night in nights)
    floor = min(lowest // FLOOR_STEP * FLOOR_STEP, ALL - FLOOR_STEP) if lowest >= FINE_FROM else 0
    points = [
        Point(
            day=night.business_on,
            said=f"{_percent(night.per_mille)} %",
            more=f"{night.rows:,}",
            url=url_for("finance_runs.show", run=night.run),
            x=_place(night.business_on, today),
            y=HEIGHT - (night.per_mille - floor) * HEIGHT // (ALL - floor),
        )
        for night in nights
    ]
    return Chart(
        id=f"matched-{psp}", form="line", title=f"Rows of {psp} that matched",
        desc=f"Lowest {_percent(lowest)} % in {DAYS} days, {_percent(nights[-1].per_mille)} % on the last one.",
        column="Matched", more="Rows", first=_first(today), last=today, bottom=f"{_percent(floor)} %", top="100 %",
        points=points, url=url_for("finance_runs.index", psp=psp), link=f"Nights of {psp}",
    )  # fmt: skip


def _differed(code: str, days: Sequence[DayDiffered], today: date) -> Chart:
    most = max(day.amount.amount_minor for day in days)
    total = Money(sum(day.amount.amount_minor for day in days), code)
    count = sum(day.count for day in days)
    points = [
        Point(
            day=day.business_on,
            said=with_code(day.amount),
            more=str(day.count),
            url=url_for("finance_runs.index", **_on(day.business_on)),
            x=_place(day.business_on, today),
            y=HEIGHT - _high(day.amount.amount_minor, most),
        )
        for day in days
    ]
    return Chart(
        id=f"differed-{code}", form="bars", title=f"What differed in {code}",
        desc=f"{with_code(total)} in {count} {'difference' if count == 1 else 'differences'} in {DAYS} days, whichever way; "
        "those that are explained by now too.",
        column="Differed", more="Differences", first=_first(today), last=today, bottom="0",
        top=with_code(Money(most, code)), points=points,
        url=url_for("finance_alerts.index", currency=code, sort="amount"), link=f"Open differences in {code}",
    )  # fmt: skip


def _on(day: date) -> dict[str, Any]:
    return {"from": day.isoformat(), "to": day.isoformat()}


def _first(today: date) -> date:
    return today - timedelta(days=DAYS - 1)


def _place(day: date, today: date) -> int:
    """The middle of a point, the left edge of a bar's place."""
    return PLACE * (day - _first(today)).days + (PLACE - BAR) // 2


def _high(value: int, most: int) -> int:
    return 0 if value <= 0 or most <= 0 else max(LEAST, value * HEIGHT // most)


def _percent(per_mille: int) -> str:
    return f"{per_mille // 10}.{per_mille % 10}"
