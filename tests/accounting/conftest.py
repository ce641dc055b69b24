"""A March with a capture of two sellers and its fee, a yen, a dinar, and what happened around it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from checkout.accounting import correct, locks
from checkout.accounting.export import Export, export_journal
from checkout.accounting.periods import read_period
from checkout.accounting.profiles import find_profile
from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, recipes
from checkout.ledger.chart import ROUNDING, psp_balance
from checkout.ledger.entry import Entry, credit, debit
from checkout.ledger.recipes import OrderPart
from checkout.tasks import ClaimedTask

BERLIN = ZoneInfo("Europe/Berlin")
GRACE, ADA = (Cause("person", encode("usr", new_uuid())) for _ in range(2))
HOSTILE = "=HYPERLINK(1)"
MARCH = read_period("2026-03", BERLIN)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def book(*entries: Entry) -> None:
    with atomic() as session:
        for entry in entries:
            journal.post(session, entry, cause=Cause("system", "test"))


def rounding(minor: int, currency: str, when: datetime, *, source: str = "alr_1", key: str = "") -> Entry:
    amount = Money(minor, currency)
    legs = (debit(ROUNDING, amount), credit(psp_balance("stripe"), amount))
    return Entry("rounding_booked", key or str(new_uuid()), source, legs, effective_at=when)


def a_march() -> None:
    """EUR 24.90 of two sellers on the 14th with a fee of 1.02; JPY 1 000 and KWD 1.234 on the 15th; a source that would run
    as a formula; and one cent just before and just after, by Berlin's clock."""
    orders = [OrderPart(new_uuid(), new_uuid(), Money(minor, "EUR")) for minor in (1500, 990)]
    book(
        recipes.payment_captured(
            payment_id=new_uuid(), psp="stripe", charge_id="ch_1", amount=Money(2490, "EUR"), orders=orders,
            effective_at=at(14),
        ),
        recipes.psp_fee(source="pay_1", psp="stripe", number="txn_1", fee=Money(102, "EUR"), effective_at=at(14)),
        rounding(1000, "JPY", at(15), source=HOSTILE),
        rounding(1234, "KWD", at(15)),
        rounding(1, "EUR", datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC)),
        rounding(1, "EUR", datetime(2026, 3, 31, 22, 0, tzinfo=UTC)),
    )  # fmt: skip


@pytest.fixture
def march(db: Any) -> None:
    a_march()


def exported(profile: str = "generic", *, period: str = "2026-03", detail: Any = "postings", form: Any = "csv",
             by: Cause = GRACE) -> tuple[bytes, Export]:  # fmt: skip
    into = io.BytesIO()
    made = export_journal(
        into,
        period=read_period(period, BERLIN),
        profile=find_profile(profile),
        detail=detail,
        form=form,
        by=by,
    )
    return into.getvalue(), made


def carried_out(db: Any, kind: str, apply: Callable[..., None]) -> None:
    """Runs the tasks that decisions have staged."""
    for row in db.rows("DELETE FROM tasks WHERE kind = %(kind)s RETURNING args", kind=kind):
        with atomic() as session:
            apply(session, ClaimedTask(new_uuid(), "default", kind, row["args"], 1, 8, 1))


def periods_decided(db: Any) -> None:
    carried_out(db, "accounting.period_decided", locks.apply_decision)


def corrections_decided(db: Any) -> None:
    carried_out(db, "accounting.correction_decided", correct.apply_decision)
