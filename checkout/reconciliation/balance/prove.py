"""The balance that the PSP states, held against our books of it at the end of the last day that was compared. What differs
twice in a row, some minutes apart, is told; what agrees again is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.alerts import open_alert, resolve_alert
from checkout.core import business_day
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute, run
from checkout.events import DomainEvent, emit
from checkout.psp import PaymentServiceProvider
from checkout.reconciliation import rules
from checkout.reconciliation.balance import statements
from checkout.reconciliation.balance.held import Held, held_at_the_end_of, open_ones
from checkout.reconciliation.balance.weigh import Weighed, weigh

APART: Final = timedelta(minutes=5)  # a list that lags behind has caught up by then
AGAIN: Final = timedelta(hours=1)  # one that goes on differing is looked at as often
LOOK_BACK: Final = timedelta(days=3)  # of an older day all that has moved since would be listed
READINGS_LOCK: Final = 7_203_004_118  # one at a time says what differs


@dataclass(frozen=True, slots=True)
class Reading:
    """One currency at the end of a day. `ours` may have none, some or all of `open` beyond `theirs`, since of an open
    difference nobody knows which side is right; `difference` is what no choice of them explains."""

    psp: str
    business_on: date
    taken_at: datetime
    ours: Money
    open: Money
    theirs: Money
    difference: Money


def look_after_balance(psp: PaymentServiceProvider, *, cause: Cause) -> Sequence[Reading]:
    """Reads once for each day that was compared, while it is a few days old; what differs is read again. Owns its
    transactions.

    Raises:
        PspError: the PSP does not say.
    """
    day = _last_day(psp.name)
    if day is None or day[1] < utcnow().date() - LOOK_BACK:
        return ()
    last = run(statements.LAST_READING, psp=psp.name, business_on=day[1])[0]
    if last.readings:
        pause = APART if last.readings == 1 else AGAIN
        if not last.differs or utcnow() < last.taken_at + pause:
            return ()
    return _read(psp, *day, cause)


def read_balance(psp: PaymentServiceProvider, *, cause: Cause) -> Sequence[Reading]:
    """Reads now, by the last day that was compared; a row for each currency. Owns its transactions.

    Raises:
        NotFound: no day was compared with its file yet.
        PspError: the PSP does not say.
    """
    day = _last_day(psp.name)
    if day is None:
        raise NotFound("no day was compared with its file yet")
    return _read(psp, *day, cause)


def _last_day(psp: str) -> tuple[UUID, date] | None:
    rows = run(statements.LAST_DAY, psp=psp)
    return (rows[0].id, rows[0].business_on) if rows else None


def _read(psp: PaymentServiceProvider, run_id: UUID, business_on: date, cause: Cause) -> Sequence[Reading]:
    now = utcnow()
    held = held_at_the_end_of(business_on, psp, now=now)
    return retrying(lambda: _keep(psp.name, run_id, business_on, held, now, cause))


def _keep(
    psp: str, run_id: UUID, business_on: date, held: Held, now: datetime, cause: Cause
) -> Sequence[Reading]:
    with atomic() as session:
        execute(session, "SELECT pg_advisory_xact_lock(%(lock)s)", lock=READINGS_LOCK)
        open_now = open_ones(session, psp, business_on)
        readings = []
        for currency in sorted({*held.ours, *held.theirs}):
            found = weigh(
                held.ours.get(currency, 0),
                held.theirs.get(currency, (0,)),
                open_now.beyond.get(currency, ()),
                open_now.put_aside.get(currency, ()),
            )
            reading = _reading(psp, business_on, now, currency, found)
            _write(session, reading)
            _tell(session, reading, cause)
            readings.append(reading)
        audit.record(
            session, actor=str(cause), action="reconciliation.balance_read", object=encode("run", run_id),
            after={each.theirs.currency: each.difference.amount_minor for each in readings},
        )  # fmt: skip
        return readings


def _reading(psp: str, business_on: date, now: datetime, currency: str, found: Weighed) -> Reading:
    return Reading(
        psp=psp,
        business_on=business_on,
        taken_at=now,
        ours=Money(found.ours_minor, currency),
        open=Money(found.open_minor, currency),
        theirs=Money(found.theirs_minor, currency),
        difference=Money(found.difference_minor, currency),
    )


def _write(session: Session, reading: Reading) -> None:
    execute(
        session,
        statements.KEEP,
        id=new_uuid(),
        psp=reading.psp,
        business_on=reading.business_on,
        currency=reading.ours.currency,
        taken_at=reading.taken_at,
        ours_minor=reading.ours.amount_minor,
        open_minor=reading.open.amount_minor,
        theirs_minor=reading.theirs.amount_minor,
        difference_minor=reading.difference.amount_minor,
    )


def _tell(session: Session, reading: Reading, cause: Cause) -> None:
    currency = reading.ours.currency
    key = f"psp_balance_mismatch:{reading.psp}:{currency}"
    known = execute(
        session, "SELECT id FROM alerts WHERE dedupe_key = %(key)s AND status <> 'resolved'", key=key
    ).first()
    if not reading.difference:
        if known is not None:
            _close(session, known.id, cause)
        return
    since = execute(session, statements.DIFFERS_SINCE, psp=reading.psp, currency=currency).scalar_one()
    if reading.taken_at - since >= APART or known is not None:
        _open(session, reading, key, cause, fresh=known is None)


def _open(session: Session, reading: Reading, key: str, cause: Cause, *, fresh: bool) -> None:
    age, code, beyond = (
        reading.taken_at.date() - reading.business_on,
        "psp_balance_mismatch",
        reading.difference,
    )
    current = rules.current()
    severity = current.severity(code, beyond.amount_minor, beyond.currency, age.days)
    alert_id = open_alert(
        session,
        code=code,
        severity=severity,
        subject=f"{reading.psp} {beyond.currency}",
        detail=(
            f"At the end of {reading.business_on} our books have {reading.ours} with {reading.psp}, of which open "
            f"differences are {reading.open}; {reading.psp} says {reading.theirs}. Nothing explains {beyond}."
        ),
        amount=beyond,
        dedupe_key=key,
        due_on=current.due_on(code, severity, business_day.day_of(reading.taken_at)),
    )
    if fresh:
        data = {"code": code, "difference": beyond.amount_minor, "currency": beyond.currency}
        event = DomainEvent("reconciliation.alert_opened", encode("alr", alert_id), data=data)
        emit(session, event, cause=cause)


def _close(session: Session, alert_id: UUID, cause: Cause) -> None:
    resolve_alert(session, alert_id, resolution="Read again, the balances agree.", by="system")
    event = DomainEvent("reconciliation.alert_resolved", encode("alr", alert_id), data={"way": "gone"})
    emit(session, event, cause=cause)
