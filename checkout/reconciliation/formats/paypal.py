"""PayPal's settlement report (STL): one row a line, its first field says what it is.

RH report, FH file, SH section (an account), CH names of columns, SB a movement, SF a section's sums of one currency,
SC its count, RF and RC the report's, FF the file's. Amounts are minor units without a sign, CR or DR beside
(https://developer.paypal.com/docs/reports/sftp-reports/settlement-report/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, Final

from checkout.core.currencies import UnknownCurrency, exponent
from checkout.reconciliation.formats.amounts import BadAmount, from_minor
from checkout.reconciliation.formats.chunk import Chunk, gathered
from checkout.reconciliation.formats.line import OtherLine, SettlementFileInvalid, SettlementLine
from checkout.reconciliation.formats.moments import moment
from checkout.reconciliation.formats.paypal_kinds import kind_of
from checkout.reconciliation.formats.paypal_totals import Totals, whole_number
from checkout.reconciliation.formats.records import records

NEEDED: Final = (
    "Transaction ID", "Invoice ID", "PayPal Reference ID", "Transaction Event Code", "Transaction Initiation Date",
    "Transaction Completion Date", "Transaction Debit or Credit", "Gross Transaction Amount",
    "Gross Transaction Currency", "Fee Debit or Credit", "Fee Amount", "Fee Currency", "Custom Field",
)  # fmt: skip
ACCOUNT: Final = 3  # where RH and SH name it
WIDTHS: Final[Mapping[str, int]] = {"RH": 5, "FH": 2, "SH": 4, "SF": 6, "SC": 2, "RF": 6, "RC": 2, "FF": 2}

Row = SettlementLine | OtherLine


class PayPalReport:
    """One report. Its batch is the end of its period, its account the one that it was made for, and the file's number
    where a report of many rows was cut into several files."""

    format = "paypal_stl"

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.account = ""
        self.batch = ""
        self._file = ""
        self._columns: _Columns | None = None
        self._section = Totals()
        self._sections = Totals()
        self._open = False  # whether a section waits for its SC
        self._ended = False
        self._dispatch: Mapping[str, Callable[[int, list[str]], None]] = {
            "RH": self._report_header, "FH": self._file_header, "SH": self._section_header,
            "CH": self._column_names, "SF": self._section_sums, "SC": self._section_count,
            "RF": self._report_sums, "RC": self._report_count, "FF": self._file_count,
        }  # fmt: skip

    def rows(self) -> Iterator[Row]:
        """See SettlementReader."""
        line = 0
        for line, fields, raw in records(self._stream):
            if not fields:
                yield OtherLine(line, "blank", raw)
            elif self._ended:
                raise SettlementFileInvalid("control_totals", "stands after the file's end", line)
            elif fields[0] == "SB":
                yield self._movement(line, fields, raw)
            else:
                self._frame(line, fields)
                yield OtherLine(line, "header" if fields[0] in ("RH", "FH", "SH", "CH") else "footer", raw)
        if not line:
            raise SettlementFileInvalid("empty", "the file is empty")
        if not self._ended:
            raise SettlementFileInvalid("control_totals", "ends without its FF row: it was cut off", line)

    def chunks(self) -> Iterator[Chunk]:
        """See SettlementReader."""
        return gathered(self.rows())

    def _movement(self, line: int, fields: list[str], raw: bytes) -> Row:
        if self._columns is None or not self._open:
            raise SettlementFileInvalid("header", "an SB row stands before its SH and CH rows", line)
        row = self._columns.read(line, fields, raw)
        self._section.add(row)
        return row

    def _frame(self, line: int, fields: list[str]) -> None:
        handle = self._dispatch.get(fields[0])
        if handle is None:
            raise SettlementFileInvalid(
                "header", f"begins with {fields[0][:20]!r}, which is no row's name", line
            )
        if line == 1 and fields[0] != "RH":
            raise SettlementFileInvalid("header", "does not begin with an RH row", 1)
        if len(fields) < WIDTHS.get(fields[0], 1):
            raise SettlementFileInvalid("header", f"{fields[0]} has {len(fields)} fields", line)
        handle(line, fields)

    def _report_header(self, line: int, fields: list[str]) -> None:
        if line != 1:
            raise SettlementFileInvalid("header", "a second RH row", line)
        self.account = fields[ACCOUNT].strip()
        if not self.account:
            raise SettlementFileInvalid("header", "RH names no account", line)

    def _file_header(self, line: int, fields: list[str]) -> None:
        self._file = str(whole_number(fields[1], line))

    def _section_header(self, line: int, fields: list[str]) -> None:
        if self._open:
            raise SettlementFileInvalid(
                "control_totals", "a section begins before the last one's SC row", line
            )
        self._open, self._section = True, Totals()
        try:
            end = moment(fields[2].replace("/", "-").strip())
        except ValueError as error:
            raise SettlementFileInvalid("header", f"SH: {error}", line) from error
        self.batch = self.batch or f"{end:%Y%m%dT%H%M%S}" + (
            f".{self._file}" if self._file not in ("", "1") else ""
        )

    def _column_names(self, line: int, fields: list[str]) -> None:
        self._columns = _Columns(fields, line)

    def _section_sums(self, line: int, fields: list[str]) -> None:
        self._section.check_sums(line, fields)

    def _section_count(self, line: int, fields: list[str]) -> None:
        self._section.check_count(line, fields)
        self._section.check_complete(line)
        self._sections.include(self._section)
        self._open = False

    def _report_sums(self, line: int, fields: list[str]) -> None:
        if self._is_whole:
            self._sections.check_sums(line, fields)

    def _report_count(self, line: int, fields: list[str]) -> None:
        if self._is_whole:
            self._sections.check_count(line, fields)

    def _file_count(self, line: int, fields: list[str]) -> None:
        if self._open:
            raise SettlementFileInvalid("control_totals", "the file ends before the section's SC row", line)
        self._sections.check_count(line, fields)
        self._ended = True

    @property
    def _is_whole(self) -> bool:
        """The report's sums are those of all its files: they can be checked where this is the only one."""
        return self._file in ("", "1")


