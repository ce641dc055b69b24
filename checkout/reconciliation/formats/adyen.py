"""Adyen's settlement detail report, `settlement_detail_report_batch_N.csv`.

Gross amounts stand in the shopper's currency (GC), net ones and costs in the settlement currency (NC), each with a
column for debit and one for credit, in major units without a sign; times are local, with their zone in a column beside
(https://docs.adyen.com/reporting/settlement-reconciliation/transaction-level/settlement-details-report).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Final

from checkout.core.currencies import UnknownCurrency, exponent
from checkout.core.money import Money
from checkout.reconciliation.formats.amounts import BadAmount, does_not_add_up, from_major
from checkout.reconciliation.formats.chunk import Chunk, gathered
from checkout.reconciliation.formats.line import LineKind, OtherLine, SettlementFileInvalid, SettlementLine
from checkout.reconciliation.formats.moments import moment
from checkout.reconciliation.formats.records import records

NEEDED: Final = (
    "Merchant Account", "Psp Reference", "Merchant Reference", "Creation Date", "TimeZone", "Type",
    "Modification Reference", "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)", "Net Currency",
    "Net Debit (NC)", "Net Credit (NC)", "Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)",
    "Batch Number",
)  # fmt: skip
COSTS: Final = ("Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")

# By their names in small letters: reports of different ages write `Balancetransfer` and `BalanceTransfer`.
KINDS: Final[Mapping[str, LineKind]] = {
    "settled": "charge",
    "settledinstallment": "charge",
    "settledreversed": "charge_failure",
    "refunded": "refund",
    "refundedreversed": "refund_failure",
    "chargeback": "dispute",
    "secondchargeback": "dispute",
    "chargebackreversed": "dispute_reversal",
    "fee": "fee",
    "misccosts": "fee",
    "paymentcost": "fee",
    "settlecost": "fee",
    "invoicededuction": "fee",
    "authorisationschemefee": "fee",
    "merchantpayout": "payout",
    "merchantpayoutreversed": "payout_reversal",
    "bankinstructionreturned": "payout_reversal",
    "paidout": "transfer",
    "paidoutreversed": "transfer_reversal",
    "merchantpayin": "topup",
    "depositcorrection": "reserve",
    "reserveadjustment": "reserve",
    "balancetransfer": "adjustment",
    "manualcorrected": "adjustment",
    "matchedstatement": "adjustment",
    "internalcompanypayout": "adjustment",
}


class _NetMismatch(ValueError):
    """What the row says of gross, costs and net does not add up."""


class AdyenReport:
    """One batch of one merchant account; its number ties it to the payout on the bank statement."""

    format = "adyen_settlement_detail"

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.account = ""
        self.batch = ""

    def rows(self) -> Iterator[SettlementLine | OtherLine]:
        """See SettlementReader."""
        rows = records(self._stream)
        header = next(rows, None)
        if header is None:
            raise SettlementFileInvalid("empty", "the file is empty")
        line, names, raw = header
        columns = _Columns(names)
        yield OtherLine(line, "header", raw)
        for line, fields, raw in rows:
            if not fields:
                yield OtherLine(line, "blank", raw)
                continue
            try:
                row = columns.read(line, fields, raw)
            except (BadAmount, ValueError, UnknownCurrency) as error:
                yield columns.rejected(line, fields, raw, error)
                continue
            self._belongs(line, columns.value(fields, "Merchant Account"), columns.batch(fields))
            yield row
        if not self.batch:
            raise SettlementFileInvalid("control_totals", "has no row that names its batch")

    def chunks(self) -> Iterator[Chunk]:
        """See SettlementReader."""
        return gathered(self.rows())

    def _belongs(self, line: int, account: str, batch: str) -> None:
        if not self.batch:
            self.account, self.batch = account, batch
        if (account, batch) != (self.account, self.batch):
            detail = (
                f"is of batch {batch} of {account}, the rows before of batch {self.batch} of {self.account}"
            )
            raise SettlementFileInvalid("batch_mixed", detail, line)


def recognises(header: Sequence[str]) -> bool:
    """Whether the names of the first row are such a report's."""
    return set(NEEDED) <= {name.strip() for name in header}


def missing(header: Sequence[str]) -> list[str]:
    """The columns that a file with this first row lacks."""
    return [name for name in NEEDED if name not in {name.strip() for name in header}]


