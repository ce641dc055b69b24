"""Cursors of lists: the place of a row, signed, so that a client passes them on and makes none up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from checkout.core.errors import DomainError

CURSOR_LENGTH = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class InvalidCursor(DomainError):
    """Not made by this list, or changed."""

    code = "invalid_cursor"


class Place(NamedTuple):
    """Where a row stands in a list: newest first, ids decide between equals."""

    at: datetime
    id: UUID


class Cursors:
    """The cursors of one list, named by its address: another list's are refused."""

    def __init__(self, secret_key: str, list_name: str) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt=f"cursor:{list_name}")

    def write(self, place: Place) -> str:
        made = self._serializer.dumps([(place.at - EPOCH) // MICROSECOND, place.id.hex])
        return made.decode("ascii") if isinstance(made, bytes) else made

    def read(self, text: str) -> Place:
        """The place.

        Raises:
            InvalidCursor.
        """
        try:
            microseconds, id_hex = self._serializer.loads(text[:CURSOR_LENGTH])
            place = Place(EPOCH + microseconds * MICROSECOND, UUID(hex=id_hex))
        except (BadData, ValueError, TypeError, AttributeError, OverflowError):
            raise InvalidCursor("the cursor was not made by this list") from None
        if self.write(place) != text:  # base64 has several spellings of the same bytes
            raise InvalidCursor("the cursor was changed")
        return place
