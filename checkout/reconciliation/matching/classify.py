"""What a line that does not match is, by itself. Pure; second_look.py goes on with what the payment and other lines say.

The codes are of the closed list of differences; the rules say how loud each is. `difference` = ours − theirs, of
the gross amounts, or of the fees where only they differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from checkout.core.money import Money
from checkout.reconciliation.rules.rule_set import Rules

DifferenceCode = Literal[
    "missing_at_psp",
    "missing_in_ledger",
    "amount_mismatch",
    "fee_mismatch",
    "currency_mismatch",
    "fx_rate_mismatch",
    "status_mismatch",
    "direction_mismatch",
    "duplicate_line",
    "duplicate_capture",
    "timing_cutoff",
    "rounding",
    "refund_unmatched",
    "dispute_unmatched",
    "transfer_unmatched",
    "payout_mismatch",
    "seller_split_mismatch",
    "unknown_reference",
    "unknown_type",
    "row_rejected",
    "net_mismatch",
]

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
# Whose amount is another one: by the leg that it belongs to.
OTHER_AMOUNT: Final[dict[str, DifferenceCode]] = {
    "transfer": "seller_split_mismatch",
    "transfer_reversal": "seller_split_mismatch",
    "payout": "payout_mismatch",
    "payout_reversal": "payout_mismatch",
}


@dataclass(frozen=True, slots=True)
class DifferingLine:
    """A line, and what the journal has under its number (None: nothing in that currency).

    charge_*: the entry of the charge that the line's source names, found although its number is not learnt yet.
    told_otherwise: an earlier line of its number has another amount.
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
    occurred_at: datetime
    method: str
    repeated: bool
    ours_net: int | None
    ours_fee: int | None
    other_currency: str | None
    other_net: int | None
    other_fee: int | None
    entry_id: UUID | None
    entry_source: str | None
    charge_entry_id: UUID | None
    charge_source: str | None
    charge_minor: int | None
    charge_currency: str | None
    in_suspense: bool
    in_former_file: bool
    told_otherwise: bool = False

    @property
    def ours_gross(self) -> int | None:
        return None if self.ours_net is None else self.ours_net + (self.ours_fee or 0)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def says_another_amount(self) -> bool:
        """Its number was told before with an amount that is neither this one nor ours."""
        return self.told_otherwise and self.ours_net != self.net_minor


@dataclass(frozen=True, slots=True)
class Sold:
    """What of our balance a conversion was paid with, and the number of the line that tells of it."""

    number: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line is. balance_minor: what our balance has beyond the PSP's because of it.

    `code` None: it matches, once what it tells is booked. learn: the entry whose number it is, and learn_more those that
    it is as well; same_entry: the numbers of other lines that are parts of that entry. rounding_minor: ours beyond theirs,
    for the rounding account. exchange: what was booked in the currency paid, and is settled in the line's. converts: what
    of our balance the line's amount was bought with.
    """

    code: DifferenceCode | None
    ours_minor: int | None = None
    theirs_minor: int | None = None
    difference_minor: int = 0
    detail: str = ""
    balance_minor: int = 0
    learn: UUID | None = None
    learn_more: tuple[UUID, ...] = ()
    same_entry: tuple[str, ...] = ()
    book_fee: bool = False
    book_cost: bool = False
    book_top_up: bool = False
    rounding_minor: int = 0
    exchange: Money | None = None
    converts: Sold | None = None

    @property
    def books(self) -> bool:
        """Whether something is written for it before it matches."""
        told = self.learn or self.book_fee or self.book_cost or self.book_top_up or self.exchange
        return self.code is None and bool(told or self.rounding_minor or self.converts)


def judge(line: DifferingLine, psp: str, rules: Rules) -> Verdict:
    """The first that holds, from the plainest to the strangest."""
    verdict = _judge(line, psp, rules)
    aside = line.in_suspense and verdict.code != "amount_mismatch"
    if verdict.code is None or verdict.code == "duplicate_line" or aside:
        return verdict
    return beyond_theirs(line, verdict)


def beyond_theirs(line: DifferingLine, verdict: Verdict) -> Verdict:
    """The same, with what our balance has beyond the PSP's."""
    ours = line.ours_net if line.ours_net is not None else _of_the_charge(line)
    return replace(verdict, balance_minor=ours - line.net_minor)


def _of_the_charge(line: DifferingLine) -> int:
    if line.kind not in ("charge", "charge_failure") or line.charge_currency != line.currency:
        return 0
    return line.charge_minor or 0


