"""Query strings, as declared to clients."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from checkout.api.schemas.strict import Choice, Currency, StrictSchema, Text, Wrong
from checkout.payments.states import STATUSES

LIMIT_DEFAULT, LIMIT_MOST = 25, 100
CURSOR_LENGTH = 500

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class Limit(Text):
    """How many rows, 1 to 100: digits, since a query string knows no numbers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(3, load_default=LIMIT_DEFAULT, **options)

    def _convert(self, value: str) -> int:
        if not re.fullmatch(r"[0-9]+", value) or not 1 <= int(value) <= LIMIT_MOST:
            raise Wrong("out_of_range", f"must be an integer between 1 and {LIMIT_MOST}")
        return int(value)


class Moment(Text):
    """A point in time, RFC 3339 with its offset."""

    def __init__(self, **options: Any) -> None:
        options["metadata"] = {"format": "date-time", **options.get("metadata", {})}
        super().__init__(
            40, shape=_MOMENT, what="must be a time like 2026-11-21T09:30:00Z (write + as %2B)", **options
        )

    def _convert(self, value: str) -> datetime:
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Wrong("invalid_format", "must be a time that exists, like 2026-11-21T09:30:00Z") from None


class PageQuery(StrictSchema):
    """Where in a list."""

    limit = Limit(metadata={"description": "1 to 100 rows; 25 where it is left out."})
    after = Text(
        CURSOR_LENGTH, metadata={"description": "next_cursor of the page before: goes on to older rows."}
    )
    before = Text(CURSOR_LENGTH, metadata={"description": "A cursor: the rows just newer than it."})


class PaymentsQuery(PageQuery):
    """Which payments, and where in the list."""

    status = Choice(STATUSES)
    currency = Currency()
    created_from = Moment(metadata={"description": "Created at or after this time."})
    created_before = Moment(metadata={"description": "Created before this time."})
    seller = Text(64, metadata={"description": "Payments that hold an order of this seller."})
    reference = Text(200, metadata={"description": "Payments that hold an order with this reference."})


class NoQuery(StrictSchema):
    """Takes no parameters."""
