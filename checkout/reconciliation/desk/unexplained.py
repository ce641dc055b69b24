"""A difference as it stands before it is explained, and what may stand against it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from checkout.core.money import Money

# Lines that nothing of ours answers to. What is posted for one follows its number first, so that the balance follows
# the PSP once, whoever is sooner: a person, or the day on which the line is put aside.
UNKNOWN_LINES: Final = frozenset(
    {
        "missing_in_ledger",
        "duplicate_capture",
        "unknown_reference",
        "unknown_type",
        "refund_unmatched",
        "dispute_unmatched",
        "transfer_unmatched",
        "payout_mismatch",
    }
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What was claimed for an alert and has not been paid; never negative."""

    alert_id: UUID
    left: Money


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A difference as it stands. beyond: the rest, what our balance has beyond the PSP's, or (in_suspense) what lies
    there since the balance has followed the PSP. whole: the same before anything was explained. line_net, line_fee: what
    the file's line says. claimed: what was claimed for it and not paid; claims: those of the PSP that a payment may be
    for; posted: its entries by kind. overcharged: what a booked fee is beyond the contract; nothing else. at_the_bank: of
    the bank's leg, which moves no balance at a PSP, the difference."""

    alert_id: UUID
    code: str
    psp: str
    number: str
    beyond: Money
    in_suspense: bool
    whole: Money
    file: str = ""
    line_net: Money | None = None
    line_fee: int = 0
    claimed: int = 0
    claims: Sequence[Claim] = ()
    within_rounding: bool = False
    posted: Mapping[str, int] = field(default_factory=dict)
    overcharged: int = 0
    at_the_bank: int = 0

    @property
    def stays(self) -> Money:
        """What closing it as it is leaves unexplained."""
        return self.beyond or Money(self.at_the_bank, self.beyond.currency)

    @property
    def follows_number(self) -> bool:
        """A line that nobody knows, and that was not put aside yet."""
        return bool(not self.in_suspense and self.number and self.file and self.code in UNKNOWN_LINES)
