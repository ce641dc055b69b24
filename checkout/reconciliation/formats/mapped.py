"""A CSV of any bank or PSP, read as a column mapping says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO

from checkout.core.currencies import UnknownCurrency, exponent
from checkout.reconciliation.formats.amounts import BadAmount, from_major, from_minor
from checkout.reconciliation.formats.chunk import Chunk, gathered
from checkout.reconciliation.formats.line import OtherLine, SettlementFileInvalid, SettlementLine
from checkout.reconciliation.formats.mapping import ColumnMapping
from checkout.reconciliation.formats.moments import BadMoment, in_utc
from checkout.reconciliation.formats.records import records


class MappedFile:
    """One file. Its format is the mapping's name and version, so that what read it is known for good."""

    def __init__(self, stream: BinaryIO, mapping: ColumnMapping) -> None:
        self.format = mapping.format
        self.account = mapping.constants.get("account", "")
        self.batch = ""
        self._stream = stream
        self._mapping = mapping
        self._moment = lru_cache(maxsize=4096)(self._read_moment)

    def rows(self) -> Iterator[SettlementLine | OtherLine]:
        """See SettlementReader."""
        mapping = self._mapping
        at: dict[str, int] | None = None
        width, skipped = 0, 0
        for line, fields, raw in records(
            self._stream, delimiter=mapping.delimiter, encoding=mapping.encoding
        ):
            if at is None:
                if skipped == mapping.skip_rows:
                    at, width = self._places(line, fields), len(fields)
                skipped += 1
                yield OtherLine(line, "header", raw)
            elif not fields:
                yield OtherLine(line, "blank", raw)
            else:
                yield self._row(line, fields, raw, at, width)
        if at is None:
            raise SettlementFileInvalid("header", "ends before its header row")

    def chunks(self) -> Iterator[Chunk]:
        """See SettlementReader."""
        return gathered(self.rows())

    def _places(self, line: int, names: Sequence[str]) -> dict[str, int]:
        stripped = [name.strip() for name in names]
        missing = [column for column in self._mapping.columns.values() if column not in stripped]
        if missing:
            raise SettlementFileInvalid("header", f"has no column {', '.join(missing)}", line)
        for column in self._mapping.columns.values():
            if stripped.count(column) > 1:
                raise SettlementFileInvalid("header", f"names the column {column} twice", line)
        return {field: stripped.index(column) for field, column in self._mapping.columns.items()}

    def _row(
        self, line: int, fields: Sequence[str], raw: bytes, at: dict[str, int], width: int
    ) -> SettlementLine | OtherLine:
        if len(fields) != width:
            detail = f"has {len(fields)} fields, the header {width}"
            return OtherLine(line, "rejected", raw, "row_rejected", detail)
        values = {**self._mapping.constants, **{field: fields[place].strip() for field, place in at.items()}}
        self._belongs(line, values)
        try:
            return self._read(line, values, raw)
        except (BadAmount, ValueError, UnknownCurrency) as error:
            number, source_id = values["number"], values.get("source_id", "")
            return OtherLine(line, "rejected", raw, "row_rejected", str(error), number, source_id)

    def _belongs(self, line: int, values: dict[str, str]) -> None:
        """A file is one batch of one account, where its columns say which."""
        for name, column in (("account", "account"), ("batch", "batch")):
            known, said = getattr(self, name), values.get(column, "")
            if said and known and said != known:
                raise SettlementFileInvalid(
                    "batch_mixed", f"is of {name} {said}, the rows before of {known}", line
                )
            setattr(self, name, known or said)

    def _read(self, line: int, values: dict[str, str], raw: bytes) -> SettlementLine:
        if not values["number"]:
            raise ValueError(f"has no {self._mapping.columns['number']}")
        currency = values["currency"].upper()
        exponent(currency)
        gross = self._gross(values, currency)
        fee = self._amount(values.get("fee", ""), currency)
        type = values.get("type", "")
        return SettlementLine(
            line=line,
            kind=self._mapping.kinds.get(type, self._mapping.other_kind),
            type=type,
            number=values["number"],
            source_id=values.get("source_id", ""),
            reference=values.get("reference", ""),
            gross_minor=gross,
            fee_minor=fee,
            net_minor=gross - fee,
            currency=currency,
            occurred_at=self._moment(values["date"]),
            raw=raw,
        )

    def _gross(self, values: dict[str, str], currency: str) -> int:
        sign = self._mapping.sign
        if sign == "columns":
            credit, debit = (abs(self._amount(values[name], currency)) for name in ("credit", "debit"))
            if credit and debit:
                raise BadAmount("has a credit and a debit")
            return credit - debit
        if not values["amount"]:
            raise BadAmount(f"has no {self._mapping.columns['amount']}")
        minor = self._amount(values["amount"], currency)
        if sign != "side":
            return -minor if sign == "inverted" else minor
        side = values["side"]
        if minor < 0 or side not in self._mapping.credit_words | self._mapping.debit_words:
            raise BadAmount(f"{side[:20]!r} is neither a credit nor a debit word, or the amount has a sign")
        return minor if side in self._mapping.credit_words else -minor

    def _amount(self, text: str, currency: str) -> int:
        """ "1.234,50" where the mapping says so; empty is zero."""
        if not text:
            return 0
        mapping = self._mapping
        if mapping.unit == "minor":
            digits = text.removeprefix("-")
            return -from_minor(digits) if digits != text else from_minor(digits)
        if mapping.thousands:
            text = _without_thousands(text, mapping.thousands, mapping.decimal)
        if mapping.decimal != "." and "." in text:
            raise BadAmount(f"{text[:40]!r} has a point; its decimal sign is {mapping.decimal!r}")
        return from_major(text.replace(mapping.decimal, "."), currency)

    def _read_moment(self, text: str) -> datetime:
        try:
            at = datetime.strptime(text, self._mapping.date_format)  # noqa: DTZ007 - the zone is the mapping's
        except ValueError:
            raise BadMoment(f"{text[:40]!r} is no date as {self._mapping.date_format}") from None
        return in_utc(at, self._mapping.zone)


def _without_thousands(text: str, separator: str, decimal: str) -> str:
    """Groups of three, so that "1.5" is not taken for fifteen where the point parts thousands."""
    whole, point, fraction = text.partition(decimal)
    first, *groups = whole.split(separator)
    if groups and (not 1 <= len(first.lstrip("+-")) <= 3 or any(len(group) != 3 for group in groups)):
        raise BadAmount(f"{text[:40]!r} does not part its thousands with {separator!r}")
    return first + "".join(groups) + point + fraction
