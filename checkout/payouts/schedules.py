"""A seller's rhythm in each currency: read, changed, and what it promises next."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.currencies import exponent
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode
from checkout.db.statement import execute, run
from checkout.payouts.schedule import Rhythm, Schedule, next_dates

RHYTHMS: Final[dict[str, Rhythm]] = {
    "manual": "manual",
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
}
MINIMUM_AT_MOST: Final = 99_999_999  # as the largest payment


def schedule_of(seller_id: UUID, currency: str) -> Schedule:
    """The schedule in a currency; where none was set, the seller's own rhythm.

    Raises:
        NotFound: no such seller.
    """
    rows = run(
        """
        SELECT coalesce(s.rhythm, sel.payout_schedule) AS rhythm, coalesce(s.weekday, 4) AS weekday,
               coalesce(s.day_of_month, 1) AS day_of_month, coalesce(s.minimum_minor, 0) AS minimum_minor
          FROM sellers sel
          LEFT JOIN payout_schedules s ON s.seller_id = sel.id AND s.currency = %(currency)s
         WHERE sel.id = %(seller)s
        """,
        seller=seller_id,
        currency=currency,
    )
    if not rows:
        raise NotFound("no such seller")
    row = rows[0]
    return Schedule(row.rhythm, row.weekday, row.day_of_month, row.minimum_minor)


def checked_schedule(
    *, rhythm: str, weekday: int | None, day_of_month: int | None, minimum_minor: int
) -> Schedule:
    """A schedule of what was sent.

    Raises:
        InvalidParameter: a value is out of its bounds, or says nothing for this rhythm.
    """
    if rhythm not in RHYTHMS:
        raise InvalidParameter.at("/rhythm", "manual, daily, weekly or monthly")
    if weekday is not None and (rhythm != "weekly" or not 0 <= weekday <= 6):
        raise InvalidParameter.at("/weekday", "0 (Monday) to 6, and only with the rhythm weekly")
    if day_of_month is not None and (rhythm != "monthly" or not 1 <= day_of_month <= 31):
        raise InvalidParameter.at("/day_of_month", "1 to 31, and only with the rhythm monthly")
    if not 0 <= minimum_minor <= MINIMUM_AT_MOST:
        raise InvalidParameter.at("/minimum", f"0 to {MINIMUM_AT_MOST} minor units")
    return Schedule(
        RHYTHMS[rhythm],
        4 if weekday is None else weekday,
        1 if day_of_month is None else day_of_month,
        minimum_minor,
    )


def set_schedule(
    session: Session, seller_id: UUID, currency: str, schedule: Schedule, *, cause: Cause, today: date
) -> None:
    """From now on the seller is paid so in this currency; what is on its way goes on as it began.

    Raises:
        NotFound: no such seller. UnknownCurrency.
    """
    exponent(currency)
    found = execute(session, "SELECT id FROM sellers WHERE id = %(id)s FOR UPDATE", id=seller_id).first()
    if found is None:
        raise NotFound("no such seller")
    execute(
        session,
        """
        INSERT INTO payout_schedules (seller_id, currency, rhythm, weekday, day_of_month, minimum_minor, updated_at)
        VALUES (%(seller)s, %(currency)s, %(rhythm)s, %(weekday)s, %(day_of_month)s, %(minimum)s, %(now)s)
        ON CONFLICT (seller_id, currency) DO UPDATE
           SET rhythm = EXCLUDED.rhythm, weekday = EXCLUDED.weekday, day_of_month = EXCLUDED.day_of_month,
               minimum_minor = EXCLUDED.minimum_minor, updated_at = EXCLUDED.updated_at
        """,
        seller=seller_id,
        currency=currency,
        rhythm=schedule.rhythm,
        weekday=schedule.weekday,
        day_of_month=schedule.day_of_month,
        minimum=schedule.minimum_minor,
        now=utcnow(),
    )
    coming = next_dates(schedule, currency, after=today)
    audit.record(
        session,
        actor=str(cause),
        action="payout_schedule.set",
        object=encode("sel", seller_id),
        after={
            "currency": currency,
            "rhythm": schedule.rhythm,
            "weekday": schedule.weekday,
            "day_of_month": schedule.day_of_month,
            "minimum": schedule.minimum_minor,
            "next": [day.on.isoformat() for day in coming],
        },
    )
