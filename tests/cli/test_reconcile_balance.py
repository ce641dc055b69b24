"""`flask reconcile balance` tells both amounts of each currency and ends with 6 where nothing explains what differs."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from checkout.cli import reconcile_balance
from checkout.core.money import Money
from checkout.reconciliation.balance.prove import Reading


@pytest.fixture
def stated(monkeypatch):
    """What the PSP holds in euros and in yen, where our books have 23.88 EUR and 971 JPY."""

    def readings(euros: int, yen: int = 971):
        found = [
            Reading(
                psp="stripe",
                business_on=date(2026, 3, 14),
                taken_at=datetime(2026, 3, 15, 2, 30, tzinfo=UTC),
                ours=Money(ours, currency),
                open=Money(0, currency),
                theirs=Money(theirs, currency),
                difference=Money(ours - theirs, currency),
            )
            for ours, theirs, currency in ((2388, euros, "EUR"), (971, yen, "JPY"))
        ]
        monkeypatch.setattr(reconcile_balance, "read_balance", lambda psp, cause: found)

    return readings


def test_what_nothing_explains_is_said_and_ends_with_6(flask_command, stated):
    """5.00 EUR more are there than in our books."""
    stated(2888)
    result = flask_command("reconcile", "balance")
    assert result.exit_code == 6, result.output
    _, euros, yen = result.stdout.splitlines()
    assert euros.split() == ["2026-03-14", "23.88", "EUR", "0.00", "EUR", "28.88", "EUR", "-5.00", "EUR"]
    assert yen.split()[-2:] == ["0", "JPY"]
    assert result.stderr.strip() == "Error: Nothing explains -5.00 EUR."


def test_balances_that_agree_end_with_0_and_as_json_are_minor_units(flask_command, stated):
    stated(2388)
    result = flask_command("reconcile", "balance", "--json")
    found = json.loads(result.stdout)["items"]
    assert result.exit_code == 0, result.output
    assert [(one["currency"], one["ours"], one["theirs"], one["difference"]) for one in found] == [
        ("EUR", 2388, 2388, 0),
        ("JPY", 971, 971, 0),
    ]
