"""Figures of alerts: how many wait by code and age, what the differences come to, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from checkout.core import business_day
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.identity import names
from checkout.reconciliation.desk.parts import all_explained_in_parts
from checkout.reporting.search_ids import own_id

BUCKETS: Final = ("0-1", "2-3", "4-7", "8-30", "31+")  # days, as alerts.AGES has them
MATRIX: Final = """
    SELECT code, width_bucket(extract(epoch FROM %(now)s - created_at)::float8 / 86400, ARRAY[2, 4, 8, 31]::float8[])
           AS bucket, count(*) AS n
      FROM alerts WHERE status <> 'resolved' GROUP BY 1, 2 ORDER BY 1, 2
"""
UNEXPLAINED: Final = """
    SELECT d.currency, sum(CASE WHEN d.gone_at IS NULL THEN d.difference_minor ELSE 0 END)::bigint AS minor, count(*) AS n
      FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
     WHERE a.status <> 'resolved' GROUP BY d.currency ORDER BY d.currency
"""
TASKS: Final = """
    SELECT count(*) FILTER (WHERE assignee = %(actor)s) AS mine,
           count(*) FILTER (WHERE due_on < %(today)s) AS overdue,
           count(*) FILTER (WHERE assignee IS NULL) AS unassigned,
           count(*) FILTER (WHERE assignee IS NULL AND created_at <= %(since)s) AS left_lying
      FROM alerts WHERE status IN ('open', 'assigned')
"""
CODES_SEEN: Final = "SELECT DISTINCT code FROM alerts ORDER BY code LIMIT 200"
PSPS_SEEN: Final = "SELECT DISTINCT psp FROM reconciliation_runs ORDER BY psp LIMIT 50"
PEOPLE: Final = "SELECT id, email_sealed, name_sealed FROM users WHERE id = ANY(%(ids)s::uuid[])"


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
    """Of all days, one for each currency; without what is explained in parts."""
    explained = all_explained_in_parts()
    return [
        Unexplained(Money(row.minor - explained.get(row.currency, 0), row.currency), row.n)
        for row in run(UNEXPLAINED)
    ]


def tasks_of(actor: str, now: datetime) -> Mapping[str, int]:
    """mine, overdue, unassigned, left_lying: nobody's for more than two days."""
    (row,) = run(TASKS, actor=actor, since=now - timedelta(days=2), today=business_day.day_of(now))
    return dict(row._mapping)


def codes_seen() -> list[str]:
    return [row.code for row in run(CODES_SEEN)]


def psps_seen() -> list[str]:
    return [row.psp for row in run(PSPS_SEEN)]


def names_of(actors: Iterable[str | None]) -> dict[str, str]:
    """What the people among "person:usr_…" are called, or else their address."""
    ids: dict[UUID, str] = {}
    for actor in actors:
        kind, _, id = (actor or "").partition(":")
        if kind == "person" and (found := own_id("usr", id)) is not None:
            ids[found] = f"{kind}:{id}"
    people = [names.opened(row) for row in run(PEOPLE, ids=list(ids))] if ids else []
    return {ids[person["id"]]: person["name"] or person["email"] for person in people}
