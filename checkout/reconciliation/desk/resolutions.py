"""How a difference may be explained, and what each way posts. Pure: pages, the API and the resolution itself ask here.

A difference is explained when what it holds beyond the PSP's balance has been posted somewhere else, or stands against
another record: the unexplained rest is then zero. Nothing is edited; each way posts new entries or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import UUID

from checkout.core.errors import DomainError, InvalidParameter
from checkout.core.money import Money
from checkout.ledger import settlement_recipes as recipes
from checkout.ledger.chart import (
    DISPUTE_FEES,
    FX_RESULT,
    PSP_FEES,
    ROUNDING,
    SELLER_LOSSES,
    Account,
    psp_balance,
    psp_claims,
    suspense,
)
from checkout.ledger.entry import Entry, PspNumber
from checkout.reconciliation.desk.unexplained import Claim, Unexplained

Way = Literal[
    "link_records",
    "psp_claim",
    "psp_claim_paid",
    "write_off",
    "post_correction",
    "accept_within_tolerance",
    "duplicate_ignored",
    "expected_later",
    "not_ours",
]

WORDS: Final[dict[Way, str]] = {
    "link_records": "Join it with the record it belongs to",
    "psp_claim": "Claim it from the PSP",
    "psp_claim_paid": "It pays a claim",
    "write_off": "Write it off (a second person decides)",
    "post_correction": "Book it onto the account that explains it",
    "accept_within_tolerance": "Accept it as rounding",
    "duplicate_ignored": "It is told twice: nothing is booked",
    "expected_later": "It will come: put it off",
    "not_ours": "It is not ours: nothing is booked (a second person decides)",
}
EXPLAINING: Final[Mapping[str, Account]] = {
    "psp_fees": PSP_FEES,
    "dispute_fees": DISPUTE_FEES,
    "seller_losses": SELLER_LOSSES,
    "fx_result": FX_RESULT,
}
LOSSES: Final = frozenset({"seller_losses"})  # what is booked there is given up: a write-off by another name


class ResolutionNotPossible(DomainError):
    """The difference cannot be explained that way; `extra` names the ways that are open."""

    code = "resolution_not_possible"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a way does: its entries, whether a second person decides first, how much it explains, and what stays
    unexplained after it. claim: the alert whose claim is paid. account: of EXPLAINING, for post_correction."""

    way: Way
    entries: tuple[Entry, ...]
    second_person: bool
    rest: Money
    amount: Money
    claim: UUID | None = None
    account: str | None = None


def ways_of(found: Unexplained) -> tuple[Way, ...]:
    """The ways that are open, the most fitting first."""
    if found.code == "duplicate_line":
        return ("duplicate_ignored", "link_records")
    if not found.beyond:
        if found.claimed:
            return ("write_off",)
        if found.at_the_bank:
            return ("expected_later", "not_ours")
        claim: tuple[Way, ...] = ("psp_claim",) if found.overcharged and not found.posted else ()
        return (*claim, "post_correction", "expected_later", "not_ours")
    ways: list[Way] = []
    if found.within_rounding and not found.posted:
        ways.append("accept_within_tolerance")
    if found.beyond.amount_minor > 0:
        ways.append("psp_claim")
    elif found.claims:
        ways.append("psp_claim_paid")
    ways += ["post_correction", "link_records", "write_off"]
    if found.code == "missing_at_psp":
        ways.append("expected_later")
    return (*ways, "not_ours")


def plan(
    found: Unexplained,
    way: Way,
    *,
    account: str | None = None,
    amount: Money | None = None,
    claim: UUID | None = None,
) -> Plan:
    """What the way would post. amount: the part that it explains, with the sign of the rest; None is all of it.

    Raises:
        ResolutionNotPossible: not for this difference. InvalidParameter: no account, or one that explains nothing; an
        amount that is not within the rest; a claim that is none.
    """
    if way not in ways_of(found) or way == "link_records":
        raise _not_possible(found, way)
    zero = Money.zero(found.beyond.currency)
    if way in ("duplicate_ignored", "expected_later", "not_ours"):
        decided = way == "not_ours" and bool(found.stays)
        return Plan(way, (), second_person=decided, rest=found.stays if decided else zero, amount=zero)
    if not found.beyond:
        match way:
            case "write_off":
                return _of_a_claim(found)
            case "psp_claim":
                return _of_a_fee(found, amount)
        return Plan(way, (), False, zero, zero)
    paid = _claim_of(found, claim) if way == "psp_claim_paid" else None
    part = _part(found, amount, most=paid.left if paid else None)
    entries = _numbered(found, _entries(found, way, part, account))
    rest = found.beyond - part
    booked_onto = account if way == "post_correction" else None
    decided = way == "write_off" or booked_onto in LOSSES
    return Plan(way, entries, decided, rest, part, paid.alert_id if paid else None, booked_onto)


def link_entries(found: Unexplained, part: Money) -> tuple[Entry, ...]:
    """What joining with another record posts: out of suspense, where the record that stands in our balance already
    answers for it; nothing where neither lies there."""
    if not (part and (found.in_suspense or found.follows_number)):
        return ()
    return _numbered(found, (*_put_aside(found), _clear(found, psp_balance(found.psp), part)))


def put_back(found: Unexplained, part: Money) -> tuple[Entry, ...]:
    """What taking a join back posts: into suspense again, as much as joining took out of it."""
    return _numbered(found, (_clear(found, psp_balance(found.psp), -part),))


