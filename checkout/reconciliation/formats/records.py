"""A CSV file as records with the bytes they were read from, one at a time: memory does not grow with the file (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO, Final

from checkout.reconciliation.formats.line import SettlementFileInvalid

LINE_BYTES_MOST: Final = 64 * 1024  # a row has some hundred characters; one without an end is no row
BOM: Final = b"\xef\xbb\xbf"

Record = tuple[int, list[str], bytes]  # line (of its first byte), fields, raw


def records(stream: BinaryIO, *, delimiter: str = ",", encoding: str = "utf-8") -> Iterator[Record]:
    """Each record, empty lines as records without fields. A quoted field may run over line ends.

    Raises:
        SettlementFileInvalid: not in that encoding, a line without end, quotes that do not close.
    """
    source = _Lines(stream, encoding)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    first = 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise SettlementFileInvalid("malformed_csv", f"cannot be read as CSV: {error}", first) from error
        if fields is None:
            return
        raw, source.held = b"".join(source.held), []
        yield first, fields, raw
        first = source.count + 1


class _Lines:
    """The text lines of the stream; `held` are the bytes handed out since the last record."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.stream = stream
        self.encoding = encoding
        self.held: list[bytes] = []
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self.stream.readline(LINE_BYTES_MOST + 1)
        if not raw:
            raise StopIteration
        self.count += 1
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
