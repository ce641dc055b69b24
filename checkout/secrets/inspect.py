"""Which data key each sealed value is under, read from the values themselves without opening one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.db.statement import run
from checkout.secrets.data_keys import READ_CURRENT, Purpose, data_key_rows
from checkout.secrets.providers import KeyProvider
from checkout.secrets.registry import SEALED_COLUMNS, SealedColumn

BATCH: Final = 500  # rows a statement reads or writes: it ends long before the statement timeout
FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Status:
    """`values` counts sealed values by (column as "table.column", data key). `behind` counts what a rotation would
    still have to do: values under another key than the current one, and data keys under another KEK."""

    kek_id: str
    current: UUID | None
    keys: tuple[dict[str, Any], ...]
    values: dict[tuple[str, UUID | None], int]
    behind: int
    keys_behind: int


def read_status(provider: KeyProvider, columns: Sequence[SealedColumn] = SEALED_COLUMNS) -> Status:
    """Reads every sealed value's header."""
    kek_id = provider.current_kek_id()
    keys = data_key_rows()
    current = run(READ_CURRENT, purpose=Purpose.SEAL)
    current_id = current[0].id if current else None
    values = count_by_key(columns)
    return Status(
        kek_id=kek_id,
        current=current_id,
        keys=tuple(dict(row._mapping) for row in keys),
        values=values,
        behind=sum(number for (_, key), number in values.items() if key != current_id),
        keys_behind=sum(row.kek_id != kek_id for row in keys),
    )


def count_by_key(columns: Sequence[SealedColumn]) -> dict[tuple[str, UUID | None], int]:
    """How many values of each column are under each key; None for bytes that are no sealed value."""
    found: Counter[tuple[str, UUID | None]] = Counter()
    for column in columns:
        for batch in walk(column):
            found.update((f"{column.table}.{column.column}", _key_id(row.header)) for row in batch)
    return dict(found)


def walk(column: SealedColumn, *, whole: bool = False) -> Iterator[Sequence[Row[Any]]]:
    """The column's rows in batches, in the order of their ids: (row, header), and the value where `whole`."""
    value = f", {column.column} AS value" if whole else ""
    last = FIRST
    while True:
        batch = run(
            f"""
            SELECT {column.key} AS row, substring({column.column} FROM 1 FOR 17) AS header{value}
              FROM {column.table} WHERE {column.column} IS NOT NULL AND {column.key} > %(last)s
             ORDER BY {column.key} LIMIT %(limit)s
            """,
            last=last,
            limit=BATCH,
        )
        if not batch:
            return
        yield batch
        last = batch[-1].row


def _key_id(header: bytes) -> UUID | None:
    header = bytes(header)
    return UUID(bytes=header[1:]) if len(header) == 17 and header[0] == 1 else None
