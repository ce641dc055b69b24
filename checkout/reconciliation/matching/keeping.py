"""The differences of a day, written down: each a row once, with one alert that says its amount. Many at a time, for a night in
which everything differs is one transaction all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.alerts.close_many import reopen_alerts
from checkout.alerts.open_many import NewAlert, open_alerts
from checkout.core import business_day
from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.arrays import json_array, uuid_array
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit_many
from checkout.reconciliation import rules
from checkout.reconciliation.desk.rest import all_unexplained
from checkout.reconciliation.desk.unexplained import Unexplained
from checkout.reconciliation.matching.differences import Difference, dedupe_key
from checkout.reconciliation.progress import tell

BATCH: Final = 500  # differences a statement: some hundred kilobytes of it
BY_ITSELF: Final = "system"  # who closes what does not differ any more
LEFT_UNEXPLAINED: Final = "not_ours"  # two persons have let it stay so

# In the order in which who explains them takes their rows.
LOCK: Final = """
    SELECT id FROM settlement_differences
     WHERE psp = %(psp)s AND business_on = %(business_on)s ORDER BY id FOR UPDATE
"""
KEEP: Final = """
    INSERT INTO settlement_differences (id, psp, business_on, code, subject, file_id, line, entry_id, payment_id, number,
                                        source_id, ours_minor, theirs_minor, difference_minor, balance_minor, currency,
                                        detail, found_at)
    SELECT n.id, %(psp)s, %(business_on)s, n.code, n.subject, n.file_id, n.line, n.entry_id, n.payment_id, n.number,
           n.source_id, n.ours_minor, n.theirs_minor, n.difference_minor, n.balance_minor, n.currency, n.detail, %(now)s
      FROM jsonb_to_recordset(%(found)s::jsonb) AS n (
           id uuid, code text, subject text, file_id uuid, line bigint, entry_id uuid, payment_id uuid, number text,
           source_id text, ours_minor bigint, theirs_minor bigint, difference_minor bigint, balance_minor bigint,
           currency text, detail text)
     ORDER BY n.id
    ON CONFLICT (psp, business_on, code, subject) DO UPDATE
       SET difference_minor = EXCLUDED.difference_minor, ours_minor = EXCLUDED.ours_minor,
           theirs_minor = EXCLUDED.theirs_minor, balance_minor = EXCLUDED.balance_minor,
           detail = EXCLUDED.detail, gone_at = NULL
    RETURNING id, alert_id, code, subject
"""
NAME_ALERTS: Final = """
    UPDATE settlement_differences d SET alert_id = n.alert_id
      FROM unnest(%(ids)s::uuid[], %(alerts)s::uuid[]) AS n (id, alert_id) WHERE d.id = n.id
"""
KNOWN: Final = """
    SELECT a.id, a.status, a.amount_minor, a.resolved_by, a.resolution_kind,
           EXISTS (SELECT FROM alert_notes n
                    WHERE n.alert_id = a.id AND n.kind IN ('explained', 'linked', 'resolved')) AS in_parts
      FROM alerts a WHERE a.id = ANY(%(ids)s::uuid[])
"""
SAY_ANEW: Final = """
    UPDATE alerts a SET amount_minor = n.minor, currency = n.currency, detail = n.detail
      FROM jsonb_to_recordset(%(said)s::jsonb) AS n (id uuid, minor bigint, currency text, detail text) WHERE a.id = n.id
