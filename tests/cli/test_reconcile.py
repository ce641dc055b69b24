"""`flask reconcile` as finance runs it: what a day came to in lines that add up, what two comparisons say differently."""

from __future__ import annotations

import json

import pytest

from checkout.cli import progress_bar
from checkout.cli.progress_bar import line_of
from checkout.core.ids import encode
from tests.reconciliation.conftest import Night, changed, compare, csv_of, receive


@pytest.fixture
def night_file(db, tmp_path):
    """Three rows: one 1.00 short, two as they should be, in euros and in dinars."""

    def write(**more: object):
        night = Night()
        short, right, dinar = (
            night.charge(2490),
            night.charge(100_000_00),
            night.charge(12340, currency="KWD"),
        )
        content = csv_of([changed(short, gross=2390, **more), right.row(), dinar.row()])
        path = tmp_path / "settlement_stripe_20260314.csv"
        path.write_bytes(content)
        return path, short

    return write


def test_a_day_with_a_difference_is_said_in_lines_and_ends_with_6(flask_command, night_file):
    """File, steps, totals by currency, the alert with its line, and where to go next; nothing but that on stdout."""
    path, short = night_file()

    result = flask_command("reconcile", "run", "--date", "2026-03-14", "--file", str(path))

    assert result.exit_code == 6, result.output
    file, parse, match, euros, dinars, alert, go = result.stdout.splitlines()
    assert file.startswith("File    settlement_stripe_20260314.csv   sha256 ")
    assert file.endswith("   3 rows")
    assert parse == "Parse   3/3   rejected 0"
    assert match.startswith(
        "Match   2   auto 2   by rule 0   tolerance 0   differing 1   unmatched theirs 0   ours 0"
    )
    assert euros == "Totals  ours 100,024.90 EUR   file 100,023.90 EUR   difference 1.00 EUR"
    assert dinars == "Totals  ours 12.340 KWD   file 12.340 KWD   difference 0.000 KWD"
    assert f"amount_mismatch   {short.payment}   ours 24.90 EUR   theirs 23.90 EUR" in alert
    assert alert.endswith("difference 1.00 EUR   file line 2")
    assert go.startswith(f"Next    flask reconcile show {alert.split()[1]}   or   http")
    assert result.stderr.strip() == "Error: Differences that are open: 1; rows kept out: 0."


def test_as_json_it_is_one_object(flask_command, night_file):
    path, _ = night_file()
    result = flask_command("reconcile", "run", "--date", "2026-03-14", "--file", str(path), "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["steps"]["auto"], document["alerts"][0]["line"]) == (6, 2, 2)
    assert document["unexplained"] == {"EUR": 100}


def test_a_day_without_a_file_says_so(flask_command, db):
    result = flask_command("reconcile", "run", "--date", "2026-03-14")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (6, "File    none of stripe for 2026-03-14")


def test_two_comparisons_are_told_apart(flask_command, db):
    """The row that was short is right at the second time: gone. The same two in the other order: it appeared."""
    night = Night()
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    run = encode("run", compare().id)
    alone = flask_command("reconcile", "diff", run)
    db.rows("ALTER TABLE settlement_lines DISABLE TRIGGER settlement_lines_append_only")
    db.rows("UPDATE settlement_lines SET gross_minor = 2490, net_minor = 2490 - fee_minor")
    compare()

    found = flask_command("reconcile", "diff", run, "--json")
    back = flask_command("reconcile", "diff", f"{run}:2", f"{run}:1")
    same = flask_command("reconcile", "diff", run, f"{run}:2")

    (item,) = json.loads(found.stdout)["items"]
    assert (item["what"], item["code"], item["before"], item["after"]) == (
        "gone",
        "amount_mismatch",
        100,
        None,
    )
    assert (found.exit_code, back.exit_code, same.exit_code, alone.exit_code) == (6, 6, 0, 3)
    assert "appeared" in back.stdout
    assert flask_command("reconcile", "diff", f"{run}:9").exit_code == 3


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("parse", 0, 200_400), "parse       [------------------]   0%  0/200 kB"),
        (("match", 61, 100), "match       [##########--------]  61%  61/100  eta 0:04"),
        (("match", 18204, 18204), "match       [##################] 100%  18,204/18,204"),
        (("book", 0, 0), "book        [##################] 100%  0/0"),
    ],
)
def test_the_bar_says_how_much_is_done_and_how_long_the_rest_takes(told, said):
    assert line_of(*told, seconds=6.26) == said


def test_a_bar_is_drawn_on_a_terminal_alone(monkeypatch, capsys):
    """Into a pipe goes not a byte of it."""
    for terminal in (False, True):
        monkeypatch.setattr(
            progress_bar.sys.stderr, "isatty", lambda terminal=terminal: terminal, raising=False
        )
        bar = progress_bar.ProgressBar()
        bar("match", 1, 3)
        bar.end()
        assert ("match" in capsys.readouterr().err) is terminal


def test_costs_that_name_no_payment_are_said(flask_command, db, tmp_path):
    """A monthly fee of 12.00 is booked by itself: nothing differs, and it has its line."""
    fee = Night().charge(1000, 0).row(
        balance_transaction_id="txn_fee", gross="-12.00", net="-12.00", reporting_category="fee", source_id="",
        **{"payment_metadata[payment]": ""},
    )  # fmt: skip
    path = tmp_path / "night.csv"
    path.write_bytes(csv_of([fee]))
    result = flask_command("reconcile", "run", "--date", "2026-03-14", "--file", str(path))
    assert (
        "Costs   12.00 EUR   of the account, for no payment: booked to psp_fees" in result.stdout.splitlines()
    )
