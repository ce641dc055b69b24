"""Files of several PSPs and of a bank in one night: each compared, a missing one told of whom one is expected."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from checkout.core import clock
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, payout_recipes
from checkout.psp import Balance, registry
from checkout.reconciliation.night import expected
from checkout.reconciliation.night.nightly import settle_nights
from checkout.reconciliation.night.run import find_run, run_day
from tests.payments.conftest import psp as psp
from tests.reconciliation.conftest import CAUSE, DAY, alerts, csv_of
from tests.reconciliation.writers import camt053
from tests.reconciliation.writers.told import Told

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 3, 13, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def whose_files_are_expected():
    yield
    expected.configure(None)


@pytest.fixture
def folder(tmp_path, psp):
    registry.use(psp)
    (tmp_path / "bank").mkdir()
    return tmp_path


def put(path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, (time.time() - 60,) * 2)


def at(*when: int) -> None:
    """It is that time, UTC."""
    now = datetime(*when, tzinfo=UTC)
    clock.configure(offset_seconds=int((now - datetime.now(UTC)).total_seconds()))


def test_a_night_takes_and_compares_the_files_of_all(db, psp, folder, monkeypatch):
    """Stripe's file of a day without movements, and a statement of Friday that shows a payout of 4.88: both compared, the
    payout has arrived, nobody is called."""
    with atomic() as session:
        sent = payout_recipes.psp_payout_sent(
            psp="stripe", number="txn_2", amount=Money(488, "EUR"), effective_at=AT
        )
        journal.post(session, sent, cause=CAUSE)
    holds = Balance(available=(Money(-488, "EUR"),), pending=())
    monkeypatch.setattr(psp, "fetch_balance", lambda: holds, raising=False)
    monkeypatch.setattr(psp, "list_balance_transactions", lambda **times: (), raising=False)
    put(folder / "stripe-2026-03-14.csv", csv_of([]))
    put(folder / "bank" / "statement.xml", camt053.write([Told("payout", 488, 0, "EUR", AT, "txn_2")]))

    settle_nights(zone=BERLIN, drop_dir=folder, cause=CAUSE)

    assert (find_run("stripe", DAY).report.rows, find_run("bank", date(2026, 3, 13)).report.matched) == (0, 1)
    assert alerts(db) == []
    settle_nights(zone=BERLIN, drop_dir=folder, cause=CAUSE)
    assert db.value("SELECT max(number) FROM reconciliation_comparisons") == 1


@pytest.mark.parametrize(
    ("dropped", "told"),
    [((), ["stripe"]), (("stripe", "adyen"), ["adyen", "stripe"]), (("stripe", "bank"), ["stripe"])],
)
def test_a_missing_file_is_told_of_whom_one_is_expected(db, folder, dropped, told):
    """Saturday's: of the PSP in use and of whoever is named; a bank has no statement of a Saturday."""
    expected.configure(dropped)
    settle_nights(zone=BERLIN, drop_dir=folder, dropped=dropped, cause=CAUSE)
    at(2026, 3, 15, 9, 0)
    settle_nights(zone=BERLIN, drop_dir=folder, dropped=dropped, cause=CAUSE)

    rows = db.rows(
        "SELECT split_part(subject, ' ', 1) AS psp FROM alerts WHERE code = 'file_missing' ORDER BY 1"
    )
    assert [row["psp"] for row in rows] == told


def test_a_day_of_nobody_expected_is_compared_by_hand_without_an_alert(db, psp):
    registry.use(psp)
    expected.configure(())
    run_day("adyen", DAY, by="test", cause=CAUSE)
    assert alerts(db) == []
    run_day("stripe", DAY, by="test", cause=CAUSE)
    assert [code for code, *_ in alerts(db)] == ["file_missing"]


@pytest.mark.parametrize(
    ("psp_name", "day", "is_missed"),
    [("bank", date(2026, 3, 13), True), ("bank", date(2026, 3, 14), False), ("bank", date(2026, 4, 3), False),
     ("stripe", date(2026, 3, 14), True)],
)  # fmt: skip
def test_a_bank_writes_no_statement_on_a_closed_day(psp_name, day, is_missed):
    """A Friday, a Saturday, Good Friday; a PSP settles every day."""
    assert expected.is_expected(psp_name, day) is is_missed
