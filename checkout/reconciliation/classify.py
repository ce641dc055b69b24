"""What a line that does not match is, and what an entry is that no line tells of. Pure.

The codes are the closed list of differences; each has a severity and a first step. `difference` = ours − theirs, of
the gross amounts, or of the fees where only they differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import UUID

from checkout.alerts import Severity

DifferenceCode = Literal[
    "missing_at_psp",
    "missing_in_ledger",
    "amount_mismatch",
    "fee_mismatch",
    "currency_mismatch",
    "status_mismatch",
    "direction_mismatch",
    "duplicate_line",
    "rounding",
    "refund_unmatched",
    "dispute_unmatched",
    "transfer_unmatched",
    "payout_mismatch",
    "unknown_reference",
    "unknown_type",
    "row_rejected",
    "net_mismatch",
]

SEVERITY: Final[dict[str, Severity]] = {
    "missing_at_psp": "high",
    "missing_in_ledger": "high",
    "amount_mismatch": "high",
    "fee_mismatch": "medium",
    "currency_mismatch": "high",
    "status_mismatch": "high",
    "direction_mismatch": "high",
    "duplicate_line": "low",
    "rounding": "low",
    "refund_unmatched": "high",
    "dispute_unmatched": "high",
    "transfer_unmatched": "high",
    "payout_mismatch": "high",
    "unknown_reference": "high",
    "unknown_type": "medium",
    "row_rejected": "high",
    "net_mismatch": "high",
}
KEPT_OUT: Final = frozenset(
    {"row_rejected", "net_mismatch"}
)  # rows that are no lines: received, not compared

UNMATCHED: Final[dict[str, DifferenceCode]] = {
    "charge": "missing_in_ledger",
    "refund": "refund_unmatched",
    "refund_failure": "refund_unmatched",
    "dispute": "dispute_unmatched",
    "dispute_reversal": "dispute_unmatched",
    "transfer": "transfer_unmatched",
    "transfer_reversal": "transfer_unmatched",
    "payout": "payout_mismatch",
    "payout_reversal": "payout_mismatch",
    "unknown": "unknown_type",
}


@dataclass(frozen=True, slots=True)
class DifferingLine:
    """A line, and what the journal has under its number (None: nothing in that currency).

    charge_*: the entry of the charge that the line's source names, found although its number is not learnt yet.
    """

    file_id: UUID
    line: int
    kind: str
    type: str
    number: str
    source_id: str
    reference: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    repeated: bool
    ours_net: int | None
    ours_fee: int | None
    other_currency: str | None
    other_net: int | None
    entry_id: UUID | None
    entry_source: str | None
    charge_entry_id: UUID | None
    charge_source: str | None
    charge_minor: int | None
    charge_currency: str | None
    in_suspense: bool
    in_former_file: bool

    @property
    def ours_gross(self) -> int | None:
        return None if self.ours_net is None else self.ours_net + (self.ours_fee or 0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line is. balance_minor: what our balance has beyond the PSP's because of it. `code` None: it matches, once `learn` (the charge's number) and `fee` (its fee) are booked."""

    code: DifferenceCode | None
    ours_minor: int | None = None
    theirs_minor: int | None = None
    difference_minor: int = 0
    detail: str = ""
    balance_minor: int = 0
    learn: bool = False
    book_fee: bool = False
    book_cost: bool = False


def judge(line: DifferingLine) -> Verdict:
    """The first that holds, from the plainest to the strangest."""
    verdict = _judge(line)
    if verdict.code is None or verdict.code == "duplicate_line" or line.in_suspense:
        return verdict
    ours = line.ours_net if line.ours_net is not None else _of_the_charge(line)
    return replace(verdict, balance_minor=ours - line.net_minor)


def _of_the_charge(line: DifferingLine) -> int:
    if line.kind not in ("charge", "charge_failure") or line.charge_currency != line.currency:
        return 0
    return line.charge_minor or 0


def _judge(line: DifferingLine) -> Verdict:
    if line.repeated or (line.in_former_file and line.ours_net is not None):
        return Verdict(
            "duplicate_line", 0, line.gross_minor, -line.gross_minor, "The file tells of it twice."
        )
    if line.in_suspense:
        return _unknown(line, "It lies in suspense until somebody knows what it is.")
    if line.ours_net is None:
        return _not_under_its_number(line)
    return _compare(line, line.ours_gross or 0, line.ours_fee or 0)


def _not_under_its_number(line: DifferingLine) -> Verdict:
    if line.other_currency is not None:
        return _other_currency(line, line.other_currency, line.other_net or 0)
    if line.charge_minor is not None and line.kind in ("charge", "charge_failure"):
        if line.charge_currency != line.currency:
            return _other_currency(line, str(line.charge_currency), line.charge_minor)
        found = _compare(line, line.charge_minor, 0)
        return found if found.code else Verdict(None, learn=True, book_fee=bool(line.fee_minor))
    if line.kind == "fee":
        return Verdict(None, book_cost=True)
    return _unknown(line, "Nothing of ours answers to it.")


def _compare(line: DifferingLine, gross: int, fee: int) -> Verdict:
    ours, theirs = gross, line.gross_minor
    if line.kind == "charge_failure" and ours > 0:
        detail = "The PSP says that the charge failed; our books say that it was captured."
        return Verdict("status_mismatch", ours, theirs, ours - theirs, detail)
    if ours == theirs:
        if fee == line.fee_minor:
            return Verdict(None)
        if fee == 0:
            return Verdict(None, book_fee=True)
        detail = f"The fee is {line.fee_minor} in the file, {fee} in our books."
        return Verdict("fee_mismatch", fee, line.fee_minor, fee - line.fee_minor, detail)
    if ours == -theirs:
        return Verdict("direction_mismatch", ours, theirs, ours - theirs, "The sign is the other one.")
    return Verdict("amount_mismatch", ours, theirs, ours - theirs, "The amounts differ.")


def _other_currency(line: DifferingLine, currency: str, minor: int) -> Verdict:
    detail = f"Ours is {minor} in {currency}, the file says {line.gross_minor} in {line.currency}."
    return Verdict("currency_mismatch", None, line.gross_minor, -line.gross_minor, detail)


def _unknown(line: DifferingLine, detail: str) -> Verdict:
    code = UNMATCHED.get(line.kind, "unknown_reference")
    if code == "missing_in_ledger" and not line.reference:
        code = "unknown_reference"
    return Verdict(code, None, line.gross_minor, -line.gross_minor, detail)
