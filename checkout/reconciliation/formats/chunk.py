"""Rows of a file that follow each other, column by column: what a file is taken in by. A format that can read many rows at
once yields them so; of the others, rows are gathered one by one. Both give the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from checkout.reconciliation.formats.line import LineKind, OtherLine, SettlementLine

ROWS_MOST: Final = 500  # gathered one by one: some 200 kB
_LINE_FIELDS: Final = len(SettlementLine._fields)


class Movements(NamedTuple):
    """The columns of lines, in the order of SettlementLine's fields but for `raw`; all of the same length. Times are texts
    with their offset: a date and time for each row would be made only to be written again."""

    line: Sequence[int]
    kind: Sequence[LineKind]
    type: Sequence[str]
    number: Sequence[str]
    source_id: Sequence[str]
    reference: Sequence[str]
    gross_minor: Sequence[int]
    fee_minor: Sequence[int]
    net_minor: Sequence[int]
    currency: Sequence[str]
    occurred_at: Sequence[str]
    method: Sequence[str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """`lines` and `lengths`: where each row of the chunk begins and how many bytes it has, movement or not; `raw` is
    those bytes together."""

    lines: Sequence[int]
    lengths: Sequence[int]
    raw: bytes
    movements: Movements
    others: Sequence[OtherLine] = ()

    def rows(self) -> Iterator[SettlementLine | OtherLine]:
        """The same, row by row."""
        others = {row.line: row for row in self.others}
        movements = iter(zip(*self.movements, strict=True))
        offset = 0
        for line, length in zip(self.lines, self.lengths, strict=True):
            raw, offset = self.raw[offset : offset + length], offset + length
            if line in others:
                yield others[line]
            else:
                *values, at, method = next(movements)
                yield SettlementLine._make((*values, datetime.fromisoformat(at), raw, method))


def of_rows(rows: Sequence[SettlementLine | OtherLine]) -> Chunk:
    """Rows that were read one by one."""
    lines = [row for row in rows if isinstance(row, SettlementLine)]
    columns = list(zip(*lines, strict=True)) or [()] * _LINE_FIELDS
    *values, moments, _raw, method = columns
    return Chunk(
        lines=[row.line for row in rows],
        lengths=[len(row.raw) for row in rows],
        raw=b"".join([row.raw for row in rows]),
        movements=Movements._make((*values, [at.isoformat() for at in moments], method)),
        others=[row for row in rows if not isinstance(row, SettlementLine)],
    )


def gathered(rows: Iterable[SettlementLine | OtherLine]) -> Iterator[Chunk]:
    """All rows of a file, in chunks."""
    held: list[SettlementLine | OtherLine] = []
    for row in rows:
        held.append(row)
        if len(held) == ROWS_MOST:
            yield of_rows(held)
            held = []
    if held:
        yield of_rows(held)