def recognises(header: Sequence[str]) -> bool:
    """Whether the first row is such a report's."""
    return bool(header) and header[0] == "RH"


class _Columns:
    """Where each column stands, as the last CH row says."""

    def __init__(self, names: Sequence[str], line: int) -> None:
        self._at = {name.strip(): i for i, name in enumerate(names)}
        self._width = len(names)
        missing = [name for name in NEEDED if name not in self._at]
        if missing:
            raise SettlementFileInvalid("header", f"has no column {', '.join(missing)}", line)

    def read(self, line: int, fields: list[str], raw: bytes) -> Row:
        try:
            return self._read(line, fields, raw)
        except (BadAmount, ValueError, UnknownCurrency) as error:
            number, source_id = "", ""
            if len(fields) == self._width:
                number, source_id = self._number(fields), self._value(fields, "Transaction ID")
            return OtherLine(line, "rejected", raw, "row_rejected", str(error), number, source_id)

    def _read(self, line: int, fields: list[str], raw: bytes) -> SettlementLine:
        if len(fields) != self._width:
            raise ValueError(f"has {len(fields)} fields, its CH row {self._width}")
        code = self._value(fields, "Transaction Event Code")
        if not (code and self._value(fields, "Transaction ID")):
            raise ValueError("has no Transaction ID or Transaction Event Code")
        currency = self._value(fields, "Gross Transaction Currency").upper()
        exponent(currency)
        gross = self._signed(fields, "Gross Transaction Amount", "Transaction Debit or Credit")
        fee = -self._fee(fields, currency)
        at = self._value(fields, "Transaction Completion Date") or self._value(
            fields, "Transaction Initiation Date"
        )
        return SettlementLine(
            line=line,
            kind=kind_of(code, gross),
            type=code,
            number=self._number(fields),
            source_id=self._value(fields, "Transaction ID"),
            reference=self._value(fields, "Custom Field") or self._value(fields, "Invoice ID"),
            gross_minor=gross,
            fee_minor=fee,
            net_minor=gross - fee,
            currency=currency,
            occurred_at=moment(at.replace("/", "-")),
            raw=raw,
        )

    def _fee(self, fields: list[str], currency: str) -> int:
        """With the sign of our balance; no amount, no fee."""
        if not self._value(fields, "Fee Amount"):
            return 0
        fee = self._signed(fields, "Fee Amount", "Fee Debit or Credit")
        if fee and self._value(fields, "Fee Currency").upper() != currency:
            raise ValueError("the fee is in another currency than the amount")
        return fee

    def _signed(self, fields: list[str], amount: str, side: str) -> int:
        minor, beside = from_minor(self._value(fields, amount)), self._value(fields, side).upper()
        if beside not in ("CR", "DR") and not (minor == 0 and beside == ""):
            raise BadAmount(f"{side} is {beside[:20]!r}, not CR or DR")
        return -minor if beside == "DR" else minor

    def _number(self, fields: list[str]) -> str:
        return f"{self._value(fields, 'Transaction ID')}:{self._value(fields, 'Transaction Event Code')}"

    def _value(self, fields: list[str], name: str) -> str:
        return fields[self._at[name]].strip()
