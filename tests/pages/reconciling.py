"""A night for finance's pages: 24.90 of which the PSP tells 23.90, and what else a test asks for."""

from __future__ import annotations

from dataclasses import dataclass

from checkout.core.ids import encode
from checkout.db.statement import run
from tests.conftest import Database
from tests.reconciliation.conftest import Night, changed, compare, csv_of, receive


@dataclass(frozen=True)
class Reconciled:
    """The public ids of what the night left: one alert, its run, file, payment, entry and an account."""

    alert: str
    run: str
    file: str
    payment: str
    entry: str
    account: str
    content: bytes


def one_short(db: Database, *, name: str = "file.csv", **more: object) -> Reconciled:
    """Three rows: a header, one that is 1.00 short, one that matches."""
    night = Night()
    short, right = night.charge(2490, 102), night.charge(1000, 59)
    content = csv_of([changed(short, **{"gross": 2390, **more}), right.row()])
    file, _ = receive(content, name=name)
    outcome = compare()
    (row,) = run("SELECT alert_id, entry_id FROM settlement_differences WHERE gone_at IS NULL AND line = 2")
    account = db.value("SELECT id FROM ledger_accounts WHERE kind = 'psp_balance' AND currency = 'EUR'")
    return Reconciled(
        alert=encode("alr", row.alert_id),
        run=encode("run", outcome.id),
        file=file.public_id,
        payment=short.payment,
        entry=encode("jrn", row.entry_id),
        account=encode("acc", account),
        content=content,
    )
