"""Bank statements, ISO 20022 camt.053, of any version: read as a stream, entry by entry.

The parser is expat with everything refused that a bank statement has no use for: document type, entities, anything
outside the file. Opening balance, booked entries and closing balance must add up per currency
(https://www.iso20022.org/iso-20022-message-definitions, camt.053.001).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, Final
from xml.parsers import expat

from checkout.reconciliation.formats.camt_entry import Element, read_entry
from checkout.reconciliation.formats.camt_statement import Statement
from checkout.reconciliation.formats.chunk import Chunk, gathered
from checkout.reconciliation.formats.line import OtherLine, SettlementFileInvalid, SettlementLine
from checkout.reconciliation.formats.records import BOM

NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-9]|1[0-3])")
BLOCK_BYTES: Final = 64 * 1024
PART_BYTES_MOST: Final = 1 << 20  # an entry with its details, or what stands between two of them
DEPTH_MOST: Final = 40  # the deepest path of the message has some twenty elements
ENTRY: Final = "Ntry"

Row = SettlementLine | OtherLine


class Camt053:
    """One statement, or several of one account; their numbers are the batch, the account's IBAN or number the account."""

    format = "camt.053"

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.account = ""
        self.batch = ""
        self._rows: deque[Row] = deque()
        self._held = b""  # bytes that were read last, from `_held_from` in the file
        self._held_from = 0
        self._cut_at = 0  # up to where they are part of a row
        self._line = 0  # of the last row
        self._path: list[str] = []
        self._open: list[Element] = []  # the element that is collected, and those around it
        self._entry_at = (0, 0)  # where the entry began: byte and line
        self._statement: Statement | None = None
        self._batches: list[str] = []
        self._parser = self._make_parser()

    def rows(self) -> Iterator[Row]:
        """See SettlementReader. A row's line is the one on which its element begins; two on one line count on."""
        while block := self._stream.read(BLOCK_BYTES):
            self._held += block
            self._feed(block, final=False)
            yield from self._drain()
            self._held, self._held_from = self._held[self._cut_at - self._held_from :], self._cut_at
            if len(self._held) > PART_BYTES_MOST:
                raise SettlementFileInvalid(
                    "line_too_long", f"more than {PART_BYTES_MOST} bytes", self._at_line()
                )
        self._feed(b"", final=True)
        yield from self._drain()
        if not self._batches:
            raise SettlementFileInvalid("header", "holds no statement")
        if self._held:
            yield OtherLine(self._next_line(self._line + 1), "footer", self._held)

    def chunks(self) -> Iterator[Chunk]:
        """See SettlementReader."""
        return gathered(self.rows())

    def _drain(self) -> Iterator[Row]:
        while self._rows:
            yield self._rows.popleft()

    def _make_parser(self) -> expat.XMLParserType:
        # The encoding is ours to say: what the declaration names is compared with it, not followed.
        parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.UnparsedEntityDeclHandler = self._refuse
        parser.NotationDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        return parser

    def _feed(self, block: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(block, final)
        except expat.ExpatError as error:
            detail = f"is no well-formed XML: {expat.ErrorString(error.code)}"
            raise SettlementFileInvalid("malformed_xml", detail, error.lineno) from error

    def _at_line(self) -> int:
        return self._parser.CurrentLineNumber

    def _refuse(self, *_: object) -> int:
        raise SettlementFileInvalid(
            "malformed_xml",
            "declares a document type or an entity, which no bank statement does",
            self._at_line(),
        )

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
            raise SettlementFileInvalid("encoding", f"is declared as {encoding}; UTF-8 is taken", 1)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if not self._path and (local != "Document" or not NAMESPACE.fullmatch(namespace)):
            raise SettlementFileInvalid("header", f"is no camt.053 but {namespace or 'XML'} {local}"[:200], 1)
        if len(self._path) >= DEPTH_MOST:
            raise SettlementFileInvalid("malformed_xml", "nests its elements too deep", self._at_line())
        self._path.append(local)
        if self._path == ["Document", "BkToCstmrStmt", "Stmt"]:
            self._statement = Statement(self._at_line())
        elif self._open:
            self._open.append(Element(local, attributes))
            self._open[-2].children.append(self._open[-1])
        elif self._statement is not None and len(self._path) == 4:
            self._open.append(Element(local, attributes))
            if local == ENTRY:
                self._begin_entry()

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text

    def _end(self, name: str) -> None:
        local = self._path.pop()
        if self._open:
            element = self._open.pop()
            if self._open:
                return
            assert self._statement is not None, "what is collected stands in a statement"
            if local == ENTRY:
                self._end_entry(element)
            else:
                self._statement.take(element, self._at_line())
        elif local == "Stmt" and self._statement is not None and len(self._path) == 2:
            self._end_statement(self._statement)

    def _begin_entry(self) -> None:
        at = self._parser.CurrentByteIndex
        line = self._at_line()
        if self._held[self._cut_at - self._held_from : at - self._held_from].strip():
            self._rows.append(OtherLine(self._next_line(self._line + 1), "header", self._cut(at)))
        self._entry_at = (at, line)

    def _end_entry(self, element: Element) -> None:
        """The entry's bytes, and the space before it, up to the end of its closing tag."""
        assert self._statement is not None
        closing = self._parser.CurrentByteIndex - self._held_from
        raw = self._cut(self._held_from + self._held.index(b">", closing) + 1)
        row = read_entry(element, self._next_line(self._entry_at[1]), raw, self._statement)
        self._rows.append(row)

    def _end_statement(self, statement: Statement) -> None:
        statement.check(self._at_line())
        if self.account and statement.account != self.account:
            detail = (
                f"holds statements of {self.account} and of {statement.account}: a file for each is taken"
            )
            raise SettlementFileInvalid("batch_mixed", detail, self._at_line())
        self.account = statement.account
        self._batches.append(statement.id)
        self.batch = " ".join(self._batches)
        self._statement = None

    def _next_line(self, line: int) -> int:
        """Rows are told apart by their lines: where several stand on one, they count on."""
        self._line = max(line, self._line + 1)
        return self._line

    def _cut(self, end: int) -> bytes:
        raw = self._held[self._cut_at - self._held_from : end - self._held_from]
        self._cut_at = end
        return raw


def recognises(first: bytes) -> bool:
    """Whether the file begins as XML does; whether it is a statement, its first element says."""
    return first.removeprefix(BOM).lstrip()[:1] == b"<"
