"""Issue a statement: compute it in one snapshot, keep it where it is new, and give it a new revision where it changed.

The month's statement is over the available balance, by business time in the platform's zone; each closing is the next
month's opening. What is booked late for a month that has a statement makes the next revision of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from checkout.alerts import open_alert
from checkout.core.clock import utcnow
from checkout.core.currencies import exponent
from checkout.core.errors import NotFound
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.core.strict_json import canonical
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.statements import movements
from checkout.statements.document import changes, check_code, same_content
from checkout.statements.errors import StatementUnsound
from checkout.statements.lines import sum_lines
from checkout.statements.movements import Moved, month_after
from checkout.statements.stored import StoredStatement, Subject, insert, read_latest
from checkout.wording.times import machine

MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")

PAYOUT: Final = """
    SELECT p.seller_id, p.currency, p.amount_minor, p.carried_minor, p.created_at,
           (SELECT e.id FROM journal_entries e WHERE e.kind = 'payout_created' AND e.source = %(source)s) AS entry_id,
           coalesce((SELECT sum(i.amount_minor) FROM payout_lines l JOIN payable_items i ON i.id = l.item_id
                      WHERE l.payout_id = p.id AND i.kind = 'carried_over'
                        AND NOT (i.carried_by = p.id AND i.amount_minor < 0)), 0)::bigint AS carried_in
      FROM payouts p WHERE p.id = %(id)s
"""


def issue_month(seller_id: UUID, currency: str, month: str, zone: str) -> StoredStatement:
    """The statement of "2026-11", in its newest revision. Owns its transactions.

    Raises:
        NotFound: no such month, one that is not over, or one before the seller's first movement in the currency.
        StatementUnsound: it does not add up.
    """
    first_day = read_month(month)
    begins, ends = bounds(first_day, zone)
    if ends > utcnow():
        raise NotFound("the month is not over yet")
    owner, subject = encode("sel", seller_id), Subject(seller_id, currency, month=first_day)
    with atomic() as session:
        _one_moment(session)
        first = movements.first_movement(session, owner, currency)
        if first is None or first >= ends:
            raise NotFound("nothing had moved in this currency by then")
        opening, closing, newest = movements.balances_around(session, owner, currency, begins, ends)
        moved = movements.of_month(session, owner, currency, begins, ends)
        latest = read_latest(session, subject)
    content = _content(subject, moved, opening, closing, newest) | {
        "period": month,
        "timezone": zone,
        "begins_at": machine(begins),
        "ends_at": machine(ends),
    }
    return _keep(subject, content, latest)


def issue_payout(payout_id: UUID) -> StoredStatement:
    """The statement of what a payout is made of. Owns its transactions.

    Raises:
        NotFound: there is no such payout.
        StatementUnsound: it does not add up.
    """
    public_id = encode("po", payout_id)
    with atomic() as session:
        _one_moment(session)
        row = execute(session, PAYOUT, id=payout_id, source=public_id).first()
        if row is None:
            raise NotFound("no such payout")
        subject = Subject(row.seller_id, row.currency, payout_id=payout_id)
        moved = movements.of_payout(session, encode("sel", row.seller_id), row.currency, payout_id)
        latest = read_latest(session, subject)
    moved = Moved(moved.movements, moved.count, [*moved.parts, {"payouts": -row.amount_minor}])
    content = _content(subject, moved, row.carried_in, row.carried_minor, row.entry_id)
    content |= {"payout": public_id, "period": machine(row.created_at)[:10]}
    return _keep(subject, content, latest)


def read_month(text: str) -> date:
    """
    Raises:
        NotFound: not a month, YYYY-MM.
    """
    found = MONTH.fullmatch(text)
    if found is None:
        raise NotFound("a month is named like 2026-11")
    return date(int(found[1]), int(found[2]), 1)


def bounds(month: date, zone: str) -> tuple[datetime, datetime]:
    """When the month begins and ends, in UTC."""
    first, after = (datetime(d.year, d.month, 1, tzinfo=ZoneInfo(zone)) for d in (month, month_after(month)))
    return first.astimezone(UTC), after.astimezone(UTC)


def _one_moment(session: Session) -> None:
    """All parts of a statement see one state of the ledger."""
    execute(session, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _content(
    subject: Subject, moved: Moved, opening: int, closing: int, newest: UUID | None
) -> dict[str, Any]:
    return {
        "object": "statement",
        "kind": subject.kind,
        "seller": encode("sel", subject.seller_id),
        "currency": subject.currency,
        "currency_exponent": exponent(subject.currency),
        "period": None,
        "timezone": None,
        "begins_at": None,
        "ends_at": None,
        "payout": None,
        "opening": opening,
        "lines": sum_lines(moved.parts),
        "closing": closing,
        "entries": [movement.document() for movement in moved.movements],
        "entry_count": moved.count,
        "as_of_entry": encode("jrn", newest) if newest else None,
    }


def _keep(subject: Subject, content: Mapping[str, Any], latest: StoredStatement | None) -> StoredStatement:
    _check(subject, content)
    if latest is not None and same_content({**latest.document, "id": None}, {**content, "id": None}):
        return latest
    id, now = latest.id if latest else new_uuid(), utcnow()
    document = {
        **content,
        "id": encode("stm", id),
        "revision": latest.revision + 1 if latest else 1,
        "issued_at": machine(now),
        "corrects": _corrects(latest, content) if latest else None,
    }
    raw = canonical(document)
    with atomic() as session:
        insert(session, id, subject, document, raw, code=check_code(raw), at=now)
        kept = read_latest(session, subject)
    assert kept is not None, "it was issued just now, by this call or by another at the same moment"
    return kept


def _corrects(latest: StoredStatement, content: Mapping[str, Any]) -> dict[str, Any]:
    """What the new revision says of the one before it."""
    return {
        "revision": latest.revision,
        "check_code": latest.check_code,
        "changes": changes(latest.document, content),
    }


def _check(subject: Subject, content: Mapping[str, Any]) -> None:
    """opening + lines = closing."""
    moved = sum(line["amount"] for line in content["lines"])
    difference = content["closing"] - content["opening"] - moved
    if not difference:
        return
    about = content["payout"] or f"{content['seller']} {content['period']}"
    detail = (
        f"The statement of {about} does not add up: {Money(difference, subject.currency)} is not explained."
    )
    with atomic() as session:
        open_alert(
            session,
            code="ledger_unbalanced",
            severity="critical",
            subject=content["payout"] or content["seller"],
            detail=detail,
            amount=Money(difference, subject.currency),
            dedupe_key=f"ledger_unbalanced:statement:{about}:{subject.currency}",
        )
    raise StatementUnsound(detail)
