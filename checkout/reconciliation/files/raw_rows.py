"""The bytes of settlement files as they came: of single rows, and of a whole file."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.errors import NotFound
from checkout.db.statement import run

# A block holds the rows from its first line up to the next block's: the one before the first wanted line counts too.
BLOCKS: Final = """
    SELECT first_line, lines, lengths, raw, packing FROM settlement_blocks
     WHERE file_id = %(file_id)s AND first_line <= %(last)s
       AND first_line >= coalesce((SELECT max(first_line) FROM settlement_blocks
                                    WHERE file_id = %(file_id)s AND first_line <= %(first)s), 0)
     ORDER BY first_line
"""
BLOCK_AFTER: Final = """
    SELECT first_line, raw, packing FROM settlement_blocks
     WHERE file_id = %(file_id)s AND first_line > %(after)s ORDER BY first_line LIMIT 1
"""


def raw_rows(file_id: UUID, first: int, last: int) -> dict[int, bytes]:
    """The bytes of the file's rows that begin on the lines from `first` to `last`, line ends included, by line."""
    found: dict[int, bytes] = {}
    for block in run(BLOCKS, file_id=file_id, first=first, last=last):
        raw, offset = _unpacked(block), 0
        for line, length in zip(block.lines, block.lengths, strict=True):
            if first <= line <= last:
                found[line] = raw[offset : offset + length]
            offset += length
    return found


def raw_row(file_id: UUID, line: int) -> bytes:
    """
    Raises:
        NotFound: no row of the file begins on that line.
    """
    found = raw_rows(file_id, line, line)
    if line not in found:
        raise NotFound("no such line")
    return found[line]


def whole_file(file_id: UUID) -> Iterator[bytes]:
    """The file from its first byte to its last, a block at a time; nothing of a file that was refused."""
    after = -1
    while rows := run(BLOCK_AFTER, file_id=file_id, after=after):
        after = rows[0].first_line
        yield _unpacked(rows[0])


def _unpacked(block: Row[Any]) -> bytes:
    raw = bytes(block.raw)
    return zlib.decompress(raw) if block.packing == "zlib" else raw


def shown(raw: bytes) -> str:
    """A row as it can be shown: bytes that are no text stand as \\x.., and the line's end is left out."""
    return raw.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
