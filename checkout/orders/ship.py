"""A parcel leaves: all that is left of an order, or some of it. Never more than was ordered, whoever ships at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import FieldError, InvalidParameter
from checkout.core.ids import encode, new_uuid
from checkout.db.session import constraint_name
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.orders.carrier import claim_parked_delivery, lock_parcel
from checkout.orders.deliver import arrive
from checkout.orders.errors import InvalidOrderState
from checkout.orders.holds import DELIVERY_WINDOW
from checkout.orders.locked import LockedOrder, lock_order
from checkout.orders.states import ORDER
from checkout.orders.telling import tell

WHY_NOT: Final = {
    "pending": "the order is not paid yet",
    "shipped": "all of the order has been shipped already",
    "delivered": "the order has been delivered already",
    "released": "the order has been delivered already",
    "canceled": "the order is canceled",
    "closed": "all of the order was refunded or charged back",
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a seller says of a parcel. `lines`: how many of which line; None for all that is left of the order.
    `delivery_from` and `delivery_to` come together: the new estimate, where there is one."""

    carrier: str
    tracking_number: str
    lines: Mapping[UUID, int] | None = None
    delivery_from: date | None = None
    delivery_to: date | None = None


def ship_order(session: Session, order_id: UUID, parcel: Parcel, *, cause: Cause) -> UUID:
    """Records the parcel and returns its id. The order is shipped once all its goods are; until then it stays paid.

    Joins the caller's transaction and takes the payment's lock.

    Raises:
        NotFound: no such order.
        InvalidOrderState: not paid yet, shipped already, canceled or closed; or all of it goes back to the shopper.
        InvalidParameter: a line that is not the order's, more than is left of it, or a parcel told before.
    """
    lock_parcel(session, parcel.carrier, parcel.tracking_number)
    order, now = lock_order(session, order_id), utcnow()
    if order.status != "paid":
        raise InvalidOrderState(WHY_NOT[order.status], status=order.status)
    _refuse_what_goes_back(order)
    contents = _contents(order, parcel)
    shipment_id = _write(session, order, parcel, contents, cause=cause, now=now)
    audit.record(
        session,
        actor=str(cause),
        action="order.ship",
        object=encode("ord", order.id),
        after={"shipment": encode("shp", shipment_id), "carrier": parcel.carrier},
    )
    is_last = all(line.left == contents.get(line.id, 0) and not line.undecided for line in order.goods)
    _tell_parcel(session, order, shipment_id, is_last=is_last, cause=cause)
    if is_last:
        mark_shipped(session, order, cause=cause, now=now)
    delivered_at = claim_parked_delivery(session, parcel.carrier, parcel.tracking_number)
    if delivered_at is not None:
        arrive(session, order.id, shipment_id, at=delivered_at, cause=cause)
    return shipment_id


def mark_shipped(session: Session, order: LockedOrder, *, cause: Cause, now: datetime) -> None:
    """All of the goods that do not go back are on their way."""
    dates = {"shipped_at": now, "deliver_by_at": now + DELIVERY_WINDOW}
    moved = transition(session.connection(), ORDER, order.id, to="shipped", cause=cause, at=now, set=dates)
    assert moved is not None, "a paid order may be shipped, and its payment's lock is held"
    tell(session, order, "order.shipped", cause=cause)


def _refuse_what_goes_back(order: LockedOrder) -> None:
    if order.is_given_back:
        raise InvalidOrderState("a refund of all that is left of the order is under way", status=order.status)
    if order.goods and not any(line.left for line in order.goods):
        raise InvalidOrderState("nothing is left to ship: the rest goes back by refunds", status=order.status)


def _contents(order: LockedOrder, parcel: Parcel) -> dict[UUID, int]:
    """How many of each line are in the parcel."""
    if parcel.lines is None:
        return {line.id: line.left for line in order.goods if line.left}
    mistakes = [
        FieldError(f"/lines/{index}/{field}", code, detail)
        for index, (line_id, quantity) in enumerate(parcel.lines.items())
        if (wrong := _mistake(order, line_id, quantity)) is not None
        for field, code, detail in [wrong]
    ]
    if mistakes:
        raise InvalidParameter(mistakes[0].detail, pointers=mistakes)
    return dict(parcel.lines)


def _mistake(order: LockedOrder, line_id: UUID, quantity: int) -> tuple[str, str, str] | None:
    line = order.lines.get(line_id)
    if line is None:
        return "line", "unknown_line", "is no line of this order"
    if line.kind != "item":
        return "line", "not_shippable", "is no goods that could be shipped"
    if quantity > line.left:
        return "quantity", "exceeds_ordered", f"only {line.left} of {line.quantity} are left to ship"
    return None


def _write(
    session: Session,
    order: LockedOrder,
    parcel: Parcel,
    contents: Mapping[UUID, int],
    *,
    cause: Cause,
    now: datetime,
) -> UUID:
    shipment_id = new_uuid()
    try:
        with session.begin_nested():
            execute(
                session,
                """
                INSERT INTO shipments (id, order_id, carrier, tracking_number, delivery_from, delivery_to, cause,
                                       shipped_at)
                VALUES (%(id)s, %(order_id)s, %(carrier)s, %(tracking_number)s, %(first)s, %(last)s, %(cause)s, %(now)s)
                """,
                id=shipment_id,
                order_id=order.id,
                carrier=parcel.carrier,
                tracking_number=parcel.tracking_number,
                first=parcel.delivery_from,
                last=parcel.delivery_to,
                cause=str(cause),
                now=now,
            )
    except exc.IntegrityError as error:
        if constraint_name(error) != "one_shipment_per_parcel":
            raise
        detail = "a parcel of this order with this carrier and number was told before"
        raise InvalidParameter.at("/tracking_number", detail, "in_use") from error
    execute(
        session,
        """
        WITH packed AS (
            INSERT INTO shipment_lines (shipment_id, line_id, quantity)
            SELECT %(id)s, line, quantity FROM unnest(%(lines)s::uuid[], %(quantities)s::integer[]) AS p (line, quantity)
            RETURNING line_id, quantity
        )
        UPDATE order_lines AS l SET shipped_quantity = l.shipped_quantity + packed.quantity
          FROM packed WHERE l.id = packed.line_id
        """,
        id=shipment_id,
        lines=list(contents),
        quantities=list(contents.values()),
    )
    return shipment_id


def _tell_parcel(
    session: Session, order: LockedOrder, shipment_id: UUID, *, is_last: bool, cause: Cause
) -> None:
    tell(
        session,
        order,
        "shipment.created",
        object=encode("shp", shipment_id),
        data={"is_last": is_last},
        cause=cause,
    )
