"""Writes a file's rows: movements by COPY in PostgreSQL's text format, the file's bytes in blocks. Bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from checkout.reconciliation.formats.line import OtherLine, SettlementLine

CHUNK_ROWS: Final = 10_000  # a COPY, some 2 MB of text: few statements, little memory
BLOCK_ROWS: Final = 500  # rows whose bytes lie together, some 75 kB: large enough to be compressed well
COPY_LINES: Final = """
    COPY settlement_lines (file_id, line, psp, business_on, kind, type, number, source_id, reference, gross_minor,
                           fee_minor, net_minor, currency, occurred_at, method) FROM STDIN
"""
WRITE_BLOCK: Final = """
    INSERT INTO settlement_blocks (file_id, first_line, lines, lengths, raw)
    VALUES (%(file_id)s, %(first_line)s, %(lines)s, %(lengths)s, %(raw)b)
"""
TABS: Final = 14  # between the columns of a row; more of them, and one lies within a value
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Row = SettlementLine | OtherLine


class RowWriter:
    """Takes the rows of one file in their order."""

    def __init__(self, session: Session, file_id: UUID, psp: str, business_on: date) -> None:
        self._connection: psycopg.Connection[Any] = session.connection().connection.dbapi_connection  # type: ignore[assignment]
        self._file_id = file_id
        self._head = f"{file_id}\t"
        self._day = f"\t{psp}\t{business_on}\t"

    def write(self, rows: Iterable[Row]) -> int:
        """Writes all of them; returns how many are movements. What the rows raise ends it, and nothing is there."""
        count = 0
        chunk: list[Row] = []
        for row in rows:
            chunk.append(row)
            if len(chunk) == CHUNK_ROWS:
                count += self._write_chunk(chunk)
                chunk.clear()
        return count + (self._write_chunk(chunk) if chunk else 0)

    def _write_chunk(self, chunk: list[Row]) -> int:
        lines = [self._text(row) for row in chunk if isinstance(row, SettlementLine)]
        with self._connection.cursor() as cursor:
            with cursor.copy(COPY_LINES) as copy:
                copy.write("".join(lines))
            for start in range(0, len(chunk), BLOCK_ROWS):
                block = chunk[start : start + BLOCK_ROWS]
                cursor.execute(
                    WRITE_BLOCK,
                    {
                        "file_id": self._file_id,
                        "first_line": block[0].line,
                        "lines": [row.line for row in block],
                        "lengths": [len(row.raw) for row in block],
                        "raw": b"".join([row.raw for row in block]),
                    },
                )
        return len(lines)

    def _text(self, row: SettlementLine) -> str:
        """Values seldom need an escape: the whole row is asked at once, since that is cheaper than each value."""
        text = self._joined(row, row.type, row.number, row.source_id, row.reference, row.method)
        if "\\" in text or "\r" in text or text.count("\t") != TABS or text.count("\n") != 1:
            values = (row.type, row.number, row.source_id, row.reference, row.method)
            return self._joined(row, *(value.translate(_ESCAPES) for value in values))
        return text

    def _joined(
        self, row: SettlementLine, type: str, number: str, source_id: str, reference: str, method: str
    ) -> str:
        return (
            f"{self._head}{row.line}{self._day}{row.kind}\t{type}\t{number}\t{source_id}\t{reference}\t"
            f"{row.gross_minor}\t{row.fee_minor}\t{row.net_minor}\t{row.currency}\t{_moment(row.occurred_at)}\t{method}\n"
        )


@lru_cache(maxsize=4096)
def _moment(at: datetime) -> str:
    return at.isoformat()


def write_others(session: Session, file_id: UUID, others: list[OtherLine]) -> None:
    """Headers, footers, empty lines and what could not be read."""
    connection: psycopg.Connection[Any] = session.connection().connection.dbapi_connection  # type: ignore[assignment]
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO settlement_other_lines (file_id, line, role, code, detail, number, source_id)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (file_id, row.line, row.role, row.code, row.detail, row.number, row.source_id)
                for row in others
            ],
        )
