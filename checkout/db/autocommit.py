"""Connections for statements that run by themselves: nothing is begun, reset or rolled back on them.

SQLAlchemy's pool is made for transactions: to take a connection from it and give it back costs half as much as sending
a statement.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import Any, Final

import psycopg
from sqlalchemy import Row, exc

from checkout.db.driver import PLAN_OUTDATED, Cursors, as_sqlalchemys

CLOSED_BY_SERVER: Final = select.POLLIN | select.POLLHUP | select.POLLERR


class Connections:
    """At most `size` at a time. The one used last is used next: its server process has everything at hand."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection[Any]], *, size: int, wait_seconds: float
    ) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait_seconds
        self._idle: list[_Line] = []
        self._places: SimpleQueue[None] = SimpleQueue()
        self._closed = False
        for _ in range(size):
            self._places.put(None)

    def run(self, sql: str, parameters: Mapping[str, Any]) -> list[Row[Any]]:
        """Sends one statement and fetches its rows.

        Raises:
            DBAPIError: of the same classes as from SQLAlchemy. sqlalchemy.exc.TimeoutError: all are in use.
        """
        try:
            self._places.get(timeout=self._wait_seconds)
        except Empty:
            raise exc.TimeoutError(f"all {self._size} connections for single statements are in use") from None
        try:
            return self._run(sql, parameters)
        finally:
            self._places.put(None)

    def close(self) -> None:
        """Closes those that are idle now, and each other one when it comes back."""
        self._closed = True
        while (line := self._pop()) is not None:
            line.close()

    def _run(self, sql: str, parameters: Mapping[str, Any]) -> list[Row[Any]]:
        line = self._alive() or self._made()
        is_sound = False
        try:
            found = line.send(sql, parameters)
            is_sound = True
            return found
        except psycopg.Error as error:
            is_sound = not line.is_broken and error.sqlstate != PLAN_OUTDATED
            raise as_sqlalchemys(error, sql, parameters, lost=not is_sound) from error
        finally:  # what was interrupted is not sound: nobody knows what the server was told
            if is_sound and not self._closed:
                self._idle.append(line)
            else:
                line.close()

    def _made(self) -> _Line:
        try:
            return _Line(self._connect())
        except psycopg.Error as error:
            raise as_sqlalchemys(error, None, None) from error

    def _alive(self) -> _Line | None:
        while (line := self._pop()) is not None:
            if line.is_alive():
                return line
            line.close()
        return None

    def _pop(self) -> _Line | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None


class _Line:
    """One connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._poller = select.poll()
        self._poller.register(connection.fileno(), CLOSED_BY_SERVER)
        self.send = Cursors(connection).fetch

    @property
    def is_broken(self) -> bool:
        return self._connection.closed

    def is_alive(self) -> bool:
        """One that the server has closed is readable: found with one poll, without a round trip."""
        return not self._poller.poll(0)

    def close(self) -> None:
        self._connection.close()
