"""What finance reads of alerts: found by what is asked, with the difference that each is about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core import business_day
from checkout.core.currencies import CODES, exponent
from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.reporting.paging import COUNTED, EXPORTED, Cut, Page, page_of

Sort = Literal["severity", "amount", "age", "due"]

# Whole days that an alert is old: from, and below. "2+" is what is left lying, across the buckets.
AGES: Final[Mapping[str, tuple[int, int | None]]] = {
    "0-1": (0, 2), "2-3": (2, 4), "4-7": (4, 8), "8-30": (8, 31), "31+": (31, None), "2+": (2, None),
}  # fmt: skip
# Due by so many days from today, overdue ones among them; "none" has no day.
DUE: Final[Mapping[str, int]] = {"overdue": -1, "today": 0, "week": 7}
BULK_MOST: Final = 500  # alerts that one form may move: one transaction

_DIFFERENCE: Final = """
    LEFT JOIN LATERAL (SELECT * FROM settlement_differences s WHERE s.alert_id = a.id
                        ORDER BY s.found_at DESC LIMIT 1) d ON true
"""
_COLUMNS: Final = """
    a.id, a.code, a.severity, a.status, a.subject, a.detail, a.amount_minor, a.currency, a.payment_id, a.assignee,
    a.snoozed_until, a.due_on, a.due_set_by, a.parent_id, a.escalated_at, a.created_at, a.occurrences, a.times_reopened, a.resolution, a.resolution_kind, a.resolved_by,
    a.resolved_at, d.psp, d.business_on, d.file_id, d.line, d.entry_id, d.number, d.source_id, d.ours_minor,
    d.theirs_minor, (SELECT n.text FROM alert_notes n WHERE n.alert_id = a.id ORDER BY n.at DESC, n.id DESC LIMIT 1)
    AS last_note
"""
_FOUND: Final = f"""
      FROM alerts a {_DIFFERENCE}
     WHERE (%(status)s::text = 'all' OR a.status = %(status)s::text
            OR (%(status)s::text = 'unresolved' AND a.status <> 'resolved'))
       AND (%(code)s::text IS NULL OR a.code = %(code)s)
       AND (%(currency)s::text IS NULL OR a.currency = %(currency)s)
       AND (%(assignee)s::text IS NULL OR coalesce(a.assignee, '') = %(assignee)s)
       AND (%(psp)s::text IS NULL OR d.psp = %(psp)s)
       AND (%(business_on)s::date IS NULL OR d.business_on = %(business_on)s)
       AND (%(older)s::timestamptz IS NULL OR a.created_at <= %(older)s)
       AND (%(newer)s::timestamptz IS NULL OR a.created_at > %(newer)s)
       AND (%(due_by)s::date IS NULL OR a.due_on <= %(due_by)s)
       AND (NOT %(never_due)s OR a.due_on IS NULL)
       AND (%(due_from)s::date IS NULL OR a.due_on >= %(due_from)s)
       AND (%(over_codes)s::text[] IS NULL OR abs(a.amount_minor) > (
            SELECT t.minor FROM unnest(%(over_codes)s::text[], %(over_minors)s::bigint[]) AS t(code, minor)
             WHERE t.code = a.currency))
       AND (%(upto_codes)s::text[] IS NULL OR abs(a.amount_minor) <= (
            SELECT t.minor FROM unnest(%(upto_codes)s::text[], %(upto_minors)s::bigint[]) AS t(code, minor)
             WHERE t.code = a.currency))
       AND (%(run)s::uuid IS NULL OR (d.psp, d.business_on) = (
            SELECT r.psp, r.business_on FROM reconciliation_runs r WHERE r.id = %(run)s))
       AND (%(parent)s::uuid IS NULL OR a.parent_id = %(parent)s)
       AND (%(seller)s::uuid IS NULL OR EXISTS (
            SELECT FROM orders o WHERE o.payment_id = a.payment_id AND o.seller_id = %(seller)s))
