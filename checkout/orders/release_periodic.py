"""What time alone does to orders: unconfirmed deliveries count as made, holds pass, reserves come free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.db.transition_many import Column, transition_many
from checkout.events import DomainEvent, emit_many
from checkout.ledger import journal
from checkout.ledger.release_recipes import reserve_released
from checkout.orders import release_statements as statements
from checkout.orders.release import BATCH, START, Progress, Released, release_due
from checkout.orders.states import ORDER
from checkout.tasks import ClaimedTask

ORDERS_A_PERIOD: Final = (
    20_000  # some seconds of work: well inside a task's lease, and the next period goes on
)
BATCHES_AT_MOST: Final = ORDERS_A_PERIOD // BATCH
WINDOW_PASSED: Final = Cause("system", "delivery window passed")
Edge = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Passed:
    """How many deliveries time has confirmed, orders it has released, reserves it has freed."""

    delivered: int
    released: Released
    reserves: int


def release_periodically(task: ClaimedTask) -> None:
    """The periodic task: everything that is due, the oldest first, as much as fits into a period."""
    pass_time(cause=task.cause, limit=ORDERS_A_PERIOD)


def pass_time(*, cause: Cause, limit: int | None = None, progress: Progress | None = None) -> Passed:
    """In this order, so that what arrives by the window with no hold after it is released in the same run."""
    delivered = deliver_unconfirmed()
    released = release_due(cause=cause, limit=limit, progress=progress)
    return Passed(delivered, released, release_reserves(cause=cause))


def deliver_unconfirmed() -> int:
    """Orders whose carrier has not confirmed within the delivery window count as delivered when it has passed. The
    history's cause says that it was so."""
    return _in_batches(_deliver_batch)


def release_reserves(*, cause: Cause) -> int:
    """Reserves whose days have passed become payable."""
    return _in_batches(lambda edge, now: _free_batch(edge, now, cause))


def _in_batches(batch: Callable[[Edge, datetime], tuple[int, Edge | None]]) -> int:
    now, edge, done = utcnow(), START, 0
    for _ in range(BATCHES_AT_MOST):
        count, following = retrying(lambda edge=edge: batch(edge, now))  # type: ignore[misc]
        done += count
        if following is None:
            break
        edge = following
    return done


def _deliver_batch(edge: Edge, now: datetime) -> tuple[int, Edge | None]:
    with atomic() as session:
        rows = execute(
            session, statements.TAKE_UNCONFIRMED, now=now, after_at=edge[0], after_id=edge[1], limit=BATCH
        ).all()
        if not rows:
            return 0, None
        _deliver(session, rows, now)
    return len(rows), (rows[-1].deliver_by_at, rows[-1].id)


def _deliver(session: Session, rows: Sequence[Row[Any]], now: datetime) -> None:
    """The end of the window is when they count as delivered, however late this runs."""
    dates = {
        "delivered_at": Column("timestamptz", [row.deliver_by_at for row in rows]),
        "release_due_at": Column(
            "timestamptz", [row.deliver_by_at + timedelta(days=row.hold_days) for row in rows]
        ),
    }
    moved = transition_many(
        session.connection(),
        ORDER,
        [row.id for row in rows],
        to="delivered",
        cause=WINDOW_PASSED,
        at=now,
        set=dates,
    )
    assert len(moved) == len(rows), "they are shipped, and locked"
    emit_many(session, [_event(row) for row in rows], cause=WINDOW_PASSED)


def _event(row: Row[Any]) -> DomainEvent:
    return DomainEvent(
        type="order.delivered",
        object=encode("ord", row.id),
        storefront_id=row.storefront_id,
        seller_id=row.seller_id,
        data={
            "order": encode("ord", row.id),
            "payment": encode("pay", row.payment_id),
            "amount": row.amount_minor,
            "currency": row.currency,
            "by": "delivery_window",
        },
    )


def _free_batch(edge: Edge, now: datetime, cause: Cause) -> tuple[int, Edge | None]:
    with atomic() as session:
        rows = execute(
            session, statements.TAKE_RESERVES, now=now, after_at=edge[0], after_id=edge[1], limit=BATCH
        ).all()
        if not rows:
            return 0, None
        execute(session, statements.END_RESERVES, now=now, ids=[row.order_id for row in rows])
        entries = [
            reserve_released(
                order_id=row.order_id,
                seller_id=row.seller_id,
                amount=Money(row.amount_minor, row.currency),
                effective_at=now,
            )
            for row in rows
        ]
        journal.post_many(session, entries, cause=cause)
        crash_point("orders.reserves.before_commit")
    return len(rows), (rows[-1].due_at, rows[-1].order_id)
