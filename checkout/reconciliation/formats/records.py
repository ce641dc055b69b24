"""A CSV file as records with the bytes they were read from: one at a time, or a block of them where each plainly stands on
a line of its own. Memory does not grow with the file (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import BinaryIO, Final, NamedTuple

from checkout.reconciliation.formats.line import SettlementFileInvalid

LINE_BYTES_MOST: Final = 64 * 1024  # a row has some hundred characters; one without an end is no row
BLOCK_BYTES: Final = (
    64 * 1024
)  # some 130 to 500 rows: with what is made of them they stay in a core's own cache
BOM: Final = b"\xef\xbb\xbf"

Record = tuple[int, list[str], bytes]  # line (of its first byte), fields, raw


class Block(NamedTuple):
    """Rows that each stand on one line, from `first_line` on. `text`: all of them, each ending in one newline; `fields`: those
    of each row, where some are quoted."""

    first_line: int
    delimiter: str
    text: str
    fields: list[list[str]] | None
    lengths: list[int]
    raw: bytes

    def columns(self, wanted: Sequence[int], width: int) -> dict[int, Sequence[str]] | None:
        """The columns that stand at these places, two at least; None where a row has not as many fields as `width`."""
        if self.fields is not None:
            if set(map(len, self.fields)) != {width}:
                return None
            pick = itemgetter(*wanted)
            return dict(zip(wanted, zip(*map(pick, self.fields), strict=True), strict=True))
        # All rows are cut at once. A line's end is a cell of its own: where each stands after `width` others, no row
        # is longer or shorter.
        end = f"{self.delimiter}\n{self.delimiter}"
        cells, step = self.text.replace("\n", end).split(self.delimiter), width + 1
        rows = len(self.lengths)
        if len(cells) != rows * step + 1 or cells[width::step].count("\n") != rows:
            return None
        cells.pop()  # what follows the last line's end
        return {place: cells[place::step] for place in wanted}

    def records(self) -> Iterator[Record]:
        """The same, one by one."""
        offset = 0
        rows = self.fields or [row.split(self.delimiter) for row in self.text.split("\n")[:-1]]
        for number, (fields, length) in enumerate(zip(rows, self.lengths, strict=True)):
            yield self.first_line + number, fields, self.raw[offset : offset + length]
            offset += length


class Records:
    """The records of a stream, in their order, with `next()` or a block at a time.

    Raises:
        SettlementFileInvalid: not in that encoding, a line without end, quotes that do not close.
    """

    def __init__(self, stream: BinaryIO, *, delimiter: str = ",", encoding: str = "utf-8") -> None:
        self._source = _Lines(stream, encoding)
        self._delimiter = delimiter
        self._reader = csv.reader(self._source, delimiter=delimiter, strict=True)

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        """The next record, an empty line as one without fields. A quoted field may run over line ends."""
        source, first = self._source, self._source.count + 1
        try:
            fields = next(self._reader)
        except csv.Error as error:
            raise SettlementFileInvalid("malformed_csv", f"cannot be read as CSV: {error}", first) from error
        raw, source.held = b"".join(source.held), []
        return first, fields, raw

    def block(self) -> Block | list[Record]:
        """The next rows at once, or, where one of them is odd, the same rows one by one; [] at the end."""
        source = self._source
        raw = source.whole_lines()
        block = _plain(raw, source.count + 1, source.encoding, self._delimiter)
        if block is not None:
            source.take(len(raw), lines=len(block.lengths))
            return block
        end = source.position + len(raw)
        found: list[Record] = []
        while source.position < end and (record := next(self, None)) is not None:
            found.append(record)
        return found


def records(stream: BinaryIO, *, delimiter: str = ",", encoding: str = "utf-8") -> Iterator[Record]:
    """Each record, one by one. See Records."""
    return Records(stream, delimiter=delimiter, encoding=encoding)


def _plain(raw: bytes, first_line: int, encoding: str, delimiter: str) -> Block | None:
    """The rows, if it is certain without reading them one by one what the careful way would read; else None."""
    if not raw.endswith(b"\n") or b"\x00" in raw or first_line == 1:
        return None
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    lengths = [length + 1 for length in map(len, raw.split(b"\n"))]
    lengths.pop()  # what follows the last line's end
    least = 2
    if b"\r" in raw:
        if not raw.count(b"\r") == raw.count(b"\r\n") == len(lengths):
            return None
        text, least = text.replace("\r\n", "\n"), 3
    if min(lengths) < least or max(lengths) > LINE_BYTES_MOST:
        return None
    fields = _quoted(text.split("\n")[:-1], delimiter) if '"' in text else None
    if fields is not None and len(fields) != len(lengths):
        return None
    return Block(first_line, delimiter, text, fields, lengths, raw)


def _quoted(lines: list[str], delimiter: str) -> list[list[str]]:
    """The fields of each row; none where quotes do not close."""
    try:
        return list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return []


class _Lines:
    """The text lines of the stream; `held` are the bytes handed out since the last record, `position` counts all bytes
    that were handed out, `count` all lines."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.stream = stream
        self.encoding = encoding
        self.held: list[bytes] = []
        self.count = 0
        self.position = 0
        self._ready = b""  # read and, from `_at` on, not handed out
        self._at = 0

    def whole_lines(self) -> bytes:
        """The next bytes up to a line's end, without handing them out; all that is left where no line ends."""
        self._fill(BLOCK_BYTES)
        end = self._ready.rfind(b"\n") + 1
        return self._ready[:end] if end else self._ready

    def take(self, size: int, *, lines: int) -> None:
        """Those bytes are handed out."""
        self._at += size
        self.position += size
        self.count += lines

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._line()
        if not raw:
            raise StopIteration
        self.count += 1
        self.position += len(raw)
        if len(raw) > LINE_BYTES_MOST or sum(map(len, self.held)) > LINE_BYTES_MOST:
            raise SettlementFileInvalid("line_too_long", f"more than {LINE_BYTES_MOST} bytes", self.count)
        self.held.append(raw)
        text = raw[len(BOM) :] if self.count == 1 and raw.startswith(BOM) else raw
        if b"\x00" in text:
            raise SettlementFileInvalid("encoding", "holds a byte of value zero", self.count)
        try:
            return text.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise SettlementFileInvalid("encoding", f"is not {self.encoding.upper()}", self.count) from error

    def _line(self) -> bytes:
        """The next line with its end; of one that is too long, its beginning."""
        end = self._ready.find(b"\n", self._at) + 1
        if not end:
            self._fill(LINE_BYTES_MOST + 1)  # as far as a line may go, and one byte more
            end = self._ready.find(b"\n") + 1 or len(self._ready)
        line = self._ready[self._at : min(end, self._at + LINE_BYTES_MOST + 1)]
        self._at += len(line)
        return line

    def _fill(self, size: int) -> None:
        parts = [self._ready[self._at :]]
        missing = size - len(parts[0])
        while missing > 0 and (part := self.stream.read(missing)):
            parts.append(part)
            missing -= len(part)
        self._ready, self._at = b"".join(parts), 0
