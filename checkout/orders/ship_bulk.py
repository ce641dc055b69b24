"""Ship many parcels from a file: each parcel a transaction, each row its own outcome. The same file again changes
nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from checkout.core.cause import Cause
from checkout.core.errors import DomainError
from checkout.core.ids import encode
from checkout.db.session import atomic, retrying
from checkout.identity.access import Reach
from checkout.orders.bulk_file import BadRow, ParcelKey, Row, read_rows
from checkout.orders.queries import find_within
from checkout.orders.ship import Parcel, ship_order
from checkout.orders.views import ShipmentView


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: shipped, unchanged (told before, with the same contents) or refused, and why."""

    row: int
    status: Literal["shipped", "unchanged", "refused"]
    order_id: UUID | None = None
    shipment_id: UUID | None = None
    code: str | None = None
    detail: str | None = None


def ship_bulk(data: bytes, *, reach: Reach, cause: Cause) -> list[Outcome]:
    """One outcome for each row, in the file's order; a parcel with a wrong row is refused whole.

    Owns its transactions: what has been shipped when it is stopped stays so, and the file may be sent again.

    Raises:
        InvalidParameter: it is no such file. What may pass by itself (the database is away) ends it.
    """
    parcels: dict[ParcelKey, list[Row | BadRow]] = {}
    for row in read_rows(data):
        parcels.setdefault(row.parcel, []).append(row)
    outcomes = [outcome for rows in parcels.values() for outcome in _outcomes(rows, reach, cause)]
    return sorted(outcomes, key=lambda outcome: outcome.row)


def _outcomes(rows: Sequence[Row | BadRow], reach: Reach, cause: Cause) -> list[Outcome]:
    """A parcel of which a part cannot be read is not sent without it."""
    sound = [row for row in rows if isinstance(row, Row)]
    if len(sound) == len(rows):
        return _ship(sound, reach, cause)
    return [
        Outcome(row.number, "refused", code=row.code, detail=row.detail)
        if isinstance(row, BadRow)
        else Outcome(
            row.number, "refused", code="parcel_refused", detail="another row of this parcel is wrong"
        )
        for row in rows
    ]


def _ship(rows: list[Row], reach: Reach, cause: Cause) -> list[Outcome]:
    first = rows[0]
    try:
        order = find_within(encode("ord", first.order_id), reach)
        parcel = _parcel(rows)
        before = _told_before(order.id, parcel, order.shipments)
        if before is not None:
            return [Outcome(row.number, "unchanged", order.id, before) for row in rows]
        shipment_id = retrying(lambda: _ship_one(order.id, parcel, cause))
    except DomainError as refused:
        if refused.retryable:
            raise
        return [
            Outcome(row.number, "refused", code=refused.code, detail=refused.detail or refused.code)
            for row in rows
        ]
    return [Outcome(row.number, "shipped", order.id, shipment_id) for row in rows]


def _parcel(rows: list[Row]) -> Parcel:
    """The rows of one parcel together.

    Raises:
        RowsDisagree: a row for all of the order beside others, a line twice, or two estimates.
    """
    first = rows[0]
    lines = {
        row.line_id: row.quantity for row in rows if row.line_id is not None and row.quantity is not None
    }
    windows = {(row.delivery_from, row.delivery_to) for row in rows}
    if len(windows) > 1 or len(lines) != (len(rows) if lines else 0) or (not lines and len(rows) > 1):
        raise RowsDisagree(
            "the rows of this parcel do not fit together: each names another line, all the same estimate"
        )
    return Parcel(
        carrier=first.carrier,
        tracking_number=first.tracking_number,
        lines=lines or None,
        delivery_from=first.delivery_from,
        delivery_to=first.delivery_to,
    )


class RowsDisagree(DomainError):
    """Rows of one parcel that contradict each other."""

    code = "invalid_parameter"


def _told_before(order_id: UUID, parcel: Parcel, told: Sequence[ShipmentView]) -> UUID | None:
    """The shipment that this parcel is, where carrier, number and contents are the same. All that was left then counts
    as the same as all that is left: nothing is."""
    for shipment in told:
        same_parcel = (shipment.carrier.lower(), shipment.tracking_number.upper()) == (
            parcel.carrier.lower(),
            parcel.tracking_number.upper(),
        )
        if same_parcel and (parcel.lines is None or dict(shipment.lines) == dict(parcel.lines)):
            return shipment.id
    return None


def _ship_one(order_id: UUID, parcel: Parcel, cause: Cause) -> UUID:
    with atomic() as session:
        return ship_order(session, order_id, parcel, cause=cause)
