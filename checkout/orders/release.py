"""Release orders whose hold has passed: their money becomes the fees, the seller's reserve, and what may be paid.

A batch is one transaction: statuses, journal, reserves and events of up to 500 orders, or nothing of it. A run that is
killed has done whole batches; the next one goes on. Two at once share the work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.alerts import open_alert
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.arrays import uuid_array
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute, run
from checkout.db.transition_many import Column, transition_many
from checkout.events import DomainEvent, emit_many
from checkout.ledger import journal
from checkout.ledger.release_recipes import order_released
from checkout.orders import release_statements as statements
from checkout.orders.release_split import FrozenTerms, ReleaseSplit, split_release
from checkout.orders.states import ORDER

BATCH: Final = 500  # orders a transaction: the journal's own batch, well inside a statement's time
START: Final = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))

Progress = Callable[[int], None]  # told how many a batch has released


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction did: how many orders it released, and where the next one goes on."""

    released: int
    differing: int
    edge: tuple[datetime, UUID] | None


@dataclass(frozen=True, slots=True)
class Released:
    """What a run came to. `differing`: held back, since the journal and the order disagree; each has an alert."""

    orders: int
    differing: int


def count_due(now: datetime) -> int:
    """How many orders a run would release now."""
    count: int = run(statements.COUNT_DUE, now=now)[0][0]
    return count


def release_due(*, cause: Cause, progress: Progress | None = None, limit: int | None = None) -> Released:
    """Releases every order that is due at this moment, oldest date first, at most `limit`.

    Owns its transactions. Safe to run again and beside another: an order is released once, by its status's edge and
    by the journal's key.
    """
    now, edge = utcnow(), START
    orders = differing = 0
    while limit is None or orders < limit:
        size = BATCH if limit is None else min(BATCH, limit - orders)
        batch = retrying(lambda edge=edge, size=size: _release_batch(edge, size, now, cause))  # type: ignore[misc]
        orders, differing = orders + batch.released, differing + batch.differing
        if progress is not None:
            progress(batch.released)
        if batch.edge is None:
            break
        edge = batch.edge
    return Released(orders, differing)


def _release_batch(edge: tuple[datetime, UUID], size: int, now: datetime, cause: Cause) -> Batch:
    with atomic() as session:
        rows = execute(
            session, statements.TAKE_BATCH, now=now, after_at=edge[0], after_id=edge[1], limit=size
        ).all()
        if not rows:
            return Batch(0, 0, None)
        sound, differing = _compare_with_journal(session, rows)
        _release(session, sound, now, cause)
        crash_point("orders.release.before_commit")
    crash_point("orders.release.after_commit")
    return Batch(len(sound), differing, (rows[-1].release_due_at, rows[-1].id))


def _release(session: Session, rows: Sequence[Row[Any]], now: datetime, cause: Cause) -> None:
    if not rows:
        return
    released_at = Column("timestamptz", [now] * len(rows))
    ids = [row.id for row in rows]
    moved = transition_many(
        session.connection(),
        ORDER,
        ids,
        to="released",
        cause=cause,
        at=now,
        set={"released_at": released_at},
    )
    assert len(moved) == len(rows), "they are delivered, and locked"
    splits = [_split(row) for row in rows]
    _hold_back(session, rows, splits, now)
    emit_many(session, [_event(row, split) for row, split in zip(rows, splits, strict=True)], cause=cause)
    entries = [
        order_released(
            order_id=row.id,
            seller_id=row.seller_id,
            left=split.left,
            commission=split.commission,
            logistics_fee=split.logistics_fee,
            tax=split.tax,
            reserve=split.reserve,
            effective_at=now,
        )
        for row, split in zip(rows, splits, strict=True)
    ]
    posted = journal.post_many(session, entries, cause=cause)
    assert None not in posted, "an order that is not released has no entry of its release"


def _split(row: Row[Any]) -> ReleaseSplit:
    def money(amount_minor: int) -> Money:
        return Money(amount_minor, row.currency)

    terms = FrozenTerms(
        amount=money(row.amount_minor),
        commission=money(row.commission_minor),
        logistics_fee=money(row.logistics_fee_minor),
        tax=money(row.tax_minor),
        reserve_bps=row.reserve_bps,
    )
    return split_release(
        terms,
        refunded=money(row.amount_refunded_minor),
        withdrawn=money(row.amount_withdrawn_minor),
        logistics_returned=money(row.logistics_returned_minor),
    )


def _compare_with_journal(session: Session, rows: Sequence[Row[Any]]) -> tuple[list[Row[Any]], int]:
    """The orders whose journal says what they say; for each other one a person is called, and it stays held."""
    found = execute(session, statements.HELD, ids=uuid_array(row.id for row in rows))
    held = {row.order_id: row.amount_minor for row in found}
    sound = []
    for row in rows:
        left = row.amount_minor - row.amount_refunded_minor - row.amount_withdrawn_minor
        if held.get(row.id, 0) == left:
            sound.append(row)
        else:
            _warn(session, row, Money(left, row.currency), Money(held.get(row.id, 0), row.currency))
    return sound, len(rows) - len(sound)


def _warn(session: Session, row: Row[Any], left: Money, held: Money) -> None:
    order = encode("ord", row.id)
    open_alert(
        session,
        code="order_pending_differs",
        severity="critical",
        subject=order,
        detail=f"The order says {left} are left of it, the journal holds {held} for it: it is not released.",
        amount=left - held,
        dedupe_key=f"order_pending_differs:{order}",
    )


def _hold_back(
    session: Session, rows: Sequence[Row[Any]], splits: Sequence[ReleaseSplit], now: datetime
) -> None:
    held = [(row, split.reserve) for row, split in zip(rows, splits, strict=True) if split.reserve]
    if held:
        execute(
            session,
            statements.HOLD_BACK,
            orders=[row.id for row, _ in held],
            sellers=[row.seller_id for row, _ in held],
            currencies=[row.currency for row, _ in held],
            amounts=[reserve.amount_minor for _, reserve in held],
            dues=[now + timedelta(days=row.reserve_days) for row, _ in held],
        )


def _event(row: Row[Any], split: ReleaseSplit) -> DomainEvent:
    return DomainEvent(
        type="order.released",
        object=encode("ord", row.id),
        storefront_id=row.storefront_id,
        seller_id=row.seller_id,
        data={
            "amount": split.left.amount_minor,
            "seller_amount": split.earned.amount_minor,
            "reserve": split.reserve.amount_minor,
            "currency": row.currency,
        },
    )
