"""Writes a file's rows by COPY in PostgreSQL's text format, a block at a time: no statement per row, bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from checkout.reconciliation.formats.line import OtherLine, SettlementLine

BLOCK_ROWS: Final = 1_000  # some 500 kB: few writes, little memory
COPY_LINES: Final = """
    COPY settlement_lines (file_id, line, psp, business_on, kind, type, number, source_id, reference, gross_minor,
                           fee_minor, net_minor, currency, occurred_at, raw) FROM STDIN
"""
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class LineCopy:
    """Takes rows in their order; `others` collects what is no movement, which are few."""

    def __init__(self, session: Session, file_id: UUID, psp: str, business_on: date) -> None:
        self._session = session
        self._head = f"{file_id}\t"
        self._day = f"\t{_text(psp)}\t{business_on}\t"

    def write(self, lines: Iterator[SettlementLine]) -> int:
        """Copies all lines; returns how many. What the iterator raises ends the COPY, and nothing is there."""
        connection: psycopg.Connection[object] = self._session.connection().connection.dbapi_connection  # type: ignore[assignment]
        count = 0
        with connection.cursor() as cursor, cursor.copy(COPY_LINES) as copy:
            block: list[str] = []
            for line in lines:
                block.append(self._row(line))
                if len(block) == BLOCK_ROWS:
                    copy.write("".join(block))
                    count += len(block)
                    block.clear()
            copy.write("".join(block))
            count += len(block)
        return count

    def _row(self, line: SettlementLine) -> str:
        return (
            f"{self._head}{line.line}{self._day}{line.kind}\t{_text(line.type)}\t{_text(line.number)}\t"
            f"{_text(line.source_id)}\t{_text(line.reference)}\t{line.gross_minor}\t{line.fee_minor}\t"
            f"{line.net_minor}\t{line.currency}\t{line.occurred_at.isoformat()}\t\\\\x{line.raw.hex()}\n"
        )


def write_others(session: Session, file_id: UUID, others: list[OtherLine]) -> None:
    """Headers, footers, empty lines and what could not be read."""
    connection: psycopg.Connection[object] = session.connection().connection.dbapi_connection  # type: ignore[assignment]
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO settlement_other_lines (file_id, line, role, code, detail, raw)
            VALUES (%s, %s, %s, %s, %s, %s)
            """,
            [(file_id, row.line, row.role, row.code, row.detail, row.raw) for row in others],
        )


def _text(value: str) -> str:
    """Most values need no escape: asked first, since it is cheaper than to translate."""
    if value.isalnum() or not any(c in value for c in "\\\t\n\r"):
        return value
    return value.translate(_ESCAPES)