"""


@dataclass(frozen=True, slots=True)
class KeptDifference:
    """A difference with its row and its alert. explained_minor: what of it is explained in parts so far."""

    id: UUID
    difference: Difference
    alert_id: UUID
    resolved: bool
    explained_minor: int = 0

    @property
    def left_minor(self) -> int:
        return self.difference.difference_minor - self.explained_minor


@dataclass(frozen=True, slots=True)
class _Night:
    """Whose differences they are, who compares, and when."""

    psp: str
    business_on: date
    cause: Cause
    now: datetime


def keep_differences(
    session: Session,
    found: Sequence[Difference],
    *,
    psp: str,
    business_on: date,
    cause: Cause,
    now: datetime,
) -> list[KeptDifference]:
    """Writes each once; one that was there keeps its alert. A resolved one is opened again where its difference has come
    back, or is another than the one that was explained."""
    night = _Night(psp, business_on, cause, now)
    execute(session, LOCK, psp=psp, business_on=business_on)
    kept: list[KeptDifference] = []
    for start in range(0, len(found), BATCH):
        kept += _keep(session, found[start : start + BATCH], night)
        tell("differences", len(kept), len(found))
    return kept


def _keep(session: Session, found: Sequence[Difference], night: _Night) -> list[KeptDifference]:
    """One that is named twice is one row, which says what was found last."""
    named = {(each.code, each.subject): each for each in found}
    rows = {
        (row.code, row.subject): row
        for row in execute(
            session,
            KEEP,
            psp=night.psp,
            business_on=night.business_on,
            now=night.now,
            found=json_array(_columns(each) for each in named.values()),
        )
    }
    fresh = {rows[name].id: each for name, each in named.items() if rows[name].alert_id is None}
    alerts = {row.id: row.alert_id for row in rows.values()} | _open(session, fresh, night)
    known = _known(session, {alerts[rows[name].id]: each for name, each in named.items()}, night)
    kept = []
    for each in found:
        id: UUID = rows[each.code, each.subject].id
        resolved, explained = known[alerts[id]]
        kept.append(KeptDifference(id, each, alerts[id], resolved, explained))
    return kept


def _columns(difference: Difference) -> dict[str, Any]:
    columns = {name: getattr(difference, name) for name in Difference.__slots__}
    ids = {name: str(value) for name, value in columns.items() if isinstance(value, UUID)}
    return columns | ids | {"id": str(new_uuid())}


def _open(session: Session, fresh: Mapping[UUID, Difference], night: _Night) -> dict[UUID, UUID]:
    """The alerts of differences that have none yet, by the difference's row."""
    if not fresh:
        return {}
    keys = {id: dedupe_key(each, night.psp, night.business_on) for id, each in fresh.items()}
    opened = open_alerts(session, [_alert(each, keys[id], night) for id, each in fresh.items()])
    alerts = {id: opened[key] for id, key in keys.items()}
    execute(session, NAME_ALERTS, ids=uuid_array(alerts), alerts=uuid_array(alerts.values()))
    told = [_opened(alerts[id], each) for id, each in fresh.items()]
    emit_many(session, told, cause=night.cause)
    return alerts


def _alert(difference: Difference, key: str, night: _Night) -> NewAlert:
    current, age = rules.current(), night.now.date() - night.business_on
    severity = current.severity(difference.code, difference.difference_minor, difference.currency, age.days)
    return NewAlert(
        code=difference.code,
        severity=severity,
        subject=encode("pay", difference.payment_id) if difference.payment_id else difference.subject,
        detail=difference.detail,
        amount=Money(difference.difference_minor, difference.currency),
        payment_id=difference.payment_id,
        dedupe_key=key,
        due_on=current.due_on(difference.code, severity, business_day.day_of(night.now)),
    )


def _opened(alert_id: UUID, difference: Difference) -> DomainEvent:
    data = {
        "code": difference.code,
        "difference": difference.difference_minor,
        "currency": difference.currency,
    }
    return DomainEvent("reconciliation.alert_opened", encode("alr", alert_id), data=data)


def _known(session: Session, found: Mapping[UUID, Difference], night: _Night) -> dict[UUID, tuple[bool, int]]:
    """By alert, whether somebody has explained this very difference, and how much of it where it is open; the alert says
    what is known now."""
    rows = execute(session, KNOWN, ids=uuid_array(found)).all()
    changed = {row.id for row in rows if row.amount_minor != found[row.id].difference_minor}
    _say_anew(session, {id: found[id] for id in changed})
    touched = [row.id for row in rows if row.in_parts or row.status == "resolved"]
    rests = all_unexplained(session, touched) if touched else {}
    again = {
        row.id: why
        for row in rows
        if row.status == "resolved" and (why := _why_again(row, rests[row.id], changed=row.id in changed))
    }
    reopen_alerts(session, again, by=night.cause)
    known = {}
    for row in rows:
        resolved = row.status == "resolved" and row.id not in again
        rest = rests.get(row.id) if row.in_parts and not resolved else None
        known[row.id] = (resolved, (rest.whole - rest.beyond).amount_minor if rest else 0)
    return known


def _say_anew(session: Session, changed: Mapping[UUID, Difference]) -> None:
    if changed:
        said = [
            {"id": str(id), "minor": each.difference_minor, "currency": each.currency, "detail": each.detail}
            for id, each in changed.items()
        ]
        execute(session, SAY_ANEW, said=json_array(said))


def _why_again(alert: Row[Any], rest: Unexplained, *, changed: bool) -> str | None:
    """Why a resolved alert is opened again; None: what was said of it holds."""
    if changed or alert.resolved_by == BY_ITSELF:
        return "It differs by another amount now." if changed else "It differs again."
    if alert.resolution_kind != LEFT_UNEXPLAINED and rest.beyond:
        return f"{rest.beyond} of it is not explained any more."
    return None
