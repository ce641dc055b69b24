"""Nights with whatever is planted in them: exactly that is found, with its amount, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.db.statement import run
from tests.reconciliation.conftest import Movement, Night, changed, compare, csv_of, days_later, receive

FIRST = date(2024, 1, 1)
DAYS = count(0, 10)  # a day of its own for each night, out of the others' sight
NUMBERS = count(1_000)


@dataclass(frozen=True)
class Planted:
    """A charge of `gross` less `fee`, and in which way the file is to lie about it, by `by` minor units."""

    kind: str
    gross: int
    fee: int
    by: int
    currency: str

    def rows(self, charge: Movement) -> list[dict[str, str]]:
        number = f"txn_x{next(NUMBERS)}"
        match self.kind:
            case "honest":
                return [charge.row()]
            case "amount":
                return [changed(charge, gross=self.gross + self.by)]
            case "fee":
                return [changed(charge, fee=self.fee + self.by)]
            case "direction":
                return [changed(charge, gross=-self.gross, fee=-self.fee)]
            case "currency":
                return [changed(charge, currency="USD")]
            case "failed":
                return [changed(charge, gross=-self.gross, fee=0, category="charge_failure")]
            case "twice":
                return [charge.row(), charge.row()]
            case "never":
                return []
            case "unknown payment":
                return [charge.row(), changed(charge, number=number, source=number)]
            case "unknown row":
                return [
                    charge.row(),
                    changed(charge, number=number, source="", payment="", category="other_adjustment"),
                ]
            case "unknown refund":
                return [
                    charge.row(),
                    changed(charge, number=number, source=number, category="refund", gross=-self.gross),
                ]
            case "unknown type":
                return [charge.row(), changed(charge, number=number, source=number, category="new_in_2030")]
        return [charge.row(gross="n/a")]  # malformed

    def expected(self) -> list[tuple[str, int, str]]:
        """The difference it makes: ours less theirs."""
        gross, mine = self.gross, self.currency
        return {
            "honest": [],
            "amount": [("amount_mismatch", -self.by, mine)],
            "fee": [("fee_mismatch", -self.by, mine)],
            "direction": [("direction_mismatch", 2 * gross, mine)],
            "currency": [("currency_mismatch", -gross, "USD")],
            "failed": [("status_mismatch", 2 * gross, mine)],
            "twice": [("duplicate_line", -gross, mine)],
            "never": [("missing_at_psp", gross, mine)],
            "unknown payment": [("missing_in_ledger", -gross, mine)],
            "unknown row": [("unknown_reference", -gross, mine)],
            "unknown refund": [("refund_unmatched", gross, mine)],
            "unknown type": [("unknown_type", -gross, mine)],
            "malformed": [("row_rejected", gross, mine)],
        }[self.kind]


KINDS = [
    "honest", "amount", "fee", "direction", "currency", "failed", "twice", "never", "unknown payment", "unknown row",
    "unknown refund", "unknown type", "malformed",
]  # fmt: skip
planted = st.builds(
    Planted,
    kind=st.sampled_from(KINDS),
    gross=st.integers(1_000, 10_000_000),
    fee=st.integers(1, 500),
    by=st.integers(-400, 400).filter(bool),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
# A file of which more than a row in a hundred cannot be read is refused whole: one such row at most.
nights = st.lists(planted, max_size=13).filter(lambda night: sum(p.kind == "malformed" for p in night) <= 1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lies=nights, learnt=st.booleans())
def test_exactly_what_is_planted_is_found(db: Any, night: Night, lies: list[Planted], learnt: bool) -> None:
    """Any mixture of honest rows and of every kind of lie, in three currencies; the numbers of honest charges may still
    have to be learnt from the file."""
    day = FIRST + timedelta(days=next(DAYS))
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    days_later(0)  # long after: what has no line is missing
    rows: list[dict[str, str]] = []
    for lie in lies:
        booked = learnt or lie.kind != "honest"
        charge = night.charge(lie.gross, lie.fee, lie.currency, at=noon, fee_booked=booked)
        rows += lie.rows(charge)
    receive(csv_of(rows), day=day)

    report = compare(day).report

    wanted = sorted(one for lie in lies for one in lie.expected())
    found = run(
        """
        SELECT d.code, d.difference_minor, d.currency, a.amount_minor, a.status
          FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
         WHERE d.business_on = %(day)s AND d.gone_at IS NULL
        """,
        day=day,
    )
    assert sorted((row.code, row.difference_minor, row.currency) for row in found) == wanted
    assert all((row.amount_minor, row.status) == (row.difference_minor, "open") for row in found)
    assert (report.rows, report.open) == (len(rows), len(wanted))
    assert report.is_explained is (not wanted)
    assert compare(day).report == report
