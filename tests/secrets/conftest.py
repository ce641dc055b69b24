"""A table with one sealed column, for tests of what happens to sealed values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import pytest

from checkout.core.ids import new_uuid
from checkout.db.statement import run
from checkout.secrets import open_sealed, seal
from checkout.secrets.registry import SealedColumn
from tests.conftest import Database


@dataclass(frozen=True)
class Drawer:
    """Rows of (id, note_sealed)."""

    column: ClassVar[SealedColumn] = SealedColumn("test_drawer", "note_sealed")

    def put(self, note: bytes, row: UUID | None = None) -> UUID:
        row = row or new_uuid()
        run(
            "INSERT INTO test_drawer VALUES (%(id)s, %(value)s)"
            " ON CONFLICT (id) DO UPDATE SET note_sealed = EXCLUDED.note_sealed",
            id=row,
            value=seal(note, table="test_drawer", column="note_sealed", row=row),
        )
        return row

    def read(self, row: UUID) -> bytes:
        ((value,),) = run("SELECT note_sealed FROM test_drawer WHERE id = %(id)s", id=row)
        return open_sealed(value, table="test_drawer", column="note_sealed", row=row)


@pytest.fixture
def drawer(db: Database) -> Iterator[Drawer]:
    db.rows("CREATE TABLE test_drawer (id uuid PRIMARY KEY, note_sealed bytea)")
    db.rows("GRANT SELECT, INSERT, UPDATE ON test_drawer TO checkout_app")
    yield Drawer()
    db.rows("DROP TABLE test_drawer")
