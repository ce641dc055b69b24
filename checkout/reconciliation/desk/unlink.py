"""Take a join of two records back: each answers for nothing of the other any more. The join stays in the history; its
opposite is written beside it, and what both come to is computed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.alerts import desk
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.events import DomainEvent, emit
from checkout.ledger import journal
from checkout.ledger.entry import Entry
from checkout.reconciliation.desk.closing import close_gone
from checkout.reconciliation.desk.resolutions import put_back
from checkout.reconciliation.desk.rest import lock, unexplained
from checkout.reconciliation.desk.unexplained import Unexplained

STANDING: Final = """
    SELECT k.id, k.alert_id, k.other_id, k.minor, k.currency, k.linked_by, k.linked_at,
           greatest(abs(k.minor), abs(coalesce(twin.minor, 0))) AS size
      FROM alert_links k
      LEFT JOIN LATERAL (SELECT t.minor FROM alert_links t
                          WHERE t.alert_id = k.other_id AND t.other_id = k.alert_id AND t.undoes IS NULL
                            AND NOT EXISTS (SELECT FROM alert_links u WHERE u.undoes = t.id)
                          ORDER BY t.linked_at LIMIT 1) twin ON true
     WHERE k.alert_id = %(id)s AND (%(other)s::uuid IS NULL OR k.other_id = %(other)s) AND k.undoes IS NULL
       AND NOT EXISTS (SELECT FROM alert_links u WHERE u.undoes = k.id)
     ORDER BY k.linked_at, k.id LIMIT 200
"""
UNDO: Final = """
    INSERT INTO alert_links (id, alert_id, other_id, minor, currency, linked_by, linked_at, undoes)
    VALUES (%(id)s, %(alert_id)s, %(other_id)s, %(minor)s, %(currency)s, %(by)s, %(now)s, %(undoes)s)
"""
# What joining took out of suspense for an alert and nobody has put back or reversed, debit of our balance positive.
CLEARED: Final = """
    SELECT coalesce(sum(p.amount_minor), 0)::bigint FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id AND p.currency = %(currency)s
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
     WHERE e.source = %(source)s AND e.kind = 'suspense_cleared'
       AND NOT EXISTS (SELECT FROM journal_entries r WHERE r.reverses_entry_id = e.id)
"""
HOW: Final = """
    SELECT a.status, a.resolution_kind, d.gone_at IS NOT NULL AS gone FROM alerts a
      JOIN settlement_differences d ON d.alert_id = a.id WHERE a.id = %(id)s ORDER BY d.found_at DESC LIMIT 1
"""


class NotJoined(DomainError):
    """The two records are not joined, or not any more."""

    code = "not_joined"


@dataclass(frozen=True, slots=True)
class Link:
    """A join that stands. part: how much of the alert's difference the other record answers for, ours − theirs; of a line
    that is told twice it is nothing, and `size` says what it answers for over there."""

    other_id: UUID
    part: Money
    size: Money
    linked_by: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class End:
    """One of the two records, as it is once they are apart: what is unexplained of it, and what is posted for it."""

    alert_id: UUID
    rest: Money
    entries: tuple[Entry, ...]


def links_of(alert_id: UUID) -> list[Link]:
    """What it is joined with, the oldest first."""
    return [
        Link(
            row.other_id, Money(row.minor, row.currency), Money(row.size, row.currency), row.linked_by, row.linked_at
        )
        for row in run(STANDING, id=alert_id, other=None)
    ]  # fmt: skip


def preview_unlink(session: Session, alert_id: UUID, other_id: UUID) -> tuple[End, End]:
    """What taking the join back would post, and what of both would be unexplained after it. Nothing is changed.

    Raises:
        NotFound. NotJoined.
    """
    ends = []
    for of, other in ((alert_id, other_id), (other_id, alert_id)):
        links = _standing(session, of, other)
        ends.append(_end(session, unexplained(session, of), links))
    return ends[0], ends[1]


def unlink_records(
    session: Session, alert_id: UUID, other_id: UUID, *, reason: str, by: Cause
) -> tuple[End, End]:
    """Takes the join of two records back, in the caller's transaction. Of which something is unexplained then, or which
    was closed by this join alone, is open again; what is gone since, and was only held by it, is closed.

    Raises:
        NotFound. NotJoined: they are not, or somebody took it back before. InvalidParameter: no reason.
        InvalidAlertState: the same difference has a newer alert.
    """
    said = desk.reason_of(reason, "/reason")
    lock(session, [alert_id, other_id])
    ends = preview_unlink(session, alert_id, other_id)
    for end, other in zip(ends, (other_id, alert_id), strict=True):
        for link in _standing(session, end.alert_id, other):
            _write_down(session, link, by)
        for entry in end.entries:
            journal.post(session, entry, cause=by)
    for end, other in zip(ends, (other_id, alert_id), strict=True):
        _tell(session, end, encode("alr", other), said, by)
    return ends


def _standing(session: Session, of: UUID, other: UUID) -> Sequence[Row[Any]]:
    rows = execute(session, STANDING, id=of, other=other).all()
    if not rows:
        raise NotJoined(f"{encode('alr', of)} and {encode('alr', other)} are not joined")
    return rows


def _end(session: Session, found: Unexplained, links: Sequence[Row[Any]]) -> End:
    part = Money(sum(link.minor for link in links), found.beyond.currency)
    source = encode("alr", found.alert_id)
    cleared = execute(session, CLEARED, source=source, currency=part.currency).scalar_one()
    back = _within(part, cleared)
    return End(found.alert_id, found.beyond + part, put_back(found, back) if back else ())


def _within(part: Money, cleared: int) -> Money:
    """No more than joining took out of suspense; nothing where the line never lay there."""
    if (part.amount_minor > 0) is not (cleared > 0):
        return Money.zero(part.currency)
    size = min(abs(part.amount_minor), abs(cleared))
    return Money(size if cleared > 0 else -size, part.currency)


def _write_down(session: Session, link: Row[Any], by: Cause) -> None:
    execute(
        session,
        UNDO,
        id=new_uuid(),
        alert_id=link.alert_id,
        other_id=link.other_id,
        minor=-link.minor,
        currency=link.currency,
        by=str(by),
        now=utcnow(),
        undoes=link.id,
    )


def _tell(session: Session, end: End, other: str, said: str, by: Cause) -> None:
    row = execute(session, HOW, id=end.alert_id).one()
    text = f"Not joined with {other} any more: {end.rest} is left. {said}"
    desk.note_unlink(session, end.alert_id, text=text, by=by)
    data = {"other": other, "unexplained": end.rest.amount_minor, "currency": end.rest.currency}
    emit(
        session,
        DomainEvent("reconciliation.alert_unlinked", encode("alr", end.alert_id), data=data),
        cause=by,
    )
    if row.gone and not end.rest:
        close_gone(session, end.alert_id, by=by)
    elif row.status == "resolved" and (end.rest or row.resolution_kind == "link_records"):
        desk.reopen(session, end.alert_id, reason=text[: desk.TEXT_LENGTH], by=by)
