"""`flask reconcile try` says what other rules would have told, as a table and as JSON, and ends with 6 where anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checkout.core.clock import utcnow
from checkout.reconciliation.rules import PACKAGED
from tests.reconciliation.conftest import Night, compare, csv_of, receive

Try = Callable[..., Any]


@pytest.fixture
def try_rules(db: Any, tmp_path: Path, flask_command: Any) -> Try:
    """Yesterday a fee of 1.04 was taken for 24.90, 0.02 more than by the contract."""
    yesterday = utcnow() - timedelta(days=1)
    charge = Night().charge(2490, 104, at=yesterday)
    receive(csv_of([charge.row()]), day=yesterday.date())
    compare(yesterday.date())

    def tried(was: str, now: str, *options: str) -> Any:
        text = PACKAGED.read_text(encoding="utf-8").replace("name: default", "name: other")
        assert was in text
        path = tmp_path / "rules.yaml"
        path.write_text(text.replace(was, now, 1), encoding="utf-8")
        return flask_command("reconcile", "try", "--rules", str(path), *options)

    return tried


def test_what_would_have_been_told_otherwise_is_a_table(try_rules: Try) -> None:
    """With a tolerance of 0.10 nothing is told of 0.02."""
    result = try_rules("fees: {minor: 1,", "fees: {minor: 10,")
    assert result.exit_code == 6, result.output
    head, row = result.stdout.splitlines()
    assert head.split() == [
        "night",
        "code",
        "change",
        "before",
        "after",
        "currency",
        "count",
        "amount",
        "text",
    ]
    assert row.split()[1:] == ["fee_mismatch", "not", "opened", "low", "-", "EUR", "1", "-2", "-0.02", "EUR"]
    assert "other@1 against default@1, 1 nights of stripe." in result.stderr


def test_as_json_it_names_both_rules(try_rules: Try) -> None:
    """And how many nights were judged; a longer wait changes nothing here."""
    found = json.loads(
        try_rules("missing_at_psp_days: 2", "missing_at_psp_days: 3", "--json", "--nights", "7").stdout
    )
    assert found == {"rules": "default@1", "tried": "other@1", "psp": "stripe", "nights": 1, "items": []}


def test_rules_that_cannot_be_used_are_refused_with_their_key(try_rules: Try) -> None:
    """A list of kinds under a severity that there is none of."""
    result = try_rules("medium: [fee_mismatch", "middle: [fee_mismatch")
    assert (result.exit_code, "severity.kinds.middle" in result.output) == (2, True)


def test_nothing_changed_ends_well(try_rules: Try) -> None:
    """The same rules under another version."""
    result = try_rules("version: 1", "version: 2")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing would have been told otherwise." in result.stderr