"""
# The worst first, the largest (in minor units), the soonest due, or none of these: then the oldest.
_RANKS: Final[Mapping[Sort, str]] = {
    "severity": "array_position(ARRAY['critical', 'high', 'medium', 'low'], {0}.severity)",
    "amount": "-abs(coalesce({0}.amount_minor, 0))",
    "age": "{0}.created_at",
    "due": "coalesce({0}.due_on, DATE '9999-12-31') - DATE '2000-01-01'",
}
COUNT: Final = f"SELECT count(*) FROM (SELECT {_FOUND} LIMIT %(most)s) AS found"
IDS: Final = f"SELECT a.id {_FOUND} ORDER BY a.id LIMIT %(limit)s"
NAMED: Final = (
    f"SELECT {_COLUMNS} FROM alerts a {_DIFFERENCE} WHERE a.id = ANY(%(ids)s::uuid[]) ORDER BY a.id"
)
LOCK_THESE: Final = "SELECT id FROM alerts WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE"
NEWEST: Final = f"""SELECT {_COLUMNS} FROM alerts a {_DIFFERENCE} WHERE a.status <> 'resolved'
     ORDER BY a.created_at DESC, a.id LIMIT %(limit)s"""
HANGING: Final = "SELECT count(*) FROM alerts WHERE parent_id = %(id)s AND status <> 'resolved'"
ONE: Final = f"SELECT {_COLUMNS} FROM alerts a {_DIFFERENCE} WHERE a.id = %(id)s"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts. status: one of theirs, "unresolved" or "all"; due: one of DUE, or "none"; assignee: "person:usr_…", "" for nobody; over (more
    than), upto (no more than): the difference without its sign, in whole units of each currency; run: the day of a PSP
    that it compared; parent: the alert that is their cause. None does not filter."""

    status: str = "unresolved"
    code: str | None = None
    currency: str | None = None
    assignee: str | None = None
    psp: str | None = None
    business_on: date | None = None
    age: str | None = None
    due: str | None = None
    over: int | None = None
    upto: int | None = None
    run: UUID | None = None
    parent: UUID | None = None
    seller: UUID | None = None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert; from `psp` to `theirs_minor` what it says where a settlement file differs. amount = ours − theirs."""

    id: UUID
    code: str
    severity: str
    status: str
    subject: str
    detail: str
    amount: Money | None
    payment_id: UUID | None
    assignee: str | None
    snoozed_until: datetime | None
    due_on: date | None
    due_set_by: str | None
    parent_id: UUID | None
    escalated_at: datetime | None
    created_at: datetime
    occurrences: int
    times_reopened: int
    resolution: str | None
    resolution_kind: str | None
    resolved_by: str | None
    resolved_at: datetime | None
    psp: str | None
    business_on: date | None
    file_id: UUID | None
    line: int | None
    entry_id: UUID | None
    number: str | None
    source_id: str | None
    ours_minor: int | None
    theirs_minor: int | None
    last_note: str | None

    @property
    def public_id(self) -> str:
        return encode("alr", self.id)

    @property
    def payment(self) -> str | None:
        return encode("pay", self.payment_id) if self.payment_id else None

    @property
    def ours(self) -> Money | None:
        return self._money(self.ours_minor)

    @property
    def theirs(self) -> Money | None:
        return self._money(self.theirs_minor)

    @property
    def parent(self) -> str | None:
        return encode("alr", self.parent_id) if self.parent_id else None

    def days_old(self, now: datetime) -> int:
        return max(0, (now - self.created_at).days)

    def bucket(self, now: datetime) -> str:
        """Which of AGES it is in."""
        days = self.days_old(now)
        return next(
            name for name, (low, high) in AGES.items() if low <= days and (high is None or days < high)
        )

    def _money(self, minor: int | None) -> Money | None:
        return Money(minor, self.amount.currency) if minor is not None and self.amount else None


def list_alerts(filters: AlertFilter, sort: Sort, cut: Cut, now: datetime) -> Page[AlertRow]:
    """A page of them.

    Raises:
        NotFound: the cut's id is malformed.
    """
    parameters = _parameters(filters, now)
    total = int(run(COUNT, most=COUNTED + 1, **parameters)[0][0])
    edge = cut.after or cut.before
    rank, further, order = _RANKS[sort], "", "DESC" if cut.before else "ASC"
    if edge is not None:
        parameters["edge"] = decode("alr", edge)
        sign = "<" if cut.before else ">"
        further = f"""AND ({rank.format("a")}, a.created_at, a.id) {sign}
            (SELECT {rank.format("e")}, e.created_at, e.id FROM alerts e WHERE e.id = %(edge)s)"""
    rows = run(
        f"SELECT {_COLUMNS} {_FOUND} {further} ORDER BY {rank.format('a')} {order}, a.created_at {order},"
        f" a.id {order} LIMIT %(limit)s",
        limit=cut.limit + 1,
        **parameters,
    )
    return page_of([_alert(row) for row in rows], cut, total=total, key=lambda alert: alert.public_id)


def get_alert(alert_id: UUID) -> AlertRow:
    """
    Raises:
        NotFound: there is none.
    """
    rows = run(ONE, id=alert_id)
    if not rows:
        raise NotFound("no such alert")
    return _alert(rows[0])


def export_alerts(filters: AlertFilter, sort: Sort, now: datetime) -> Sequence[AlertRow]:
    """The first EXPORTED of the order."""
    rows = run(
        f"SELECT {_COLUMNS} {_FOUND} ORDER BY {_RANKS[sort].format('a')}, a.created_at, a.id LIMIT %(limit)s",
        limit=EXPORTED,
        **_parameters(filters, now),
    )
    return [_alert(row) for row in rows]


def matching(filters: AlertFilter, now: datetime) -> Sequence[UUID]:
    """All that the filter finds, at most BULK_MOST + 1: one more tells that there are more."""
    return [row.id for row in run(IDS, limit=BULK_MOST + 1, **_parameters(filters, now))]


def lock_matching(session: Session, filters: AlertFilter, now: datetime) -> Sequence[UUID]:
    """The same, locked in the order of their ids."""
    rows = execute(session, f"{IDS} FOR UPDATE OF a", limit=BULK_MOST + 1, **_parameters(filters, now))
    return [row.id for row in rows]


def lock_these(session: Session, ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of them that there are, locked in the order of their ids."""
    return [row.id for row in execute(session, LOCK_THESE, ids=list(ids))]


