"""A deadline for what a client sends: a thread must not wait for ever on one that trickles.

gunicorn waits without end for the rest of a request once its first byte is there, and a timeout between two bytes is
met by one byte a second. So the whole head has a deadline, and the whole body another.
"""

from __future__ import annotations

import time
from typing import Any, Final

from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import SocketUnreader

HEAD_SECONDS: Final = 10.0  # request line and headers: they fit into a few packets
BODY_SECONDS: Final = 20.0  # 256 KiB at 13 KiB/s; a request as a whole has 30 s
SEND_SECONDS: Final = 30.0  # between two pieces of an answer that the client takes


class TooSlow(TimeoutError):
    """The body did not come in time."""


class HeadTooSlow(ParseException):  # type: ignore[misc]
    """The request line and the headers did not come in time."""


class PatientParser(RequestParser):  # type: ignore[misc]
    """gunicorn's own, with a deadline for each head that it reads and another for the body behind it."""

    def __init__(self, cfg: Any, sock: Any, client: Any) -> None:
        super().__init__(cfg, sock, client)
        self.unreader = PatientUnreader(sock)

    def __next__(self) -> Any:
        """The next request of the connection.

        Raises:
            HeadTooSlow.
        """
        self.unreader.allow(HEAD_SECONDS)
        try:
            request = super().__next__()
        except TooSlow:
            raise HeadTooSlow from None
        self.unreader.allow(BODY_SECONDS)
        return request


class PatientUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads from a socket until a deadline, which is set anew for each head and each body."""

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._deadline = time.monotonic() + HEAD_SECONDS

    def allow(self, seconds: float) -> None:
        """From now on so long, however many pieces it comes in."""
        self._deadline = time.monotonic() + seconds

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece.

        Raises:
            TooSlow: it did not come before the deadline.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TooSlow
        self.sock.settimeout(left)
        try:
            piece: bytes = super().chunk(size_hint)
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.sock.settimeout(SEND_SECONDS)
        return piece
