"""What of a seller's money can be paid now, and if nothing, why: a closed list of reasons, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checkout.core.money import Money

REASONS: Final[dict[str, str]] = {
    "suspended": "The platform has suspended this seller.",
    "not_verified": "The payment provider has not verified this seller yet.",
    "no_bank_account": "There is no bank account in this currency to pay to.",
    "bank_account_changed": "The bank account was changed: payouts go on when the pause is over.",
    "payouts_held": "The platform holds this seller's payouts.",
    "payout_unresolved": "An earlier payout has no known outcome yet, or its money is on its way back.",
    "balance_not_positive": "There is nothing to pay: nothing is available, or what is owed has eaten it up.",
    "below_minimum": "The amount is below the minimum; it is paid with what comes next.",
    "below_step": "The payment provider pays whole steps of this currency only, and this is less than one.",
    "above_instant_limit": "More than may still be paid instantly within a day: it is paid in the usual way.",
    "currency_not_paid_out": "The payment provider pays nothing out in this currency.",
    "movements_under_way": "Movements of this balance are being booked just now: ask again in a moment.",
}


@dataclass(frozen=True, slots=True)
class SellerFacts:
    """What is known of a seller when a payout is asked for. `free` is the sum of the items that no payout has,
    `available` what the ledger says the seller has; it is the smaller that can be paid. `instant_minor`: what went
    instantly within a day, fees included; of whoever asks for an instant payout."""

    free: Money
    available: Money
    active: bool
    verified: bool
    psp_account: str | None
    has_bank_account: bool
    paused_until: datetime | None
    held_because: str | None
    unresolved: bool
    instant_minor: int = 0


@dataclass(frozen=True, slots=True)
class Payable:
    """`amount` goes to the bank, `fee` to the platform, `carried` waits for the next payout."""

    amount: Money
    fee: Money
    carried: Money


@dataclass(frozen=True, slots=True)
class NotPayable:
    """`code` is one of REASONS; `until` where it ends by itself; `note` what a person wrote."""

    code: str
    until: datetime | None = None
    note: str | None = None

    @property
    def words(self) -> str:
        return REASONS[self.code]


@dataclass(frozen=True, slots=True)
class Terms:
    """The bounds of a payout in minor units: nothing below `minimum`, multiples of `step`, what it costs, and the most that
    goes so within a day. `version` names the rules that they are of."""

    version: str = "standard-1"
    minimum_minor: int = 0
    step_minor: int = 1
    fee_bps: int = 0
    fee_minimum_minor: int = 0
    daily_most_minor: int | None = None


def assess(facts: SellerFacts, terms: Terms, now: datetime) -> Payable | NotPayable:
    """What a payout made now would carry, or the first reason against it."""
    if (against := against_the_seller(facts, now)) is not None:
        return against
    if facts.free.amount_minor <= 0 or facts.available.amount_minor <= 0:
        return NotPayable("balance_not_positive")
    if facts.free > facts.available:
        return NotPayable("movements_under_way")
    if facts.free.amount_minor < terms.minimum_minor:
        return NotPayable("below_minimum")
    most = terms.daily_most_minor
    if most is not None and facts.instant_minor + facts.free.amount_minor > most:
        return NotPayable("above_instant_limit")
    fee = _fee(facts.free.amount_minor, terms)
    rest = facts.free.amount_minor - fee
    amount = rest - rest % terms.step_minor
    if amount <= 0:
        return NotPayable("below_step")
    currency = facts.free.currency
    return Payable(Money(amount, currency), Money(fee, currency), Money(rest - amount, currency))


def against_the_seller(facts: SellerFacts, now: datetime) -> NotPayable | None:
    """The first reason that lies with the seller, whatever the amount."""
    if not facts.active:
        return NotPayable("suspended")
    if not facts.verified or facts.psp_account is None:
        return NotPayable("not_verified")
    if not facts.has_bank_account:
        return NotPayable("no_bank_account")
    if facts.paused_until is not None and now < facts.paused_until:
        return NotPayable("bank_account_changed", until=facts.paused_until)
    if facts.held_because is not None:
        return NotPayable("payouts_held", note=facts.held_because)
    if facts.unresolved:
        return NotPayable("payout_unresolved")
    return None


def _fee(free_minor: int, terms: Terms) -> int:
    """Rounded up to the next minor unit, never more than there is."""
    if not terms.fee_bps and not terms.fee_minimum_minor:
        return 0
    return min(free_minor, max(-(-free_minor * terms.fee_bps // 10_000), terms.fee_minimum_minor))
