"""A conversion of which somebody has explained one row is not booked by rules that come after, and its other row stays told."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.core.money import Money
from checkout.db.statement import run
from checkout.ledger import chart
from checkout.ledger.verify import verify_ledger
from tests.ledger.conftest import balance
from tests.reconciliation.conftest import Ruled, alerts, compare, csv_of, receive
from tests.reconciliation.desk.test_parts import resolve, rest_of
from tests.reconciliation.matching.test_conversions import declare, leg


def alert_in(currency: str) -> Any:
    (row,) = run(
        "SELECT alert_id FROM settlement_differences WHERE currency = %(currency)s AND gone_at IS NULL",
        currency=currency,
    )
    return row.alert_id


@pytest.mark.parametrize(
    ("sold", "less", "bought", "more"), [("USD", 2_180, "EUR", 2_000), ("KWD", 1_000, "JPY", 480)]
)
@pytest.mark.parametrize("explained", ["sold", "bought"])
def test_one_row_explained_keeps_the_other_told(
    db: Any, ruled: Ruled, sold: str, less: int, bought: str, more: int, explained: str
) -> None:
    """One row was put onto fx_result by a person before the conversion was declared: it is not booked again, and of the
    other row all that it says stays unexplained."""
    receive(csv_of([leg("txn_1", -less, sold, "fx_1"), leg("txn_2", more, bought, "fx_1")]))
    compare()
    theirs, other = (sold, bought) if explained == "sold" else (bought, sold)
    left = Money(-more, other) if other == bought else Money(less, other)
    resolve(alert_in(theirs), "post_correction", account="fx_result")
    declare(ruled, sold, bought)

    report = compare().report

    told = {(code, currency, status) for code, _, currency, status in alerts(db)}
    assert told == {("currency_mismatch", theirs, "resolved"), ("currency_mismatch", other, "open")}
    assert rest_of(alert_in(other)) == left
    assert (report.unexplained, report.is_explained) == ({other: left.amount_minor}, False)
    assert balance(chart.psp_balance("stripe"), theirs) == (-less if explained == "sold" else more)
    assert balance(chart.psp_balance("stripe"), other) == 0
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'fx_converted'") == 0
    assert verify_ledger().holds