def _judge(line: DifferingLine, psp: str, rules: Rules) -> Verdict:
    known = line.ours_net is not None or line.other_currency is not None
    if line.repeated or (line.in_former_file and known):
        if line.says_another_amount:
            ours = line.ours_gross or 0
            detail = "Its number stood before, with another amount."
            return Verdict("amount_mismatch", ours, line.gross_minor, ours - line.gross_minor, detail)
        return Verdict(
            "duplicate_line", 0, line.gross_minor, -line.gross_minor, "The file tells of it twice."
        )
    if line.in_suspense:
        return unknown(line, "It lies in suspense until somebody knows what it is.")
    if line.other_currency is not None and not line.ours_gross:
        return _other_currency(line, Money(line.other_net or 0, line.other_currency), psp, rules)
    if line.ours_net is None:
        return _not_under_its_number(line, psp, rules)
    return _compare(line, line.ours_gross or 0, line.ours_fee or 0, rules)


def _not_under_its_number(line: DifferingLine, psp: str, rules: Rules) -> Verdict:
    if line.charge_minor is not None and line.kind in ("charge", "charge_failure"):
        if line.charge_currency != line.currency:
            booked = Money(line.charge_minor, str(line.charge_currency))
            return _other_currency(line, booked, psp, rules)
        found = _compare(line, line.charge_minor, 0, rules)
        if found.code in (None, "rounding"):
            return replace(found, learn=line.charge_entry_id)
        return found
    if line.kind == "fee":
        return Verdict(None, book_cost=line.net_minor != 0)
    if line.kind == "topup" and line.gross_minor:
        return Verdict(None, book_top_up=True, book_fee=line.fee_minor != 0)
    return unknown(line, "Nothing of ours answers to it.")


def _compare(line: DifferingLine, gross: int, fee: int, rules: Rules) -> Verdict:
    ours, theirs = gross, line.gross_minor
    if line.kind == "charge_failure" and ours > 0:
        detail = "The PSP says that the charge failed; our books say that it was captured."
        return Verdict("status_mismatch", ours, theirs, ours - theirs, detail)
    book_fee = fee == 0 and line.fee_minor != 0
    fee = line.fee_minor if book_fee else fee
    if ours == theirs and fee == line.fee_minor:
        return Verdict(None, book_fee=book_fee)
    if rules.within_rounding(ours - theirs, line.currency) and rules.within_rounding(
        fee - line.fee_minor, line.currency
    ):
        return _rounding(line, ours, fee, book_fee=book_fee)
    if ours == theirs:
        detail = f"The fee is {line.money(line.fee_minor)} in the file, {line.money(fee)} in our books."
        return Verdict("fee_mismatch", fee, line.fee_minor, fee - line.fee_minor, detail)
    detail = f"Ours is {line.money(ours)}, the file says {line.money(theirs)}."
    code = OTHER_AMOUNT.get(line.kind, "amount_mismatch") if ours != -theirs else "direction_mismatch"
    return Verdict(code, ours, theirs, ours - theirs, detail)


def _rounding(line: DifferingLine, gross: int, fee: int, *, book_fee: bool) -> Verdict:
    """Gross and fee are each off by no more than a row may be; where the net is not, nothing is to be done."""
    beyond = gross - fee - line.net_minor
    if beyond == 0:
        return Verdict(None, book_fee=book_fee)
    ours = f"{line.money(gross)} less {line.money(fee)}"
    theirs = f"{line.money(line.gross_minor)} less {line.money(line.fee_minor)}"
    detail = f"Ours is {ours}, the file says {theirs}."
    return Verdict(
        "rounding", gross - fee, line.net_minor, beyond, detail, book_fee=book_fee, rounding_minor=beyond
    )


def _other_currency(line: DifferingLine, booked: Money, psp: str, rules: Rules) -> Verdict:
    """Declared, it is an exchange; else nobody has agreed to it."""
    declared = rules.settlement(psp, booked.currency, line.currency)
    if declared is not None and booked.amount_minor * line.gross_minor > 0:
        return Verdict(
            None,
            learn=line.charge_entry_id if line.entry_id is None else None,
            book_fee=bool(line.fee_minor) and not line.ours_fee,
            exchange=booked,
        )
    gross = booked if line.other_fee is None else booked + Money(line.other_fee, booked.currency)
    detail = f"Ours is {gross}, the file says {line.money(line.gross_minor)}."
    return Verdict("currency_mismatch", None, line.gross_minor, -line.gross_minor, detail)


def unknown(line: DifferingLine, detail: str) -> Verdict:
    code = UNMATCHED.get(line.kind, "unknown_reference")
    if code == "missing_in_ledger" and not line.reference:
        code = "unknown_reference"
    return Verdict(code, None, line.gross_minor, -line.gross_minor, detail)
