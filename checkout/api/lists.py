"""One shape for every list: limit, after, before; newest first; a row more than asked for tells whether there are more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app

from checkout.api.cursors import Cursors, Place
from checkout.api.validation import invalid
from checkout.core.errors import FieldError

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for. At most one of after (older rows) and before (newer rows) is set."""

    limit: int
    after: Place | None
    before: Place | None


def window_of(list_name: str, query: dict[str, Any]) -> Window:
    """Takes limit, after and before out of a validated query.

    Raises:
        InvalidCursor. InvalidParameter: both cursors.
    """
    after, before = query.pop("after", None), query.pop("before", None)
    if after is not None and before is not None:
        raise invalid([FieldError("/before", "exclusive", "cannot be combined with after")])
    cursors = _cursors(list_name)
    return Window(
        limit=query.pop("limit"),
        after=cursors.read(after) if after is not None else None,
        before=cursors.read(before) if before is not None else None,
    )


def list_json(
    list_name: str,
    window: Window,
    rows: Sequence[Row],
    *,
    place_of: Callable[[Row], Place],
    show: Callable[[Row], dict[str, Any]],
) -> dict[str, Any]:
    """The answer, from up to `limit + 1` rows, newest first. next_cursor goes on in the direction asked for:
    as `after` to older rows, or as `before` to newer ones."""
    has_more = len(rows) > window.limit
    if window.before is not None:
        shown = rows[-window.limit :]
        edge = shown[0] if shown else None
    else:
        shown = rows[: window.limit]
        edge = shown[-1] if shown else None
    next_cursor = _cursors(list_name).write(place_of(edge)) if has_more and edge is not None else None
    return {
        "object": "list",
        "data": [show(row) for row in shown],
        "has_more": has_more,
        "next_cursor": next_cursor,
    }


def _cursors(list_name: str) -> Cursors:
    return Cursors(current_app.config["SECRET_KEY"], list_name)
