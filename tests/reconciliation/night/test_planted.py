"""Nights with whatever is planted in them: exactly that is found, with its amount, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.core import clock
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.ledger import journal, payout_recipes
from checkout.reconciliation import rules
from checkout.reconciliation.night.comparisons import comparisons_of
from tests.reconciliation.conftest import (
    CAUSE,
    Movement,
    Night,
    Ruled,
    capture_more,
    changed,
    compare,
    csv_of,
    days_later,
    receive,
)

FIRST = date(2024, 1, 1)
DAYS = count(0, 10)  # a day of its own for each night, out of the others' sight
NUMBERS = count(1_000)
DECLARED = 'settlements: [{psp: stripe, presented: GBP, settled: EUR, rate: "1.17"}]'

Rows = list[dict[str, str]]
Told = list[tuple[str, int, str]]


@dataclass(frozen=True)
class Planted:
    """A charge of `gross`, and in which way the file is to lie about it or about something beside it, by `by` minor units."""

    kind: str
    gross: int
    by: int
    currency: str

    def fee(self, gross: int, currency: str | None = None) -> int:
        return rules.current().expected_fee("stripe", "", currency or self.currency, gross) or 0

    def plant(self, night: Night, noon: datetime, *, learnt: bool) -> tuple[Rows, Told]:
        """The file's rows, and the differences that they make: ours less theirs."""
        if self.kind in OF_ITS_OWN:
            return OF_ITS_OWN[self.kind](self, night, noon)
        booked = learnt or self.kind != "honest"
        charge = night.charge(self.gross, self.fee(self.gross), self.currency, at=noon, fee_booked=booked)
        if self.kind in BESIDE:
            more, told = BESIDE[self.kind](self, charge, f"txn_x{next(NUMBERS)}")
            return [charge.row(), *more], told
        return INSTEAD[self.kind](self, charge)

    def unless_rounding(self, code: str, minor: int, currency: str | None = None) -> Told:
        return [] if abs(minor) == 1 else [(code, minor, currency or self.currency)]


# --- the charge's own row says something else

INSTEAD: dict[str, Callable[[Planted, Movement], tuple[Rows, Told]]] = {
    "honest": lambda p, c: ([c.row()], []),
    "amount": lambda p, c: ([changed(c, gross=p.gross + p.by)], p.unless_rounding("amount_mismatch", -p.by)),
    "a unit": lambda p, c: ([changed(c, gross=p.gross + (1 if p.by > 0 else -1))], []),
    "fee": lambda p, c: ([changed(c, fee=c.fee + p.by)], p.unless_rounding("fee_mismatch", -p.by)),
    "direction": lambda p, c: (
        [changed(c, gross=-p.gross, fee=-c.fee)],
        [("direction_mismatch", 2 * p.gross, p.currency)],
    ),
    "currency": lambda p, c: ([changed(c, currency="USD")], [("currency_mismatch", -p.gross, "USD")]),
    "failed": lambda p, c: (
        [changed(c, gross=-p.gross, fee=0, category="charge_failure")],
        [("status_mismatch", 2 * p.gross, p.currency)],
    ),
    "twice": lambda p, c: ([c.row(), c.row()], [("duplicate_line", -p.gross, p.currency)]),
    "never": lambda p, c: ([], [("missing_at_psp", p.gross, p.currency)]),
    "malformed": lambda p, c: ([c.row(gross="n/a")], [("row_rejected", p.gross, p.currency)]),
    "net": lambda p, c: (
        [c.row(net="0.00" if p.currency != "JPY" else "0")],
        [("net_mismatch", p.gross, p.currency)],
    ),
}

# --- a row beside it that nothing of ours answers to


def _beside(code: str | None, category: str, *, sign: int = 1, **more: Any) -> Any:
    def rows(p: Planted, c: Movement, number: str) -> tuple[Rows, Told]:
        fee = 0 if sign < 0 or category != "charge" else c.fee
        values = {"number": number, "source": number, "gross": sign * p.gross, "fee": fee, **more}
        row = changed(c, category=category, **values)
        return [row], [(code, -sign * p.gross, p.currency)] if code else []

    return rows


BESIDE: dict[str, Callable[[Planted, Movement, str], tuple[Rows, Told]]] = {
    "charged twice": _beside("duplicate_capture", "charge"),
    "unknown payment": _beside("missing_in_ledger", "charge", payment=encode("pay", new_uuid())),
    "unknown charge": _beside("unknown_reference", "charge", payment=""),
    "unknown row": _beside("unknown_reference", "other_adjustment", source="", payment=""),
    "unknown refund": _beside("refund_unmatched", "refund", sign=-1),
    "unknown dispute": _beside("dispute_unmatched", "dispute", sign=-1),
    "unknown transfer": _beside("transfer_unmatched", "transfer", sign=-1),
    "unknown payout": _beside("payout_mismatch", "payout", sign=-1),
    "unknown type": _beside("unknown_type", "new_in_2030"),
    "top-up": _beside(None, "topup", payment=""),
    "cost": _beside(None, "fee", sign=-1, payment=""),
}

# --- books of another shape


def _overcharged(p: Planted, night: Night, noon: datetime) -> tuple[Rows, Told]:
    """Books and file agree on a fee that is not the contract's: within a minor unit it is."""
    charge = night.charge(p.gross, p.fee(p.gross) + abs(p.by), p.currency, at=noon)
    return [charge.row()], p.unless_rounding("fee_mismatch", -abs(p.by))


