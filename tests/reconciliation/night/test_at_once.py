"""Runs of a day beside each other, and files that come between: the last report is of what is there."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from checkout.reconciliation.night import run
from checkout.reconciliation.night.run import find_run
from tests.reconciliation.bank.test_bank import arrived, credit, sent, statement
from tests.reconciliation.bank.test_bank import compare as compare_bank
from tests.reconciliation.conftest import DAY, alerts, changed, compare, csv_of, receive

PATIENCE_SECONDS = 60


class Held:
    """The first that asks for a day's files has its answer, and goes on when it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.has_read, self.go_on = threading.Event(), threading.Event()
        self._first, self._files_of = threading.Lock(), run.files_of
        monkeypatch.setattr(run, "files_of", self._read)

    def _read(self, *of: Any) -> Any:
        found = self._files_of(*of)
        if self._first.acquire(blocking=False):
            self.has_read.set()
            assert self.go_on.wait(PATIENCE_SECONDS)
        return found


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(monkeypatch)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_run_that_was_overtaken_says_what_is_there(db, night, held, monkeypatch, guarded):
    """One run has seen that no file is there; the file comes, another run compares it, 1.00 short; then the first goes on.
    The day's report is of the file, and none is missing. Without the second look the file would be forgotten again."""
    if not guarded:
        monkeypatch.setattr(run, "_others_are_there", lambda day, files: False)
    short = night.charge(2490, 102)
    with ThreadPoolExecutor(1) as pool:
        overtaken = pool.submit(compare)
        assert held.has_read.wait(PATIENCE_SECONDS)
        receive(csv_of([changed(short, gross=2390)]))
        ahead = compare()
        held.go_on.set()
        last = overtaken.result(PATIENCE_SECONDS)

    stands = find_run("stripe", DAY)
    assert stands is not None
    assert (last.report == ahead.report, stands.report.rows) == ((True, 1) if guarded else (False, 0))
    told = {(code, status) for code, _, _, status in alerts(db)}
    assert (("file_missing", "open") in told) is not guarded
    assert (("amount_mismatch", "open") in told) is guarded


def test_a_statement_that_comes_between_arrives_in_that_run(db, held):
    """The bank's day: a second account's statement comes while the first is read; its credit is booked as an arrival too."""
    sent("txn_1", 488)
    sent("txn_2", 12_340, "KWD")
    statement(credit(488))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(compare_bank)
        assert held.has_read.wait(PATIENCE_SECONDS)
        statement(credit(12_340, currency="KWD"), id="STMT-8")
        held.go_on.set()
        report = waiting.result(PATIENCE_SECONDS)
    assert {row[0] for row in arrived(db)} == {"txn_1", "txn_2"}
    assert (report.rows, report.matched, report.is_explained) == (2, 2, True)


def test_a_day_compared_again_after_its_late_file_is_the_report_of_the_file(db, night):
    """Missing, then there, then compared twice more: file_missing is closed, told as late once, and the reports are one."""
    charge = night.charge(1000, 29, "JPY")
    compare()
    receive(csv_of([charge.row()]))
    reports = [compare().report for _ in range(3)]
    assert reports[0] == reports[1] == reports[2]
    assert (reports[0].rows, reports[0].matched) == (1, 1)
    assert sorted((code, status) for code, _, _, status in alerts(db)) == [
        ("file_late", "open"), ("file_missing", "resolved"),
    ]  # fmt: skip
