"""A page of a list: newest first, cut at a row's own place, counted exactly up to a bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

Row = TypeVar("Row")

PAGE_ROWS: Final = 50
COUNTED: Final = 10_000  # beyond it a count costs more than it tells
EXPORTED: Final = 5_000  # rows of one file: what a spreadsheet and one request bear


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a page begins: at most one of the two is set, to the key of the row it lies after or before."""

    after: str | None = None
    before: str | None = None
    limit: int = PAGE_ROWS


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`older` and `newer`: the keys to go on from, where there is more. `total` counts at most COUNTED + 1."""

    rows: tuple[Row, ...]
    total: int
    older: str | None
    newer: str | None


def page_of(rows: Sequence[Row], cut: Cut, *, total: int, key: Callable[[Row], str]) -> Page[Row]:
    """From up to `limit + 1` rows read in the cut's direction: downwards, or upwards where it says `before`."""
    more = len(rows) > cut.limit
    shown = list(rows[: cut.limit])
    if cut.before is not None:
        shown.reverse()
        older, newer = bool(shown), more
    else:
        older, newer = more, cut.after is not None and bool(shown)
    return Page(
        rows=tuple(shown),
        total=total,
        older=key(shown[-1]) if older else None,
        newer=key(shown[0]) if newer else None,
    )
