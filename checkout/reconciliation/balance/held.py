"""What our books and the PSP say of its balance at a day's end: the balance now, on both sides, less what has moved since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.ids import encode, oldest_at
from checkout.db.statement import execute, run
from checkout.psp import BalanceTransaction, PaymentServiceProvider
from checkout.reconciliation.balance import statements
from checkout.reconciliation.days import day_bounds

BOOKED_EARLIER: Final = timedelta(hours=1)  # an entry's time may be some before its movement's at the PSP
LISTED_LATER: Final = timedelta(hours=1)  # clocks differ: nothing of the list is left out for that
AT_THE_MOMENT: Final = timedelta(seconds=2)  # movements of which nobody knows whether the balance has them
EARLY_DAYS: Final = 70  # the longest that rules let a payment be under way, and some of grace
OPEN_MOST: Final = (
    100_000  # ten nights in which everything differs; what were left out would be explained by nothing
)

Minor = Mapping[str, int]  # by currency


@dataclass(frozen=True, slots=True)
class Held:
    """By currency: our books, and what the PSP may have held; the last is without the movements of the very moment."""

    ours: Minor
    theirs: Mapping[str, Sequence[int]]


def held_at_the_end_of(business_on: date, psp: PaymentServiceProvider, *, now: datetime) -> Held:
    """Ours first: what we have booked by then the PSP has moved before, so that its list has it.

    Raises:
        PspError: the PSP does not say.
    """
    _, end = day_bounds(business_on)
    since = end - BOOKED_EARLIER
    booked = run(statements.OURS, psp=psp.name, since=since, first_entry=oldest_at(since))
    balance = psp.fetch_balance()
    stated: dict[str, int] = defaultdict(int)
    for part in (*balance.available, *balance.pending):
        stated[part.currency] += part.amount_minor
    later = list(psp.list_balance_transactions(created_from=end, created_before=now + LISTED_LATER))
    return Held(_ours(booked, later), _theirs(stated, later, moment=now - AT_THE_MOMENT))


def _ours(booked: Sequence[Row[Any]], later: Sequence[BalanceTransaction]) -> dict[str, int]:
    """The balances, less what was booked for movements of later."""
    moved = {each.id: each for each in later}
    charges = {each.source for each in later if each.net.amount_minor > 0}
    ours: dict[str, int] = defaultdict(int)
    for row in booked:
        ours[row.currency] += row.minor if row.whole else -_booked_later(row, moved, charges)
    return ours


def _booked_later(row: Row[Any], moved: Mapping[str, BalanceTransaction], charges: Set[str]) -> int:
    """How much of an entry. A charge is booked under its own name until the number of its movement is learnt; one that is
    several movements may have some before the day's end, and some after it."""
    after = [moved[number] for number in row.numbers if number in moved]
    if after and len(after) < len(row.numbers):
        return sum(each.amount.amount_minor for each in after if each.amount.currency == row.currency)
    whole = bool(after) or (not row.numbers and row.source_key in charges)
    return int(row.minor) if whole else 0


def _theirs(stated: Minor, later: Sequence[BalanceTransaction], *, moment: datetime) -> dict[str, list[int]]:
    theirs: dict[str, list[int]] = {}
    for currency in {*stated, *(each.net.currency for each in later)}:
        moved = sorted(
            (each for each in later if each.net.currency == currency), key=lambda each: each.created_at
        )
        held = stated.get(currency, 0)
        held -= sum(each.net.amount_minor for each in moved if each.created_at < moment)
        theirs[currency] = [held]
        for each in moved:
            if each.created_at >= moment:
                held -= each.net.amount_minor
                theirs[currency].append(held)
    return theirs


@dataclass(frozen=True, slots=True)
class Open:
    """By currency. beyond: what each open difference says that our books have beyond the PSP, and what the PSP has before
    we book it. put_aside: rows in suspense, by which our books have followed the file."""

    beyond: Mapping[str, Sequence[int]]
    put_aside: Mapping[str, Sequence[int]]


def open_ones(session: Session, psp: str, business_on: date) -> Open:
    """As they stand now, of that day and all before."""
    differences = execute(session, statements.OPEN, psp=psp, business_on=business_on, limit=OPEN_MOST).all()
    sources = {encode("alr", row.alert_id): row for row in differences}
    posted = execute(session, statements.POSTED, psp=psp, sources=list(sources)).all() if sources else ()
    by_alert = {(row.source, row.currency): row.minor for row in posted}
    beyond: dict[str, list[int]] = defaultdict(list)
    put_aside: dict[str, list[int]] = defaultdict(list)
    for name, row in sources.items():
        if row.put_aside is not None:
            put_aside[row.currency].append(row.put_aside)
        elif left := row.minor + by_alert.get((name, row.currency), 0) - row.linked:
            beyond[row.currency].append(left)
    for row in execute(session, statements.EARLY, **_early(psp, business_on)):
        beyond[row.currency].append(row.minor)
    return Open(beyond, put_aside)


def _early(psp: str, business_on: date) -> dict[str, Any]:
    first_on = business_on - timedelta(days=EARLY_DAYS)
    return {"psp": psp, "business_on": business_on, "first_on": first_on, "limit": OPEN_MOST}
