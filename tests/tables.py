"""The whole database as text, table by table: what somebody who stole a dump could read."""

from __future__ import annotations

import json

from tests.conftest import Database


def everything_in(db: Database) -> dict[str, str]:
    """Each table's rows as JSON. A bytea stands there as its readable text too, where it is one."""
    tables = db.rows(
        "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return {table["name"]: _text(db, table["name"]) for table in tables}


def _text(db: Database, table: str) -> str:
    parts = []
    for row in db.rows(f'SELECT * FROM "{table}"'):
        for value in row.values():
            if isinstance(value, bytes | bytearray | memoryview):
                parts.append(bytes(value).decode("utf-8", "replace"))
            else:
                parts.append(json.dumps(value, default=str, ensure_ascii=False))
    return "\n".join(parts)
