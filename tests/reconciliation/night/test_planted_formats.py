"""Nights of Adyen and of PayPal, each in its own format, with whatever is planted in them: exactly that is found.

What a format cannot say is not planted in it: Adyen has no row for a conversion (what is exchanged stands in the row of the
payment, with both currencies); PayPal has one currency a row, so that a payment settled in another one is a row in that. The
formats of banks, camt.053 and mapped CSV, have neither payments nor fees: their kinds are planted in tests/reconciliation/bank.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.core import clock
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.ledger import journal, payout_recipes, recipes
from checkout.reconciliation import rules
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.night.comparisons import comparisons_of
from checkout.reconciliation.night.run import run_day
from tests.reconciliation.conftest import CAUSE, Ruled, days_later
from tests.reconciliation.writers import adyen, paypal
from tests.reconciliation.writers.told import Told

DAYS = count(0, 10)  # a day of its own for each night, out of the others' sight
ROWS = count(1, 1_000)  # and numbers of its own
FIRST = date(2024, 1, 1)
CONTRACT = (
    "tariffs:\n  - {psp: adyen, bps: 100, fixed_minor: 10}\n  - {psp: paypal, bps: 290, fixed_minor: 30}\n"
)
DECLARED = "settlements: [{}]".format(
    ", ".join(f'{{psp: {psp}, presented: GBP, settled: EUR, rate: "1.17"}}' for psp in ("adyen", "paypal"))
)

Difference = tuple[str, int, str]


@dataclass
class Night:
    """The rows of a day and of the next one, and what differs: ours less theirs."""

    writer: Any
    noon: datetime
    first: int
    rows: list[Told] = field(default_factory=list)
    next_rows: list[Told] = field(default_factory=list)
    differing: list[Difference] = field(default_factory=list)

    def charge(
        self, gross: int, currency: str, *, fee: int | None = None, numbered: bool = True, **told: Any
    ) -> Told:
        """Booked, with the fee of the contract; the row says the same unless it is told otherwise."""
        payment, contract = new_uuid(), fee_of(self.writer, gross, currency)
        fee = contract if fee is None else fee
        row = Told("charge", gross, fee, currency, self.noon, encode("pay", payment))
        names = self.names(row)
        with atomic() as session:
            captured = journal.post(
                session, self.captured(payment, names["source_id"], gross, currency), cause=CAUSE
            )
            assert captured is not None
            if numbered:
                journal.learn_number(session, self.writer.PSP, names["number"], captured.id)
                booked = recipes.psp_fee(
                    source=encode("pay", payment), psp=self.writer.PSP, number=names["number"],
                    fee=Money(fee, currency), effective_at=self.noon,
                )  # fmt: skip
                journal.post(session, booked, cause=CAUSE)
        return row

    def captured(self, payment: Any, charge: str, gross: int, currency: str) -> Any:
        amount = Money(gross, currency)
        return recipes.payment_captured(
            payment_id=payment, psp=self.writer.PSP, charge_id=charge, amount=amount,
            orders=[recipes.OrderPart(new_uuid(), new_uuid(), amount)], effective_at=self.noon,
        )  # fmt: skip

    def names(self, row: Told, place: int | None = None) -> dict[str, Any]:
        """Number and object of the row that is written next."""
        n = self.first + (len(self.rows) if place is None else place)
        names: dict[str, Any] = self.writer.read(row, n)
        return names

    def differs(self, code: str, minor: int, currency: str) -> None:
        """What is off by one minor unit is a rounding, or within what a fee may be off."""
        if abs(minor) > 1:
            self.differing.append((code, minor, currency))


def fee_of(writer: Any, gross: int, currency: str) -> int:
    return rules.current().expected_fee(writer.PSP, "", currency, gross) or 0


@dataclass(frozen=True)
class Planted:
    kind: str
    gross: int
    by: int
    currency: int  # which of the format's

    def in_(self, night: Night) -> None:
        KINDS[self.kind](self, night, night.writer.CURRENCIES[self.currency])


def _honest(p: Planted, night: Night, currency: str) -> None:
    night.rows.append(night.charge(p.gross, currency))


def _amount(p: Planted, night: Night, currency: str) -> None:
    row = night.charge(p.gross, currency)
    night.rows.append(replace(row, gross=p.gross + p.by))
    night.differs("amount_mismatch", -p.by, currency)


def _unit(p: Planted, night: Night, currency: str) -> None:
    row = night.charge(p.gross, currency)
    night.rows.append(replace(row, gross=p.gross + (1 if p.by > 0 else -1)))


def _overcharged(p: Planted, night: Night, currency: str) -> None:
    beyond = abs(p.by)
    row = night.charge(p.gross, currency, fee=fee_of(night.writer, p.gross, currency) + beyond)
    night.rows.append(row)
    night.differs("fee_mismatch", -beyond, currency)


def _in_parts(p: Planted, night: Night, currency: str) -> None:
    row = night.charge(p.gross, currency, numbered=False)
    for part in (p.gross // 3, p.gross - p.gross // 3):
        night.rows.append(replace(row, gross=part, fee=fee_of(night.writer, part, currency)))


def _exchanged(p: Planted, night: Night, currency: str, off: int = 0) -> None:
    """Pounds at 1.17."""
    row = night.charge(p.gross, "GBP", fee=0, numbered=False)
    declared = rules.current().settlement(night.writer.PSP, "GBP", "EUR")
    assert declared is not None
    expected = declared.expected_minor(p.gross)
    assert expected is not None
    came = expected + off
    fee = fee_of(night.writer, came, "EUR")
    paid = (p.gross, "GBP") if night.writer is adyen else None
    night.rows.append(replace(row, gross=came, fee=fee, currency="EUR", paid=paid))
    if off:
        night.differing.append(("fx_rate_mismatch", -off, "EUR"))


def _other_rate(p: Planted, night: Night, currency: str) -> None:
    _exchanged(p, night, currency, off=p.by)


def _split(p: Planted, night: Night, currency: str) -> None:
    row = Told("transfer", -p.gross - p.by, 0, currency, night.noon, "")
    sent = payout_recipes.payout_transferred(
        payout_id=new_uuid(), seller_id=new_uuid(), psp=night.writer.PSP, number=night.names(row)["number"],
        amount=Money(p.gross, currency), effective_at=night.noon,
    )  # fmt: skip
    with atomic() as session:
        journal.post(session, sent, cause=CAUSE)
    night.rows.append(row)
    night.differs("seller_split_mismatch", p.by, currency)


def _cut_off(p: Planted, night: Night, currency: str) -> None:
    """Booked on the day; its row stands in the next day's file."""
    payment = new_uuid()
    row = Told("charge", p.gross, 0, currency, night.noon, encode("pay", payment))
    names = night.names(row, place=500 + len(night.next_rows))
    with atomic() as session:
        captured = journal.post(
            session, night.captured(payment, names["source_id"], p.gross, currency), cause=CAUSE
        )
        assert captured is not None
        journal.learn_number(session, night.writer.PSP, names["number"], captured.id)
    night.next_rows.append(row)


