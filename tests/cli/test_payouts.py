"""`flask payouts`: the run, one payout, holds, reasons and debts from the command line."""

from __future__ import annotations

import json

import pytest

from checkout.core.ids import encode
from checkout.core.money import Money
from tests.payouts.conftest import fund, owe, psp, seller_of

__all__ = ["psp", "seller_of"]


@pytest.fixture
def payouts(db, psp, flask_command, monkeypatch):
    """flask payouts …, with a PSP in memory; what it prints as JSON."""
    from checkout.cli import payouts as commands

    monkeypatch.setattr(commands.registry, "current", lambda: psp)

    def command(*words: str):
        result = flask_command("payouts", *words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return command


def test_a_run_says_who_was_paid_and_who_was_not(db, payouts, seller_of):
    """One of two; the other by name and reason; the day again makes nothing new. Skipped sellers are no failure."""
    fine, held = seller_of(payout_schedule="daily"), seller_of(payout_schedule="daily")
    for seller in (fine, held):
        fund(seller, 1050)
    payouts("hold", encode("sel", held), "--reason", "papers are missing")

    first = payouts("run", "--on", "2026-11-20")
    again = payouts("run", "--on", "2026-11-20")

    assert (first["made"], first["skipped"], first["business_on"]) == (1, 1, "2026-11-20")
    (who,) = first["not_paid"]
    assert (who["seller"], who["reason"], who["note"]) == (
        encode("sel", held),
        "payouts_held",
        "papers are missing",
    )
    assert again["made"] == 1
    assert payouts("explain-skipped")["items"] == [who]
    payouts("release", encode("sel", held), "--reason", "papers came")
    assert payouts("explain-skipped", encode("sel", held))["items"] == []


def test_a_payout_is_listed_shown_and_called_off(payouts, seller_of):
    """Approval is for those that wait for it (5); nobody's payout is 3."""
    fund(seller_of(payout_schedule="daily"), 1050)
    payouts("run", "--on", "2026-11-20")
    (made,) = payouts("list", "--status", "reserved")["items"]

    shown = payouts("show", made["id"])

    assert (shown["amount"], [item["amount"] for item in shown["items"]]) == (1050, [1050])
    assert payouts("cancel", made["id"], "--reason", "wrong day")["status"] == "canceled"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["show", "po_x"], 3),
        (["show", "po_00000000000000000000000000"], 3),
        (["hold", "sel_x", "--reason", "why"], 3),
        (["run", "--on", "tomorrow"], 2),
        (["write-off", "sel_00000000000000000000000000", "--amount", "1", "--reason", "x"], 5),
    ],
)
def test_refusals_have_their_exit_codes(db, flask_command, words, code):
    assert flask_command("payouts", *words).exit_code == code


def test_a_psp_that_does_not_answer_is_one_line(db, flask_command):
    """Nothing was made, and nothing is a traceback."""
    result = flask_command("payouts", "run")

    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert "The PSP does not say" in result.output


def test_a_preview_names_the_next_days(payouts, seller_of):
    seller = encode("sel", seller_of(payout_schedule="weekly"))

    days = payouts("preview", seller)["items"]

    assert len(days) == 3
    assert {day["timezone"] for day in days} == {"Europe/Berlin"}
    assert payouts("preview", encode("sel", seller_of()))["items"] == []


def test_a_debt_is_listed_and_its_write_off_proposed(payouts, seller_of):
    seller = seller_of()
    owe(seller, 500)

    (debt,) = payouts("debts")["items"]
    made = payouts("write-off", debt["seller"], "--amount", "500", "--reason", "closed")

    assert (debt["seller"], debt["owed"], debt["age_days"]) == (encode("sel", seller), 500, 0)
    assert made["approval"].startswith("apr_")


def test_a_proof_that_fails_ends_with_6(db, payouts, seller_of, flask_command):
    """A payout of another amount than its items: named, and 6."""
    fund(seller_of(payout_schedule="daily"), 1050)
    payouts("run", "--on", "2026-11-20")
    assert payouts("verify") == {"holds": True, "sellers": 1, "wrong": []}
    db.rows("UPDATE payouts SET amount_minor = 1051")

    result = flask_command("payouts", "verify", "--json")

    assert result.exit_code == 6
    codes = {each["code"] for each in json.loads(result.stdout)["wrong"]}
    assert codes == {"payout_sum_wrong", "payouts_in_transit_wrong"}


def test_a_sweep_says_what_it_would_send_before_it_sends(db, payouts, psp):
    """60.00 are there and none is owed."""
    psp.funds = (Money(6000, "EUR"),)

    dry = payouts("sweep", "--dry-run")
    done = payouts("sweep", "--currency", "eur")

    assert dry == {"before": [{"currency": "EUR", "available": 6000, "owed": 0, "free": 6000}], "made": []}
    assert len(done["made"]) == 1
