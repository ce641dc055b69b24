"""What resolving several alerts of one type in one way posts, shown before it is posted; and doing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from checkout.alerts import desk
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.pages import access
from checkout.pages.finance_alert_filters import read_day
from checkout.reconciliation.desk import bulk
from checkout.reconciliation.desk.resolutions import WORDS, Plan, ResolutionNotPossible, Way, plan, ways_of
from checkout.reconciliation.desk.resolve import unexplained
from checkout.reconciliation.desk.unexplained import Unexplained
from checkout.reporting import alerts
from checkout.reporting.alert_scope import Scope, scope_of

NOTE_LEAST: Final = 10  # characters: "ok" explains nothing
SEEN: Final = "looked_into"  # how an alert is closed that states no amount: nothing is posted
# Each alert's own record, claim or day is asked for on its own page.
ONE_BY_ONE: Final = frozenset({"link_records", "psp_claim_paid"})


@dataclass(frozen=True, slots=True)
class Leg:
    """What the entries come to on one account: debits above zero, credits below."""

    kind: str
    account: str
    owner: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Together:
    """`ways`: those open to all of them. `way`: the one that was chosen, and what it posts over all alerts.
    `problem`: why they are not resolved together."""

    ways: Sequence[str] = ()
    way: str = ""
    wants_account: bool = False
    wants_day: bool = False
    second_person: bool = False
    entries: int = 0
    legs: Sequence[Leg] = ()
    problem: str = ""


def plan_together(ids: Sequence[UUID], scope: Scope, sent: Mapping[str, str]) -> Together:
    """What the form asks for, of alerts of one type; nothing is posted."""
    if len(scope.codes) != 1:
        return Together(problem="Only alerts of one type are resolved together. Filter by one type.")
    found = _unexplained(ids)
    if not found:
        if scope.sums:
            return Together(
                problem="They state amounts and are of no settlement file: each is mended on its own."
            )
        return Together(ways=(SEEN,), way=SEEN)
    if len(found) != len(ids):
        return Together(problem="Some of them are of no settlement file: each is resolved on its own page.")
    ways = [way for way in ways_of(found[0]) if way not in ONE_BY_ONE]
    ways = [way for way in ways if all(way in ways_of(other) for other in found)]
    if not ways:
        return Together(problem="No way is open to all of them: resolve each on its own page.")
    way = sent.get("way", "")
    if way not in ways:
        return Together(ways=ways)
    return _planned(found, ways, way, sent.get("account") or None)


def resolve_together(session: Session, ids: Sequence[UUID], sent: Mapping[str, str], zone: ZoneInfo) -> str:
    """Carries the way out for each, in the caller's transaction: all of them, or none. Returns what it came to.

    Raises:
        InvalidParameter. ResolutionNotPossible. InvalidAlertState. AlreadyProposed.
    """
    note, way = sent.get("note", "").strip(), sent.get("way", "")
    if len(note) < NOTE_LEAST:
        raise InvalidParameter.at(
            "/note", f"the note says why, in {NOTE_LEAST} characters or more", "required"
        )
    if len(scope_of(ids).codes) != 1:
        raise ResolutionNotPossible("only alerts of one type are resolved together")
    by = access.person_cause()
    if way == SEEN:
        for alert in alerts.named(ids):
            if alert.amount or alert.psp:
                raise ResolutionNotPossible("one states an amount: it is explained, not only closed")
            desk.resolve(session, alert.id, kind=SEEN, note=note, by=by)
        return "resolve"
    if way not in WORDS or way in ONE_BY_ONE:
        raise InvalidParameter.at("/way", "choose how they are explained", "required")
    until = read_day(sent.get("until", ""), zone) if way == "expected_later" else None
    done = bulk.resolve_all(
        session, ids, way=way, note=note, by=by, account=sent.get("account") or None, until=until
    )
    all_done(done)
    return "propose" if any(each.approval_id for each in done) else "snooze" if until else "resolve"


def all_done(outcomes: Sequence[bulk.Outcome]) -> None:
    """
    Raises:
        InvalidParameter, InvalidAlertState: one was refused. Then none is done: the page has said what would be.
    """
    refused = next((each for each in outcomes if not each.done), None)
    if refused is not None and refused.code == InvalidParameter.code:
        raise InvalidParameter(refused.detail)
    if refused is not None:
        raise desk.InvalidAlertState(
            f"nothing was changed, for {encode('alr', refused.alert_id)} refuses it: {refused.detail}"
        )


def _planned(found: Sequence[Unexplained], ways: Sequence[str], way: Way, account: str | None) -> Together:
    wants_account = way == "post_correction" and any(each.beyond for each in found)
    if wants_account and account is None:
        return Together(ways=ways, way=way, wants_account=True)
    plans = [plan(each, way, account=account) for each in found]
    return Together(
        ways=ways,
        way=way,
        wants_account=wants_account,
        wants_day=way == "expected_later",
        second_person=any(each.second_person for each in plans),
        entries=sum(len(each.entries) for each in plans),
        legs=_legs(plans),
    )


def _legs(plans: Sequence[Plan]) -> list[Leg]:
    """Added up by kind of entry, account and currency; debits and credits each for themselves."""
    sums: dict[tuple[str, str, str, str, bool], int] = {}
    for each in plans:
        for entry in each.entries:
            for leg in entry.postings:
                debit = leg.amount.amount_minor > 0
                key = (entry.kind, leg.account.kind, leg.account.owner, leg.amount.currency, debit)
                sums[key] = sums.get(key, 0) + leg.amount.amount_minor
    return [
        Leg(kind, account, owner, Money(minor, currency))
        for (kind, account, owner, currency, _), minor in sums.items()
    ]


def _unexplained(ids: Sequence[UUID]) -> list[Unexplained]:
    """Of those that are of a settlement file."""
    found = []
    with atomic() as session:
        for id in ids:
            try:
                found.append(unexplained(session, id))
            except NotFound:
                continue
    return found