class _Columns:
    """Where each column stands in this file."""

    def __init__(self, names: Sequence[str]) -> None:
        self._at = {name.strip(): i for i, name in enumerate(names)}
        self._width = len(names)
        if lacking := missing(names):
            raise SettlementFileInvalid("header", f"has no column {', '.join(lacking)}", 1)
        if len(self._at) != len(names):
            raise SettlementFileInvalid("header", "names a column twice", 1)

    def value(self, fields: Sequence[str], name: str) -> str:
        return fields[self._at[name]].strip()

    def batch(self, fields: Sequence[str]) -> str:
        return self.value(fields, "Batch Number")

    def read(self, line: int, fields: Sequence[str], raw: bytes) -> SettlementLine:
        if len(fields) != self._width:
            raise ValueError(f"has {len(fields)} fields, the header {self._width}")
        type, account = self.value(fields, "Type"), self.value(fields, "Merchant Account")
        if not (type and account and self.batch(fields).isdigit()):
            raise ValueError("has no Type, Merchant Account or Batch Number")
        currency = self.value(fields, "Net Currency").upper()
        gross, fee, net = self._amounts(fields, currency)
        return SettlementLine(
            line=line,
            kind=KINDS.get(type.lower(), "unknown"),
            type=type,
            number=self._number(fields, line),
            source_id=self.value(fields, "Psp Reference"),
            reference=self.value(fields, "Merchant Reference"),
            gross_minor=gross,
            fee_minor=fee,
            net_minor=net,
            currency=currency,
            occurred_at=moment(self.value(fields, "Creation Date"), self.value(fields, "TimeZone")),
            raw=raw,
            method=self.value(fields, "Payment Method") if "Payment Method" in self._at else "",
        )

    def rejected(self, line: int, fields: Sequence[str], raw: bytes, error: Exception) -> OtherLine:
        """Where the row has its columns, what it tells of is known although it cannot be read."""
        code = "net_mismatch" if isinstance(error, _NetMismatch) else "row_rejected"
        number, source_id = "", ""
        if len(fields) == self._width:
            number, source_id = self._number(fields, line), self.value(fields, "Psp Reference")
        return OtherLine(line, "rejected", raw, code, str(error), number, source_id)

    def _number(self, fields: Sequence[str], line: int) -> str:
        """The PSP's reference alone names several movements of a payment; costs and payouts may have none."""
        type = self.value(fields, "Type")
        named = self.value(fields, "Modification Reference") or self.value(fields, "Psp Reference")
        account = self.value(fields, "Merchant Account")
        return f"{named or f'{account}:{self.batch(fields)}:{line}'}:{type}"

    def _amounts(self, fields: Sequence[str], currency: str) -> tuple[int, int, int]:
        """Gross, costs and net in the settlement currency. What was paid in another is what arrived and was kept of it."""
        exponent(currency)
        net = self._signed(fields, "Net", "NC", currency)
        fee = sum(self._major(fields, name, currency) for name in COSTS)
        gross_currency = self.value(fields, "Gross Currency").upper()
        if not self._has(fields, "Gross", "GC"):
            return net + fee, fee, net
        gross = self._signed(fields, "Gross", "GC", gross_currency)
        if gross_currency != currency:
            if (gross > 0) != (net + fee > 0) and gross and net + fee:
                paid = Money(gross, gross_currency)
                raise _NetMismatch(f"gross {paid} and net {Money(net, currency)} go two ways")
            return net + fee, fee, net
        if gross - fee != net:
            raise _NetMismatch(does_not_add_up(gross, "costs", fee, net, currency))
        return gross, fee, net

    def _has(self, fields: Sequence[str], side: str, unit: str) -> bool:
        return any(self.value(fields, f"{side} {column} ({unit})") for column in ("Debit", "Credit"))

    def _signed(self, fields: Sequence[str], side: str, unit: str, currency: str) -> int:
        """Credit less debit: each without a sign, empty where there is none."""
        names = (f"{side} Credit ({unit})", f"{side} Debit ({unit})")
        credit, debit = (self._major(fields, name, currency) for name in names)
        if credit < 0 or debit < 0 or (credit and debit):
            raise BadAmount(f"{names[0]} and {names[1]} are not one amount without a sign")
        return credit - debit

    def _major(self, fields: Sequence[str], name: str, currency: str) -> int:
        text = self.value(fields, name)
        return from_major(text, currency) if text else 0
