"""How a difference may be explained, and what each way posts. Pure: pages, the API and the resolution itself ask here.

A difference is explained when what it holds beyond the PSP's balance has been posted somewhere else: the unexplained
rest is then zero. Nothing is edited; each way posts new entries or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from checkout.core.errors import DomainError, InvalidParameter
from checkout.core.money import Money
from checkout.ledger import settlement_recipes as recipes
from checkout.ledger.chart import (
    DISPUTE_FEES,
    FX_RESULT,
    PSP_FEES,
    SELLER_LOSSES,
    Account,
    psp_balance,
    psp_claims,
    suspense,
)
from checkout.ledger.entry import Entry

Way = Literal[
    "psp_claim",
    "write_off",
    "post_correction",
    "accept_within_tolerance",
    "duplicate_ignored",
    "expected_later",
]

TOLERANCE_MINOR: Final = 1  # a minor unit a row: what a PSP's rounding can come to
WORDS: Final[dict[Way, str]] = {
    "psp_claim": "Claim it from the PSP",
    "write_off": "Write it off (a second person decides)",
    "post_correction": "Book it onto the account that explains it",
    "accept_within_tolerance": "Accept it as rounding",
    "duplicate_ignored": "It is told twice: nothing is booked",
    "expected_later": "It will come: put it off",
}
EXPLAINING: Final[Mapping[str, Account]] = {
    "psp_fees": PSP_FEES,
    "dispute_fees": DISPUTE_FEES,
    "seller_losses": SELLER_LOSSES,
    "fx_result": FX_RESULT,
}


class ResolutionNotPossible(DomainError):
    """The difference cannot be explained that way; `extra` names the ways that are open."""

    code = "resolution_not_possible"


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A difference as it stands: what our balance has beyond the PSP's, or (in_suspense) what lies there since the
    balance has followed the PSP."""

    alert_id: UUID
    code: str
    psp: str
    number: str
    beyond: Money
    in_suspense: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a way does: its entries, whether a second person decides first, and what stays unexplained after it."""

    way: Way
    entries: tuple[Entry, ...]
    second_person: bool
    rest: Money


def ways_of(found: Unexplained) -> tuple[Way, ...]:
    """The ways that are open, the most fitting first."""
    if found.code == "duplicate_line":
        return ("duplicate_ignored",)
    if not found.beyond:
        return ("post_correction", "expected_later")
    ways: list[Way] = []
    if abs(found.beyond.amount_minor) <= TOLERANCE_MINOR and not found.in_suspense:
        ways.append("accept_within_tolerance")
    if found.beyond.amount_minor > 0:
        ways.append("psp_claim")
    ways += ["post_correction", "write_off"]
    if found.code == "missing_at_psp":
        ways.append("expected_later")
    return tuple(ways)


def plan(found: Unexplained, way: Way, *, account: str | None = None) -> Plan:
    """What the way would post.

    Raises:
        ResolutionNotPossible: not for this difference. InvalidParameter: no account, or one that explains nothing.
    """
    if way not in ways_of(found):
        raise ResolutionNotPossible(
            f"a {found.code} of {found.beyond} is not resolved by {way}",
            extra={"possible": list(ways_of(found))},
        )
    zero = Money.zero(found.beyond.currency)
    if way in ("duplicate_ignored", "expected_later") or not found.beyond:
        return Plan(way, (), second_person=False, rest=zero)
    return Plan(way, _entries(found, way, account), second_person=way == "write_off", rest=zero)


def _entries(found: Unexplained, way: Way, account: str | None) -> tuple[Entry, ...]:
    alert_id, psp, beyond = found.alert_id, found.psp, found.beyond
    match way:
        case "psp_claim" if found.in_suspense:
            return (_clear(found, psp_claims(psp)),)
        case "psp_claim":
            return (recipes.psp_claimed(alert_id=alert_id, psp=psp, beyond=beyond),)
        case "write_off":
            of = suspense(psp) if found.in_suspense else psp_balance(psp)
            return (recipes.settlement_written_off(alert_id=alert_id, of=of, beyond=beyond),)
        case "accept_within_tolerance":
            return (
                recipes.rounding_booked(
                    source=recipes.alert_name(alert_id), psp=psp, number=found.number, beyond=beyond
                ),
            )
        case _:
            if account is None or account not in EXPLAINING:
                raise InvalidParameter.at("/account", f"one of {', '.join(EXPLAINING)}", "required")
            cleared = _clear(found, EXPLAINING[account])
            if found.in_suspense:
                return (cleared,)
            return (recipes.put_in_suspense(alert_id=alert_id, psp=psp, beyond=beyond), cleared)


def _clear(found: Unexplained, onto: Account) -> Entry:
    return recipes.suspense_cleared(alert_id=found.alert_id, onto=onto, beyond=found.beyond, psp=found.psp)
