"""Writes a file's rows: movements by COPY in PostgreSQL's text format, the file's bytes in packed blocks. PostgreSQL writes
them, and a second thread packs, while the next rows are read. Bounded memory."""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from itertools import chain
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from checkout.core.crash_points import crash_point
from checkout.reconciliation.formats.chunk import Chunk, Movements
from checkout.reconciliation.formats.line import OtherLine

# Of the file, for one COPY of each table. Meanwhile its blocks are held, packed; at its end nothing is read until PostgreSQL
# has written what waits in the socket.
BATCH_BYTES: Final = 1 << 21
BLOCK_BYTES: Final = 1 << 18  # of the file, packed at once: what is looked up of it is unpacked as a whole
WAITING_MOST: Final = 2  # blocks that are not packed yet: on a busy machine the second thread falls behind
PACKING_LEVEL: Final = (
    1  # the repetition of a report goes, to a fifth; higher levels take longer than all the rest
)
COPY_LINES: Final = """
    COPY settlement_lines (file_id, psp, business_on, line, kind, type, number, source_id, reference, gross_minor,
                           fee_minor, net_minor, currency, occurred_at, method) FROM STDIN
"""
COPY_BLOCKS: Final = """
    COPY settlement_blocks (file_id, first_line, lines, lengths, raw, packing) FROM STDIN (FORMAT BINARY)
"""
# PostgreSQL's binary format of COPY: a head, per row the number of fields and each with its length, an end.
BINARY_HEAD: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
BINARY_END: Final = b"\xff\xff"
BLOCK_FIELDS: Final = 6
INT4: Final = 23  # its number among PostgreSQL's types
ZLIB: Final = b"zlib"
TEXTS: Final = ("type", "number", "source_id", "reference", "method")  # columns with the file's own words
MARKS: Final = "\\\t\n\r"  # of the text format itself
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class RowWriter:
    """Takes the rows of one file in their order."""

    def __init__(self, session: Session, file_id: UUID, psp: str, business_on: date) -> None:
        self._connection: psycopg.Connection[Any] = session.connection().connection.dbapi_connection  # type: ignore[assignment]
        self._file_id = file_id
        self._head = f"{file_id}\t{psp}\t{business_on}\t"

    def write(self, chunks: Iterable[Chunk]) -> int:
        """Writes all of them; returns how many are movements. What the chunks raise ends it, and nothing is there.

        What is handed to the connection waits in its socket, where PostgreSQL takes it while the next rows are read: that
        needs no thread, which would wait for this one's lock at each of its steps. Packing holds no lock.
        """
        count = 0
        left = iter(chunks)
        with ThreadPoolExecutor(1, "settlement-packer") as packer:
            while (first := next(left, None)) is not None:
                count += self._write(chain([first], left), packer)
        return count

    def _write(self, chunks: Iterator[Chunk], packer: ThreadPoolExecutor) -> int:
        """One batch of them."""
        blocks: list[Future[bytes]] = []
        count = size = 0
        held: list[Chunk] = []
        with self._connection.cursor() as cursor:
            with cursor.copy(COPY_LINES) as copy:
                while size < BATCH_BYTES and (chunk := next(chunks, None)) is not None:
                    copy.write(_text(chunk.movements, self._head))
                    count += len(chunk.movements.line)
                    size += len(chunk.raw)
                    held.append(chunk)
                    if sum(len(chunk.raw) for chunk in held) >= BLOCK_BYTES:
                        blocks.append(packer.submit(_block, held, self._file_id))
                        held = []
                        wait(blocks[:-WAITING_MOST])
            if held:
                blocks.append(packer.submit(_block, held, self._file_id))
            with cursor.copy(COPY_BLOCKS) as copy:
                copy.write(BINARY_HEAD)
                for block in blocks:
                    copy.write(block.result())
                copy.write(BINARY_END)
        crash_point("reconciliation.receive.batch")
        return count


def _text(movements: Movements, head: str) -> str:
    """The rows, each with what all of them begin with."""
    if _needs_escapes(movements):
        escaped = {name: [value.translate(_ESCAPES) for value in getattr(movements, name)] for name in TEXTS}
        movements = movements._replace(**escaped)
    rows = [
        f"{head}{line}\t{kind}\t{type}\t{number}\t{source}\t{reference}\t{gross}\t{fee}\t{net}\t{code}\t{at}\t{method}\n"
        for line, kind, type, number, source, reference, gross, fee, net, code, at, method in zip(
            *movements, strict=True
        )
    ]
    return "".join(rows)


def _needs_escapes(movements: Movements) -> bool:
    """Values seldom do: all of them are asked at once, which is cheaper than each by itself."""
    every = " ".join([value for name in TEXTS for value in getattr(movements, name)])
    return any(mark in every for mark in MARKS)


def _block(chunks: Sequence[Chunk], file_id: UUID) -> bytes:
    """A row of settlement_blocks in PostgreSQL's binary format."""
    fields = (
        file_id.bytes,
        struct.pack("!i", chunks[0].lines[0]),
        _integers([line for chunk in chunks for line in chunk.lines]),
        _integers([length for chunk in chunks for length in chunk.lengths]),
        zlib.compress(b"".join([chunk.raw for chunk in chunks]), PACKING_LEVEL),
        ZLIB,
    )
    parts = [struct.pack("!h", BLOCK_FIELDS)]
    for value in fields:
        parts += (struct.pack("!i", len(value)), value)
    return b"".join(parts)


def _integers(values: Sequence[int]) -> bytes:
    """An integer[]: dimensions, no nulls, type, length, lower bound; then each with its length of four bytes."""
    pairs = array("i", bytes(8 * len(values)))
    pairs[::2] = array("i", [4]) * len(values)
    pairs[1::2] = array("i", values)
    if sys.byteorder == "little":
        pairs.byteswap()
    return struct.pack("!5i", 1, 0, INT4, len(values), 1) + pairs.tobytes()


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
