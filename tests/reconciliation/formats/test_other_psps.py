"""A night of Adyen and of PayPal goes the same way as Stripe's: received once by its own batch, compared, booked."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest

from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, recipes
from checkout.reconciliation.files.errors import SettlementBatchConflict
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.night.run import run_day
from tests.reconciliation.conftest import CAUSE, DAY, alerts
from tests.reconciliation.writers import adyen, paypal
from tests.reconciliation.writers.told import Told

AT = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)


def receive(psp: str, content: bytes, day: date = DAY):
    delivery = Delivery(psp=psp, business_on=day, name="night.csv", origin="cli", by="test")
    return receive_file(io.BytesIO(content), delivery, cause=CAUSE)[0]


def captured(psp: str, charge_id: str, amount: Money) -> None:
    """A charge whose number at the PSP is not known yet."""
    with atomic() as session:
        entry = recipes.payment_captured(
            payment_id=new_uuid(), psp=psp, charge_id=charge_id, amount=amount,
            orders=[recipes.OrderPart(new_uuid(), new_uuid(), amount)], effective_at=AT,
        )  # fmt: skip
        journal.post(session, entry, cause=CAUSE)


@pytest.mark.parametrize(("writer", "charge"), [(adyen, "P{}"), (paypal, "{}TX")], ids=["adyen", "paypal"])
def test_a_night_is_received_and_compared(db, writer, charge):
    """24.90 EUR and 1 000 JPY, costs of 0.61 EUR: both match, the costs are booked, the day is closed."""
    amounts = [Money(2490, "EUR"), Money(1000, "JPY")]
    for n, amount in enumerate(amounts):
        captured(writer.PSP, charge.format(n), amount)
    fees = (61, 0)
    receive(
        writer.PSP,
        writer.write(
            [
                Told("charge", m.amount_minor, fee, m.currency, AT, "x")
                for m, fee in zip(amounts, fees, strict=True)
            ]
        ),
    )

    report = run_day(writer.PSP, DAY, by="test", cause=CAUSE).report

    assert (report.rows, report.matched, report.missing, alerts(db)) == (2, 2, 0, [])
    booked = db.rows(
        "SELECT p.currency, p.amount_minor FROM postings p JOIN ledger_accounts a ON a.id = p.account_id "
        "WHERE a.kind = 'psp_fees'"
    )
    assert [(row["currency"], row["amount_minor"]) for row in booked] == [("EUR", 61)]
    assert db.rows("SELECT status FROM settlement_files") == [{"status": "closed"}]


def test_a_batch_is_applied_once_whatever_its_day(db):
    """Batch 17 again on another day with another amount: refused, since its number is the file's own."""
    first = receive("adyen", adyen.write([Told("charge", 2490, 0, "EUR", AT, "x")]))
    assert (first.batch, first.account) == ("17", "PlatformEU")
    with pytest.raises(SettlementBatchConflict):
        receive("adyen", adyen.write([Told("charge", 2491, 0, "EUR", AT, "x")]), date(2026, 3, 15))
