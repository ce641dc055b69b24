"""What carriers report: each event once, by its id. A delivery of a parcel that nobody has told of yet waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.db.statement import execute
from checkout.orders.holds import DELIVERY_WINDOW

DELIVERED: Final = "delivered"
TOLD_LATE_AT_MOST: Final = (
    DELIVERY_WINDOW  # numbers come again: what arrived longer before was another parcel
)


class Applied(StrEnum):
    """What became of a carrier's event."""

    APPLIED = "applied"
    PARKED = "parked"  # no such parcel yet
    IGNORED = "ignored"  # a type that changes nothing here
    REPEATED = "repeated"  # this id came before


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """A carrier's word on a parcel; carrier and number as the seller would write them, in any case of letters."""

    id: str
    type: str
    carrier: str
    tracking_number: str
    happened_at: datetime


def lock_parcel(session: Session, carrier: str, tracking_number: str) -> None:
    """Whoever tells of a parcel and whoever reports its arrival wait for each other: neither misses the other's word.
    Taken before the payment's lock."""
    execute(
        session,
        "SELECT pg_advisory_xact_lock(hashtextextended('parcel ' || lower(%(carrier)s) || ' ' || upper(%(number)s), 0))",
        carrier=carrier,
        number=tracking_number,
    )


def store(session: Session, event: CarrierEvent, status: Applied) -> bool:
    """Keeps the event; False where its id came before."""
    row = execute(
        session,
        """
        INSERT INTO carrier_events (event_id, type, carrier, tracking_number, status, happened_at, received_at)
        VALUES (%(id)s, %(type)s, %(carrier)s, %(tracking_number)s, %(status)s, %(happened_at)s, %(now)s)
        ON CONFLICT (event_id) DO NOTHING RETURNING event_id
        """,
        id=event.id,
        type=event.type,
        carrier=event.carrier,
        tracking_number=event.tracking_number,
        status=status.value,
        happened_at=event.happened_at,
        now=utcnow(),
    ).first()
    return row is not None


def claim_parked_delivery(session: Session, carrier: str, tracking_number: str) -> datetime | None:
    """When the parcel that is told of now arrived, where its carrier said so before its seller did."""
    rows = execute(
        session,
        """
        UPDATE carrier_events SET status = 'applied'
         WHERE status = 'parked' AND upper(tracking_number) = upper(%(number)s) AND lower(carrier) = lower(%(carrier)s)
           AND happened_at > %(since)s
        RETURNING happened_at
        """,
        carrier=carrier,
        number=tracking_number,
        since=utcnow() - TOLD_LATE_AT_MOST,
    ).all()
    return min((row.happened_at for row in rows), default=None)
