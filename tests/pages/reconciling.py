"""A night for finance's pages: 24.90 of which the PSP tells 23.90, and what else a test asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from checkout.core import clock
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.reconciliation.desk.link import link_records
from tests.conftest import Database
from tests.reconciliation.conftest import CAUSE, Night, changed, compare, csv_of, receive


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


@contextmanager
def on_that_day() -> Iterator[None]:
    """What is booked within is recorded on the day itself: a day's rows are waited for from then on."""
    offset, now = clock._offset, datetime.now(UTC)
    clock.configure(offset_seconds=int((datetime(2026, 3, 14, 13, tzinfo=UTC) - now).total_seconds()))
    try:
        yield
    finally:
        clock.configure(offset_seconds=int(offset.total_seconds()))


def halves(db: Database, theirs: int = 2490) -> tuple[str, str]:
    """24.90 of ours that no row tells of, and a row of another amount under a number that nobody knows."""
    night = Night()
    with on_that_day():
        ours = night.charge(2490, 0)
    receive(csv_of([changed(ours, number="txn_x", source="ch_x", payment="", gross=theirs)]))
    compare()
    found = {row["code"]: encode("alr", row["id"]) for row in db.rows("SELECT id, code FROM alerts")}
    return found["missing_at_psp"], found["unknown_reference"]


def joined(db: Database, theirs: int = 2490) -> tuple[str, str]:
    """Both, each answering for the other."""
    ours, unknown = halves(db, theirs)
    with atomic() as session:
        link_records(session, decode("alr", ours), to=[unknown], note="the same transfer", by=CAUSE)
    return ours, unknown