def _not_possible(found: Unexplained, way: Way) -> ResolutionNotPossible:
    return ResolutionNotPossible(
        f"a {found.code} of {found.beyond} is not resolved by {way}",
        extra={"possible": list(ways_of(found))},
    )


def _part(found: Unexplained, amount: Money | None, *, most: Money | None) -> Money:
    """The part that is explained, with the sign of the rest; of a payment no more than is claimed."""
    rest = found.beyond
    if amount is None:
        whole = abs(rest.amount_minor)
        size = min(whole, most.amount_minor) if most else whole
        return rest if size == whole else Money(-size if rest.amount_minor < 0 else size, rest.currency)
    if amount.currency != rest.currency:
        raise InvalidParameter.at("/currency", f"the difference is in {rest.currency}", "currency_mismatch")
    same_sign = (amount.amount_minor > 0) is (rest.amount_minor > 0)
    if not amount or not same_sign or abs(amount.amount_minor) > abs(rest.amount_minor):
        raise InvalidParameter.at("/amount", f"a part of {rest}, with its sign", "out_of_range")
    if most is not None and abs(amount.amount_minor) > most.amount_minor:
        raise InvalidParameter.at("/amount", f"of the claim only {most} is open", "out_of_range")
    return amount


def _claim_of(found: Unexplained, claim: UUID | None) -> Claim:
    """The one that is named, or the only one there is."""
    if claim is None and len(found.claims) == 1:
        return found.claims[0]
    named = next((open_one for open_one in found.claims if open_one.alert_id == claim), None)
    if named is None:
        raise InvalidParameter.at("/claim", "names the alert whose claim is paid, which is open", "required")
    return named


def _of_a_claim(found: Unexplained) -> Plan:
    """The PSP refuses a claim: it is lost."""
    owed = Money(found.claimed, found.beyond.currency)
    entry = recipes.settlement_written_off(alert_id=found.alert_id, of=psp_claims(found.psp), beyond=owed)
    zero = Money.zero(owed.currency)
    return Plan("write_off", _numbered(found, (entry,)), second_person=True, rest=zero, amount=owed)


def _of_a_fee(found: Unexplained, amount: Money | None) -> Plan:
    """The fee stands in the books as the PSP took it: what of it the contract does not know is claimed, or a part."""
    beyond = Money(found.overcharged, found.beyond.currency)
    claimed = beyond if amount is None else amount
    if claimed.currency != beyond.currency:
        raise InvalidParameter.at("/currency", f"the fee is in {beyond.currency}", "currency_mismatch")
    if not 0 < claimed.amount_minor <= beyond.amount_minor:
        raise InvalidParameter.at("/amount", f"above zero, at most {beyond}", "out_of_range")
    entry = recipes.fee_claimed(alert_id=found.alert_id, psp=found.psp, beyond=claimed)
    return Plan("psp_claim", (entry,), second_person=False, rest=found.beyond, amount=claimed)


def _entries(found: Unexplained, way: Way, part: Money, account: str | None) -> tuple[Entry, ...]:
    alert_id, psp = found.alert_id, found.psp
    aside = found.in_suspense or found.follows_number
    match way:
        case "psp_claim_paid" if found.follows_number and part == found.whole and not found.line_fee:
            paid = recipes.psp_claim_paid(alert_id=alert_id, psp=psp, amount=-part)
            return (replace(paid, psp_number=PspNumber(psp, found.number)),)
        case "psp_claim" | "psp_claim_paid" if aside:
            return (*_put_aside(found), _clear(found, psp_claims(psp), part))
        case "psp_claim":
            return (recipes.psp_claimed(alert_id=alert_id, psp=psp, beyond=part),)
        case "psp_claim_paid":
            return (recipes.psp_claim_paid(alert_id=alert_id, psp=psp, amount=-part),)
        case "write_off":
            of = suspense(psp) if aside else psp_balance(psp)
            lost = recipes.settlement_written_off(alert_id=alert_id, of=of, beyond=part)
            return (*_put_aside(found), lost)
        case "accept_within_tolerance" if aside:
            return (*_put_aside(found), _clear(found, ROUNDING, part))
        case "accept_within_tolerance":
            source = recipes.alert_name(alert_id)
            return (
                recipes.rounding_booked(source=source, psp=psp, number=found.number or source, beyond=part),
            )
        case _:
            if account is None or account not in EXPLAINING:
                raise InvalidParameter.at("/account", f"one of {', '.join(EXPLAINING)}", "required")
            cleared = _clear(found, EXPLAINING[account], part)
            if aside:
                return (*_put_aside(found), cleared)
            return (recipes.put_in_suspense(alert_id=alert_id, psp=psp, beyond=part), cleared)


def _put_aside(found: Unexplained) -> tuple[Entry, ...]:
    """The whole line, under its number: as it is put aside by itself when its day is old."""
    if not found.follows_number:
        return ()
    return (
        recipes.suspense_booked(source=found.file, psp=found.psp, number=found.number, beyond=found.whole),
    )


def _clear(found: Unexplained, onto: Account, part: Money) -> Entry:
    return recipes.suspense_cleared(alert_id=found.alert_id, onto=onto, beyond=part, psp=found.psp)


def _numbered(found: Unexplained, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """An alert's second entry of a kind has a key of its own: "alr_…/2". The first is the alert's."""
    name, before = recipes.alert_name(found.alert_id), Counter(found.posted)
    numbered = []
    for entry in entries:
        if entry.source_key == name:
            before[entry.kind] += 1
            n = before[entry.kind]
            entry = entry if n == 1 else replace(entry, source_key=f"{name}/{n}")
        numbered.append(entry)
    return tuple(numbered)