def named(ids: Sequence[UUID]) -> Sequence[AlertRow]:
    """Those of them that there are, by their ids."""
    return [_alert(row) for row in run(NAMED, ids=list(ids))]


def newest(limit: int) -> Sequence[AlertRow]:
    """Unresolved ones."""
    return [_alert(row) for row in run(NEWEST, limit=limit)]


def count_hanging(cause_id: UUID) -> int:
    """How many unresolved ones hang on it."""
    return int(run(HANGING, id=cause_id)[0][0])


def set_name(ids: Sequence[UUID]) -> str:
    """Names a set of alerts: another set has another name, though it be as many."""
    return hashlib.sha256(b"".join(id.bytes for id in sorted(ids))).hexdigest()[:24]


def _parameters(filters: AlertFilter, now: datetime) -> dict[str, Any]:
    low, high = AGES[filters.age] if filters.age else (None, None)
    today, days = business_day.day_of(now), DUE.get(filters.due or "")
    over_codes, over_minors = _in_minor_units(filters.over)
    upto_codes, upto_minors = _in_minor_units(filters.upto)
    return {
        "status": filters.status,
        "code": filters.code,
        "currency": filters.currency,
        "assignee": filters.assignee,
        "psp": filters.psp,
        "business_on": filters.business_on,
        "older": now - timedelta(days=low) if low else None,
        "newer": now - timedelta(days=high) if high else None,
        "due_by": today + timedelta(days=days) if days is not None else None,
        "due_from": today if filters.due == "today" else None,
        "never_due": filters.due == "none",
        "over_codes": over_codes,
        "over_minors": over_minors,
        "upto_codes": upto_codes,
        "upto_minors": upto_minors,
        "run": filters.run,
        "parent": filters.parent,
        "seller": filters.seller,
    }


def _in_minor_units(whole: int | None) -> tuple[list[str] | None, list[int]]:
    """What a whole number of units is in each currency: 100 is 10 000 euro cents, and 100 yen."""
    if whole is None:
        return None, []
    codes = sorted(CODES)
    return codes, [whole * 10 ** exponent(code) for code in codes]


def _alert(row: Row[Any]) -> AlertRow:
    columns = {name: row._mapping[name] for name in AlertRow.__slots__ if name != "amount"}
    amount = Money(row.amount_minor, row.currency) if row.amount_minor is not None else None
    return AlertRow(**columns, amount=amount)
