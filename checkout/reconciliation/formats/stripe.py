"""Stripe's reports `balance_change_from_activity.itemized.3` and `payout_reconciliation.itemized.5`.

Amounts stand in major units with a sign, times in UTC. Columns are found by name, in any order; unknown ones are kept
in the raw row and read no further (https://docs.stripe.com/reports/report-types).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import sub
from typing import BinaryIO, Final

from checkout.core.currencies import UnknownCurrency, exponent
from checkout.reconciliation.formats.amounts import (
    BadAmount,
    all_from_major,
    all_upper,
    does_not_add_up,
    from_major,
)
from checkout.reconciliation.formats.chunk import Chunk, Movements, of_rows
from checkout.reconciliation.formats.line import (
    LineKind,
    OtherLine,
    SettlementFileInvalid,
    SettlementLine,
)
from checkout.reconciliation.formats.moments import all_in_utc, moment
from checkout.reconciliation.formats.records import Block, Records

NEEDED: Final = ("balance_transaction_id", "currency", "gross", "fee", "net", "reporting_category")
TIMES: Final = ("created_utc", "created")
OUR_REFERENCES: Final = (
    "payment_metadata[payment]",
    "refund_metadata[refund]",
    "transfer_group",
    "client_reference_id",
)

KINDS: Final[Mapping[str, LineKind]] = {
    "charge": "charge",
    "payment": "charge",
    "partial_capture_reversal": "charge_failure",
    "payment_failure_refund": "charge_failure",
    "charge_failure": "charge_failure",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "dispute": "dispute",
    "dispute_reversal": "dispute_reversal",
    "fee": "fee",
    "network_cost": "fee",
    "stripe_fx_fee": "fee",
    "tax": "fee",
    "payout": "payout",
    "payout_reversal": "payout_reversal",
    "payout_failure": "payout_reversal",
    "payout_minimum_balance_hold": "reserve",
    "payout_minimum_balance_release": "reserve",
    "transfer": "transfer",
    "transfer_reversal": "transfer_reversal",
    "transfer_refund": "transfer_reversal",
    "topup": "topup",
    "topup_reversal": "topup",
    "reserve_transaction": "reserve",
    "reserve_hold": "reserve",
    "reserve_release": "reserve",
    "risk_reserved_funds": "reserve",
    "currency_conversion": "conversion",
    "other_adjustment": "adjustment",
    "advance": "adjustment",
    "connect_reserved_funds": "reserve",
}


class StripeReport:
    """One report. The file has no number of its own: account and business date name the batch."""

    format = "stripe_itemized"
    account = ""
    batch = ""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def rows(self) -> Iterator[SettlementLine | OtherLine]:
        """See SettlementReader."""
        rows = Records(self._stream)
        columns, header = _beginning(rows)
        yield header
        for line, fields, raw in rows:
            yield columns.read(line, fields, raw)

    def chunks(self) -> Iterator[Chunk]:
        """See SettlementReader. Plainly written rows, which nearly all are, are read many at once."""
        rows = Records(self._stream)
        columns, header = _beginning(rows)
        yield of_rows([header])
        while block := rows.block():
            plain = columns.read_plain(block) if isinstance(block, Block) else None
            if plain is None:
                one_by_one = block.records() if isinstance(block, Block) else block
                plain = of_rows([columns.read(*record) for record in one_by_one])
            yield plain


def _beginning(rows: Records) -> tuple[_Columns, OtherLine]:
    header = next(rows, None)
    if header is None:
        raise SettlementFileInvalid("empty", "the file is empty")
    line, names, raw = header
    return _Columns(names), OtherLine(line, "header", raw)


def recognises(header: Sequence[str]) -> bool:
    """Whether the names of the first row are such a report's."""
    return set(NEEDED) <= {name.strip() for name in header}


def missing(header: Sequence[str]) -> list[str]:
    """The columns that a file with this first row lacks."""
    return [name for name in NEEDED if name not in {name.strip() for name in header}]