def _never(p: Planted, night: Night, currency: str) -> None:
    payment = new_uuid()
    with atomic() as session:
        journal.post(session, night.captured(payment, f"ch_{payment}", p.gross, currency), cause=CAUSE)
    night.differing.append(("missing_at_psp", p.gross, currency))


def _unknown(p: Planted, night: Night, currency: str) -> None:
    night.rows.append(Told("dispute", -p.gross, 0, currency, night.noon, ""))
    night.differing.append(("dispute_unmatched", p.gross, currency))


def _converted(p: Planted, night: Night, currency: str) -> None:
    """Pounds of our balance sold at 1.17, in a second of their own."""
    at = night.noon + timedelta(seconds=1 + len(night.rows))
    night.rows.append(Told("conversion", -p.gross, 0, "GBP", at, ""))
    night.rows.append(Told("conversion", (p.gross * 117 + 50) // 100, 0, "EUR", at, ""))


KINDS: dict[str, Callable[[Planted, Night, str], None]] = {
    "honest": _honest, "amount": _amount, "a unit": _unit, "overcharged": _overcharged, "in parts": _in_parts,
    "declared currency": _exchanged, "other rate": _other_rate, "split": _split, "cut-off": _cut_off,
    "never": _never, "unknown": _unknown, "converted": _converted,
}  # fmt: skip
CANNOT_SAY = {adyen: {"converted"}, paypal: set[str]()}
FORMATS = pytest.mark.parametrize("writer", [adyen, paypal], ids=["adyen", "paypal"])


@FORMATS
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_exactly_what_is_planted_is_found(db: Any, ruled: Ruled, writer: Any, data: st.DataObject) -> None:
    """Any mixture of honest rows and of lies that the format can tell, in three currencies."""
    kinds = sorted(KINDS.keys() - CANNOT_SAY[writer])
    one = st.builds(
        Planted, st.sampled_from(kinds), st.integers(1_000, 10_000_000), st.integers(-400, 400).filter(bool),
        st.integers(0, 2),
    )  # fmt: skip
    _prove(ruled, writer, data.draw(st.lists(one, max_size=8)))


@FORMATS
def test_each_kind_is_found_in_one_night(db: Any, ruled: Ruled, writer: Any) -> None:
    """One of each, by 1.23 EUR or its like."""
    kinds = sorted(KINDS.keys() - CANNOT_SAY[writer])
    _prove(ruled, writer, [Planted(kind, 24_900, 123, n % 3) for n, kind in enumerate(kinds)])


def _prove(ruled: Ruled, writer: Any, lies: list[Planted]) -> None:
    ruled(("tariffs:\n", CONTRACT), ("settlements: []", DECLARED))
    day = FIRST + timedelta(days=next(DAYS))
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    clock.configure(offset_seconds=int((noon - datetime.now(UTC)).total_seconds()))
    night = Night(writer, noon, next(ROWS))
    for lie in lies:
        lie.in_(night)
    days_later(0)  # long after: what has no line is missing
    _receive(writer, night.rows, night.first, day)
    _receive(writer, night.next_rows, night.first + 500, day + timedelta(days=1))

    outcome = run_day(writer.PSP, day, by="test", cause=CAUSE)

    found = run(
        """
        SELECT d.code, d.difference_minor, d.currency, a.amount_minor FROM settlement_differences d
          JOIN alerts a ON a.id = d.alert_id WHERE d.business_on = %(day)s AND d.psp = %(psp)s AND d.gone_at IS NULL
        """,
        day=day,
        psp=writer.PSP,
    )
    assert sorted((row.code, row.difference_minor, row.currency) for row in found) == sorted(night.differing)
    assert all(row.amount_minor == row.difference_minor for row in found)
    (last,) = comparisons_of(outcome.id)
    assert (last.steps.received, last.steps.adds_up) == (len(night.rows), True)
    assert run_day(writer.PSP, day, by="test", cause=CAUSE).report == outcome.report


def _receive(writer: Any, rows: list[Told], first: int, day: date) -> None:
    delivery = Delivery(psp=writer.PSP, business_on=day, name="night.csv", origin="cli", by="test")
    if rows:
        receive_file(io.BytesIO(writer.write(rows, first)), delivery, cause=CAUSE)
