"""How a WSGI application lets a connection break: below Flask, by an error that the server takes for a lost peer.

Flask would turn an exception of a view into an answer, so the view only leaves a mark in the environ; this
middleware, outside of Flask, sees it. gunicorn and werkzeug both answer a BrokenPipeError by closing the socket
without another byte.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any, Final

MARK: Final = "mockpsp.drop"
CLOSE: Final = "close"
RESET: Final = "reset"
_SOCKETS: Final = ("gunicorn.socket", "werkzeug.socket")

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Droppable:
    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = self._application(environ, start_response)
        how = environ.get(MARK)
        if how is None:
            return answer
        if how == RESET:
            _reset(environ)
        raise BrokenPipeError(errno.EPIPE, "a fault drops this connection")


def _reset(environ: Environ) -> None:
    """Ends the connection with RST, as a host that refuses it would.

    A linger of zero seconds turns the close into a reset, but the server would say goodbye first (FIN). So the
    connection is closed from under it: its descriptor is given to a socket that leads nowhere.
    """
    for name in _SOCKETS:
        raw = environ.get(name)
        if isinstance(raw, socket.socket):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with socket.socket() as nowhere:
                os.dup2(nowhere.fileno(), raw.fileno())