class _Columns:
    """Where each column stands in this file."""

    def __init__(self, names: Sequence[str]) -> None:
        at = {name.strip(): i for i, name in enumerate(names)}
        missing = [name for name in NEEDED if name not in at]
        if not any(name in at for name in TIMES):
            missing.append("created_utc")
        if missing:
            raise SettlementFileInvalid("header", f"has no column {', '.join(missing)}", 1)
        if len(at) != len(names):
            raise SettlementFileInvalid("header", "names a column twice", 1)
        self._width = len(names)
        self._number, self._currency, self._gross, self._fee, self._net, self._category = (
            at[name] for name in NEEDED
        )
        self._time = next(at[name] for name in TIMES if name in at)
        self._source = at.get("source_id")
        self._method = at.get("payment_method_type")
        self._references = [at[name] for name in OUR_REFERENCES if name in at]
        maybe = (self._source, self._method, *self._references)
        self._wanted = [
            *(at[name] for name in NEEDED), self._time, *(place for place in maybe if place is not None)
        ]  # fmt: skip

    def read(self, line: int, fields: list[str], raw: bytes) -> SettlementLine | OtherLine:
        if not fields:
            return OtherLine(line, "blank", raw)
        try:
            return self._read(line, fields, raw)
        except (BadAmount, ValueError, UnknownCurrency) as error:
            return self._rejected(line, fields, raw, "row_rejected", str(error))

    def _rejected(self, line: int, fields: list[str], raw: bytes, code: str, detail: str) -> OtherLine:
        """Where the row has its columns, what it tells of is known although it cannot be read."""
        number, source_id = "", ""
        if len(fields) == self._width:
            number, source_id = fields[self._number], self._source_id(fields)
        return OtherLine(line, "rejected", raw, code, detail, number, source_id)

    def _source_id(self, fields: list[str]) -> str:
        return fields[self._source] if self._source is not None else ""

    def _read(self, line: int, fields: list[str], raw: bytes) -> SettlementLine | OtherLine:
        if len(fields) != self._width:
            raise ValueError(f"has {len(fields)} fields, the header {self._width}")
        number = fields[self._number]
        if not number:
            raise ValueError("has no balance_transaction_id")
        currency = fields[self._currency].upper()
        exponent(currency)
        gross, fee, net = (from_major(fields[at], currency) for at in (self._gross, self._fee, self._net))
        if gross - fee != net:
            detail = does_not_add_up(gross, "fee", fee, net, currency)
            return self._rejected(line, fields, raw, "net_mismatch", detail)
        category = fields[self._category]
        return SettlementLine(
            line=line,
            kind=KINDS.get(category, "unknown"),
            type=category,
            number=number,
            source_id=self._source_id(fields),
            reference=next((fields[at] for at in self._references if fields[at]), ""),
            gross_minor=gross,
            fee_minor=fee,
            net_minor=net,
            currency=currency,
            occurred_at=moment(fields[self._time]),
            raw=raw,
            method=fields[self._method] if self._method is not None else "",
        )

    def read_plain(self, block: Block) -> Chunk | None:
        """All rows of the block at once, if each is a movement that is plainly written; else None."""
        columns = block.columns(self._wanted, self._width)
        if columns is None:
            return None
        number, category = columns[self._number], columns[self._category]
        try:
            currency = all_upper(columns[self._currency])
            gross, fee, net = (
                all_from_major(columns[at], currency) for at in (self._gross, self._fee, self._net)
            )
            times = all_in_utc(columns[self._time])
        except (ValueError, UnknownCurrency):
            return None
        if gross is None or fee is None or net is None or times is None:
            return None
        if not all(number) or list(map(sub, gross, fee)) != net:
            return None
        lines = range(block.first_line, block.first_line + len(number))
        nothing = [""] * len(number)
        kinds = {word: KINDS.get(word, "unknown") for word in set(category)}
        movements = Movements(
            line=lines,
            kind=list(map(kinds.__getitem__, category)),
            type=category,
            number=number,
            source_id=nothing if self._source is None else columns[self._source],
            reference=self._first_references(columns) or nothing,
            gross_minor=gross,
            fee_minor=fee,
            net_minor=net,
            currency=currency,
            occurred_at=times,
            method=nothing if self._method is None else columns[self._method],
        )
        return Chunk(lines, block.lengths, block.raw, movements)

    def _first_references(self, columns: Mapping[int, Sequence[str]]) -> Sequence[str]:
        filled = [column for at in self._references if any(column := columns[at])]
        if len(filled) == 1:
            return filled[0]
        return [next(filter(None, values), "") for values in zip(*filled, strict=True)]
