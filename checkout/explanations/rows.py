"""The rows of settlement files and bank statements that tell of journal entries: the end of every explanation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.ids import MalformedId, decode, encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.explanations.tree import Cell, Evidence, SettlementRow
from checkout.reconciliation.files.raw_rows import raw_row, shown
from checkout.reconciliation.files.row_cells import header_before, pieces_of
from checkout.wording.times import machine

ROWS_SHOWN: Final = 20
ENTRIES_MOST: Final = 500

# An entry under the PSP's number is told by the row with that number; what the bank's statement proves is named by its line.
ENTRIES: Final = """
    SELECT e.id, e.kind, e.source_key FROM journal_entries e
     WHERE e.id = ANY(%(ids)s::uuid[]) OR e.source = ANY(%(sources)s::text[])
     ORDER BY e.sequence DESC LIMIT %(limit)s
"""
_ROW: Final = """
    SELECT l.file_id, l.line, l.kind, l.type, l.number, l.source_id, l.reference, l.gross_minor, l.fee_minor,
           l.net_minor, l.currency, l.occurred_at, f.psp, f.name, f.format, encode(f.sha256, 'hex') AS sha256
"""
TOLD: Final = f"""
    {_ROW}
      FROM (SELECT DISTINCT psp, number FROM psp_numbers WHERE entry_id = ANY(%(ids)s::uuid[])) n
      JOIN settlement_lines l ON l.psp = n.psp AND l.number = n.number
      JOIN settlement_files f ON f.id = l.file_id AND f.status <> 'rejected'
     ORDER BY l.business_on, l.file_id, l.line LIMIT %(limit)s
"""
AT_LINES: Final = f"""
    {_ROW}
      FROM unnest(%(files)s::uuid[], %(lines)s::int[]) AS w (file_id, line)
      JOIN settlement_lines l ON l.file_id = w.file_id AND l.line = w.line
      JOIN settlement_files f ON f.id = l.file_id AND f.status <> 'rejected'
     ORDER BY l.business_on, l.file_id, l.line LIMIT %(limit)s
"""

KEPT_OUT: Final = """
    SELECT l.file_id, l.line, l.detail, f.psp, f.name, encode(f.sha256, 'hex') AS sha256
      FROM unnest(%(files)s::uuid[], %(lines)s::int[]) AS w (file_id, line)
      JOIN settlement_other_lines l ON l.file_id = w.file_id AND l.line = w.line AND l.role = 'rejected'
      JOIN settlement_files f ON f.id = l.file_id AND f.status <> 'rejected'
     ORDER BY l.file_id, l.line
"""

Place = tuple[UUID, int]


def rows_of_entries(
    session: Session, entries: Iterable[UUID], *, sources: Iterable[str] = (), at: Iterable[Place] = ()
) -> tuple[Evidence, ...]:
    """The rows that tell of these entries, or of any that belongs to these sources, and the rows at these lines; the
    earliest first, at most twenty. For the platform's own people: the rows are shown as they stand."""
    found = execute(
        session, ENTRIES, ids=list(entries), sources=sorted(set(sources)), limit=ENTRIES_MOST
    ).all()
    told = list(execute(session, TOLD, ids=[row.id for row in found], limit=ROWS_SHOWN))
    places = [*_places(found), *at]
    if places:
        files, lines = [file for file, _ in places], [line for _, line in places]
        told += execute(session, AT_LINES, files=files, lines=lines, limit=ROWS_SHOWN)
    each = {(row.file_id, row.line): row for row in told}
    read = [_of_row(row) for row in list(each.values())[:ROWS_SHOWN]]
    unread = [place for place in places if place not in each]
    return (*read, *_kept_out(session, unread[: ROWS_SHOWN - len(read)]))


def _kept_out(session: Session, places: Sequence[Place]) -> list[Evidence]:
    """Rows that could not be read: as they stand, with why."""
    if not places:
        return []
    files, lines = [file for file, _ in places], [line for _, line in places]
    return [
        Evidence(
            "settlement",
            encode("file", row.file_id),
            row.name,
            None,
            f"line {row.line} of the file with SHA-256 {row.sha256}, kept out: {row.detail}",
            shown(raw_row(row.file_id, row.line)),
            SettlementRow(row.psp, row.sha256, row.line, [Cell(shown(raw_row(row.file_id, row.line)))], {}),
        )
        for row in execute(session, KEPT_OUT, files=files, lines=lines)
    ]


def _of_row(row: Row[Any]) -> Evidence:
    """A row with its file, its bytes, its cells by their columns, and what was read in them."""
    raw = raw_row(row.file_id, row.line)
    gross, fee, net = (
        Money(minor, row.currency) for minor in (row.gross_minor, row.fee_minor, row.net_minor)
    )
    pieces = pieces_of(row.format, header_before(row.file_id, row.line), raw)
    parsed = {
        "number": row.number,
        "kind": f"{row.kind} ({row.type})" if row.type != row.kind else row.kind,
        "gross": str(gross),
        "fee": str(fee),
        "net": str(net),
        "time": machine(row.occurred_at),
        "source": row.source_id,
        "our reference": row.reference,
    }
    return Evidence(
        "settlement",
        encode("file", row.file_id),
        row.name,
        row.occurred_at,
        f"line {row.line} of the file with SHA-256 {row.sha256}: {gross} less {fee} is {net}",
        shown(raw),
        SettlementRow(
            psp=row.psp,
            sha256=row.sha256,
            line=row.line,
            cells=[Cell(piece.text, piece.column, piece.reads) for piece in pieces],
            parsed={name: value for name, value in parsed.items() if value},
        ),
    )


def _places(entries: Sequence[Row[Any]]) -> list[Place]:
    """Entries that are named by a line: "file_…:12", "file_…:12#2"."""
    found = []
    for row in entries:
        file, _, line = row.source_key.partition(":")
        line = line.partition("#")[0]
        try:
            if file.startswith("file_") and line.isdigit():
                found.append((decode("file", file), int(line)))
        except MalformedId:
            continue
    return found
