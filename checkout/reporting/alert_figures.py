"""Figures of alerts: how many wait by code and age, what the differences come to, whose they are, and which may be the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.identity import names
from checkout.reporting.search_ids import own_id

BUCKETS: Final = ("0-1", "2-3", "4-7", "8-30", "31+")  # days, as alerts.AGES has them
MATRIX: Final = """
    SELECT code, width_bucket(extract(epoch FROM %(now)s - created_at)::float8 / 86400, ARRAY[2, 4, 8, 31]::float8[])
           AS bucket, count(*) AS n
      FROM alerts WHERE status <> 'resolved' GROUP BY 1, 2 ORDER BY 1, 2
"""
UNEXPLAINED: Final = """
    SELECT d.currency, sum(d.difference_minor)::bigint AS minor, count(*) AS n
      FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
     WHERE d.gone_at IS NULL AND a.status <> 'resolved' GROUP BY d.currency ORDER BY d.currency
"""
TASKS: Final = """
    SELECT count(*) FILTER (WHERE assignee = %(actor)s) AS mine,
           count(*) FILTER (WHERE assignee IS NULL) AS unassigned,
           count(*) FILTER (WHERE assignee IS NULL AND created_at <= %(since)s) AS left_lying
      FROM alerts WHERE status IN ('open', 'assigned')
"""
CODES_SEEN: Final = "SELECT DISTINCT code FROM alerts ORDER BY code LIMIT 200"
PSPS_SEEN: Final = "SELECT DISTINCT psp FROM reconciliation_runs ORDER BY psp LIMIT 50"
PEOPLE: Final = "SELECT id, email_sealed, name_sealed FROM users WHERE id = ANY(%(ids)s::uuid[])"
# What the other side lacks, and may be the same: equal and opposite within three days, or moved by the same object.
ALIKE: Final = """
    SELECT d.alert_id, d.code, d.number, d.source_id, d.business_on, d.difference_minor, d.currency,
           abs(d.business_on - me.business_on) AS days, d.difference_minor = -me.difference_minor
           AND d.currency = me.currency AS same_amount, d.source_id <> '' AND d.source_id = me.source_id AS same_source
      FROM (SELECT * FROM settlement_differences WHERE alert_id = %(id)s ORDER BY found_at DESC LIMIT 1) me
      JOIN settlement_differences d ON d.psp = me.psp AND d.id <> me.id AND d.gone_at IS NULL
           AND (d.line IS NULL) <> (me.line IS NULL)
      JOIN alerts a ON a.id = d.alert_id AND a.status <> 'resolved'
     WHERE (d.difference_minor = -me.difference_minor AND d.currency = me.currency
            AND abs(d.business_on - me.business_on) <= 3)
        OR (d.source_id <> '' AND d.source_id = me.source_id)
     ORDER BY same_source DESC, days, d.id LIMIT 10
"""


@dataclass(frozen=True, slots=True)
class Alike:
    """A difference on the other side that may be the same one, and why in words."""

    alert_id: UUID
    code: str
    number: str
    business_on: date
    difference: Money
    reasons: Sequence[str]

    @property
    def public_id(self) -> str:
        return encode("alr", self.alert_id)


@dataclass(frozen=True, slots=True)
class Unexplained:
    """What the open differences of a currency come to, ours − theirs."""

    amount: Money
    count: int


def by_code_and_age(now: datetime) -> dict[str, list[int]]:
    """How many wait, by code, one number for each of BUCKETS."""
    found: dict[str, list[int]] = {}
    for row in run(MATRIX, now=now):
        found.setdefault(row.code, [0] * len(BUCKETS))[row.bucket] = row.n
    return found


def unexplained() -> list[Unexplained]:
    """Of all days, one for each currency."""
    return [Unexplained(Money(row.minor, row.currency), row.n) for row in run(UNEXPLAINED)]


def tasks_of(actor: str, now: datetime) -> Mapping[str, int]:
    """mine, unassigned, left_lying: nobody's for more than two days."""
    (row,) = run(TASKS, actor=actor, since=now - timedelta(days=2))
    return dict(row._mapping)


def codes_seen() -> list[str]:
    return [row.code for row in run(CODES_SEEN)]


def psps_seen() -> list[str]:
    return [row.psp for row in run(PSPS_SEEN)]


def alike(alert_id: UUID) -> list[Alike]:
    """What may be the same difference seen from the other side, the likeliest first."""
    return [
        Alike(
            row.alert_id,
            row.code,
            row.number,
            row.business_on,
            Money(row.difference_minor, row.currency),
            _reasons(row),
        )
        for row in run(ALIKE, id=alert_id)
    ]


def names_of(actors: Iterable[str | None]) -> dict[str, str]:
    """What the people among "person:usr_…" are called, or else their address."""
    ids: dict[UUID, str] = {}
    for actor in actors:
        kind, _, id = (actor or "").partition(":")
        if kind == "person" and (found := own_id("usr", id)) is not None:
            ids[found] = f"{kind}:{id}"
    people = [names.opened(row) for row in run(PEOPLE, ids=list(ids))] if ids else []
    return {ids[person["id"]]: person["name"] or person["email"] for person in people}


def _reasons(row: Row[Any]) -> list[str]:
    apart = "the same day" if row.days == 0 else f"{row.days} {'day' if row.days == 1 else 'days'} apart"
    return [
        *([f"the same object moved: {row.source_id}"] if row.source_id and row.same_source else []),
        *([f"the same amount the other way round, {apart}"] if row.same_amount else []),
    ]