def _in_parts(p: Planted, night: Night, noon: datetime) -> tuple[Rows, Told]:
    charge = night.charge(p.gross, 0, p.currency, at=noon, fee_booked=False)
    parts = (p.gross // 3, p.gross - p.gross // 3)
    names = [f"txn_x{next(NUMBERS)}" for _ in parts]
    rows = [
        changed(charge, number=name, source=name, gross=part, fee=p.fee(part))
        for name, part in zip(names, parts, strict=True)
    ]
    return rows, []


def _together(p: Planted, night: Night, noon: datetime) -> tuple[Rows, Told]:
    charge = night.charge(p.gross, 0, p.currency, at=noon, fee_booked=False)
    capture_more(charge.payment, f"ch_x{next(NUMBERS)}", 700, p.currency, at=noon)
    gross = p.gross + 700
    return [changed(charge, source="", gross=gross, fee=p.fee(gross))], []


def _exchanged(p: Planted, night: Night, noon: datetime) -> tuple[Rows, Told]:
    """Pounds at 1.17, or `by` cents off."""
    charge = night.charge(p.gross, 0, "GBP", at=noon)
    declared = rules.current().settlement("stripe", "GBP", "EUR")
    assert declared is not None
    expected = declared.expected_minor(p.gross)
    assert expected is not None
    came = expected + (p.by if p.kind == "other rate" else 0)
    told = [("fx_rate_mismatch", -p.by, "EUR")] if p.kind == "other rate" else []
    return [changed(charge, gross=came, fee=p.fee(came, "EUR"), currency="EUR")], told


def _split(p: Planted, night: Night, noon: datetime) -> tuple[Rows, Told]:
    """A transfer to a seller, `by` more in the file than in our books."""
    number = f"txn_x{next(NUMBERS)}"
    charge = Movement(number, number, "", -p.gross - p.by, 0, p.currency, noon, "transfer")
    sent = payout_recipes.payout_transferred(
        payout_id=new_uuid(), seller_id=new_uuid(), psp="stripe", number=number, amount=Money(p.gross, p.currency),
        effective_at=noon,
    )  # fmt: skip
    with atomic() as session:
        journal.post(session, sent, cause=CAUSE)
    return [charge.row()], p.unless_rounding("seller_split_mismatch", p.by)


def _converted(p: Planted, night: Night, noon: datetime) -> tuple[Rows, Told]:
    """Pounds of our balance sold at 1.17: both rows name one object."""
    sale = f"fx_{next(NUMBERS)}"
    legs = ((-p.gross, "GBP"), ((p.gross * 117 + 50) // 100, "EUR"))
    return [
        Movement(f"txn_x{next(NUMBERS)}", sale, "", gross, 0, currency, noon, "currency_conversion").row()
        for gross, currency in legs
    ], []


OF_ITS_OWN: dict[str, Callable[[Planted, Night, datetime], tuple[Rows, Told]]] = {
    "overcharged": _overcharged,
    "in parts": _in_parts,
    "together": _together,
    "declared currency": _exchanged,
    "other rate": _exchanged,
    "split": _split,
    "converted": _converted,
}

KINDS = [*INSTEAD, *BESIDE, *OF_ITS_OWN]
UNREADABLE = ("malformed", "net")
planted = st.builds(
    Planted,
    kind=st.sampled_from(KINDS),
    gross=st.integers(1_000, 10_000_000),
    by=st.integers(-400, 400).filter(bool),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
# A file of which more than a row in a hundred cannot be read is refused whole: one such row at most.
nights = st.lists(planted, max_size=13).filter(lambda night: sum(p.kind in UNREADABLE for p in night) <= 1)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lies=nights, learnt=st.booleans())
def test_exactly_what_is_planted_is_found(
    db: Any, night: Night, ruled: Ruled, lies: list[Planted], learnt: bool
) -> None:
    """Any mixture of honest rows and of every kind of lie, in three currencies; the numbers of honest charges may still
    have to be learnt from the file."""
    ruled(("settlements: []", DECLARED))
    _prove(night, lies, learnt=learnt)


def test_each_kind_is_found_in_one_night(db: Any, night: Night, ruled: Ruled) -> None:
    """One of each, by 1.23 or its like; but for one of the two that cannot be read."""
    ruled(("settlements: []", DECLARED))
    for unreadable in UNREADABLE:
        kinds = [kind for kind in KINDS if kind not in UNREADABLE] + [unreadable]
        _prove(night, [Planted(kind, 24_900, 123, "EUR") for kind in kinds], learnt=True)


def _prove(night: Night, lies: list[Planted], *, learnt: bool) -> None:
    day = FIRST + timedelta(days=next(DAYS))
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    clock.configure(offset_seconds=int((noon - datetime.now(UTC)).total_seconds()))
    rows: Rows = []
    wanted: Told = []
    for lie in lies:
        told, differences = lie.plant(night, noon, learnt=learnt)
        rows += told
        wanted += differences
    days_later(0)  # long after: what has no line is missing
    receive(csv_of(rows), day=day)

    outcome = compare(day)
    report, (last,) = outcome.report, comparisons_of(outcome.id)

    found = run(
        """
        SELECT d.code, d.difference_minor, d.currency, a.amount_minor, a.status
          FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
         WHERE d.business_on = %(day)s AND d.gone_at IS NULL
        """,
        day=day,
    )
    assert sorted((row.code, row.difference_minor, row.currency) for row in found) == sorted(wanted)
    assert all((row.amount_minor, row.status) == (row.difference_minor, "open") for row in found)
    assert (report.rows, report.open) == (len(rows), len(wanted))
    assert (last.steps.received, last.steps.adds_up) == (len(rows), True)
    assert report.is_explained is (not wanted)
    assert compare(day).report == report
