"""The mock's truth: one SQLite file. This module knows its tables; the shapes inside belong to the other modules.

One connection, one lock: every request's work is one transaction of some microseconds, so writers never wait for a
busy database and a reader never sees half of a payment. WAL with synchronous=NORMAL: a commit is a write without a
sync to disk, so kill -9 of this process loses nothing (the kernel holds the pages); only a power cut could lose the
last moments, which a mock may.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from checkout.mockpsp.tables import _REST, _TABLE, KINDS

Json = dict[str, Any]
Values = Sequence[Any] | Mapping[str, Any]


_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def dumps(value: Any) -> str:
    return _ENCODER.encode(value)


@dataclass(slots=True)
class _Held:
    """An object in the hands of one transaction. `text` is its JSON, made when somebody first needs it."""

    thing: Json
    private: Json
    is_new: bool = False
    is_changed: bool = False
    text: str | None = None


class Transaction:
    """What may be read and written while the store's lock is held.

    Objects are read once and written once, at the end or before a query that could miss them: a payment changes its
    session, intent and charge several times in one transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._held: dict[tuple[str, str], _Held] = {}

    # -- objects

    def insert(self, thing: Json, *, private: Json | None = None) -> None:
        held = _Held(thing, private or {}, is_new=True, is_changed=True)
        self._held[(thing["object"], thing["id"])] = held

    def update(self, thing: Json) -> None:
        held = self._hold(thing["object"], thing["id"])
        assert held is not None, "only what exists is changed"
        held.thing, held.is_changed, held.text = thing, True, None

    def set_private(self, kind: str, object_id: str, private: Json) -> None:
        held = self._hold(kind, object_id)
        assert held is not None, "only what exists is changed"
        held.private, held.is_changed = private, True

    def text(self, thing: Json) -> str:
        """The object's JSON as of its last change."""
        held = self._held.get((thing["object"], thing.get("id", "")))
        if held is None or held.thing is not thing:
            return dumps(thing)
        if held.text is None:
            held.text = dumps(thing)
        return held.text

    def get(self, kind: str, object_id: str) -> Json | None:
        held = self._hold(kind, object_id)
        return None if held is None else held.thing

    def private(self, kind: str, object_id: str) -> Json:
        """What the mock knows of an object and never shows."""
        held = self._hold(kind, object_id)
        return {} if held is None else held.private

    def account_of(self, kind: str, object_id: str) -> str:
        """Whose object it is: a connected account's id, "" for the platform."""
        table = KINDS[kind].table
        row = self.query(f"select coalesce(account, '') from {table} where id = ?", [object_id]).fetchone()
        return "" if row is None else str(row[0])

    def _hold(self, kind: str, object_id: str) -> _Held | None:
        held = self._held.get((kind, object_id))
        if held is None:
            row = self._connection.execute(
                f"select body, private from {KINDS[kind].table} where id = ?", [object_id]
            ).fetchone()
            if row is None:
                return None
            held = _Held(parse(row[0]), parse(row[1]) if row[1] else {}, text=row[0])
            self._held[(kind, object_id)] = held
        return held

    def find(self, kind: str, column: str, value: str) -> Json | None:
        """The newest object of a kind whose column holds the value."""
        assert column in KINDS[kind].columns
        row = self.query(
            f"select id from {KINDS[kind].table} where {column} = ? order by seq desc limit 1", [value]
        ).fetchone()
        return None if row is None else self.get(kind, row[0])

    # -- statements

    def query(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """A statement that may look at objects: it sees all that was changed so far."""
        self.flush()
        return self._connection.execute(sql, values)

    def run(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """A statement on other tables than those of objects."""
        return self._connection.execute(sql, values)

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            self._connection.executemany(sql, rows)

    def flush(self) -> None:
        for held in self._held.values():
            if held.is_changed:
                self._store(held)
                held.is_new = held.is_changed = False

    def _store(self, held: _Held) -> None:
        thing = held.thing
        kind = KINDS[thing["object"]]
        private = dumps(held.private) if held.private else None
        filters = (thing.get(column, held.private.get(column)) for column in kind.columns)
        values = [*filters, self.text(thing), private, thing["id"]]
        if held.is_new:
            names = ", ".join((*kind.columns, "body", "private", "id", "created"))
            marks = ",".join("?" * (len(values) + 1))
            self._connection.execute(
                f"insert into {kind.table} ({names}) values ({marks})", [*values, thing["created"]]
            )
        else:
            sets = ", ".join(f"{column} = ?" for column in (*kind.columns, "body", "private"))
            self._connection.execute(f"update {kind.table} set {sets} where id = ?", values)

    # -- settings

    def setting(self, name: str, default: str) -> str:
        row = self._connection.execute("select value from settings where name = ?", [name]).fetchone()
        return default if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        self.run("insert or replace into settings (name, value) values (?, ?)", [name, value])


class Store:
    """The file. `transaction()` is the only door to it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # its journal gets the same mode
        self._path = path
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.execute("pragma busy_timeout = 5000")
        tables = "".join(
            _TABLE.format(table=kind.table, columns="".join(f"{column}, " for column in kind.columns))
            for kind in KINDS.values()
        )
        self._connection.executescript(f"begin; {tables} commit;")
        self._add_missing_columns()
        self._connection.executescript(f"begin; {_REST} commit;")

    def _add_missing_columns(self) -> None:
        """A file that an older version made keeps its rows: what they say nothing of stays unsaid."""
        for kind in KINDS.values():
            there = {row[1] for row in self._connection.execute(f"pragma table_info({kind.table})")}
            for column in kind.columns:
                if column not in there:
                    self._connection.execute(f"alter table {kind.table} add column {column}")

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: committed when the block ends, undone when it raises."""
        with self._lock:
            work = Transaction(self._connection)
            self._connection.execute("begin")
            try:
                yield work
                work.flush()
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A reader of its own for long reads: it never makes a payment wait."""
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        try:
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def parse(text: str) -> Json:
    value = json.loads(text)
    assert isinstance(value, dict)
    return value
