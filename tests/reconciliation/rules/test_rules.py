"""Rules: what the packaged ones say, with literal amounts, and how a mistake in a file is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from checkout.launcher.settings import refusing
from checkout.reconciliation.rules import PACKAGED, RulesInvalid, configure, current, load

TEXT = PACKAGED.read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("currency", "gross", "fee"),
    [("EUR", 2490, 102), ("JPY", 1000, 29), ("KWD", 12340, 458), ("ISK", 100_000, 2900), ("EUR", 50, 31)],
)
def test_the_contract_takes_a_percentage_and_a_fixed_part(contract, currency, gross, fee):
    """24.90 EUR: 0.72 and 0.30. 1 000 JPY: 29. 12.340 KWD: 0.358 and 0.100. ISK in whole krónur: 1 000 kr. cost 29."""
    assert current().expected_fee("stripe", "card", currency, gross) == fee


def test_no_contract_is_no_expectation():
    """Nothing is known of Adyen's fees."""
    assert current().expected_fee("adyen", "visa", "EUR", 2490) is None


@pytest.mark.parametrize(
    ("code", "minor", "currency", "age", "severity"),
    [
        ("amount_mismatch", 999, "EUR", 0, "medium"),
        ("amount_mismatch", 1000, "EUR", 0, "high"),
        ("amount_mismatch", -100_000, "EUR", 7, "high"),
        ("amount_mismatch", 100_000, "EUR", 31, "critical"),
        ("amount_mismatch", 1_000_000, "EUR", 0, "critical"),
        ("amount_mismatch", 1499, "JPY", 0, "medium"),
        ("amount_mismatch", 1500, "JPY", 0, "high"),
        ("amount_mismatch", 9_999, "KWD", 0, "medium"),
        ("duplicate_line", 1_000_000, "EUR", 0, "medium"),
        ("psp_balance_mismatch", 1, "EUR", 0, "critical"),
        ("row_rejected", 0, "EUR", 0, "high"),
        ("nobody_knows_it", 2490, "EUR", 0, "high"),
    ],
)
def test_severity_is_amount_times_age_times_kind(code, minor, currency, age, severity):
    """9.99 is half as loud as 10.00; 1 000.00 is louder after a month; 10 000.00 is critical at once; a yen is no euro."""
    assert current().severity(code, minor, currency, age) == severity


def test_what_is_loud_is_due_soon():
    """Critical today, high tomorrow, low in ten days."""
    due = [current().due_on("amount_mismatch", s, date(2026, 3, 14)) for s in ("critical", "high", "low")]
    assert due == [date(2026, 3, 14), date(2026, 3, 15), date(2026, 3, 24)]


def test_rounding_is_one_minor_unit():
    """A cent, a yen, a fils, either way; no more."""
    assert [current().within_rounding(n, "JPY") for n in (-2, -1, 1, 2)] == [False, True, True, False]


def test_a_declared_settlement_has_a_rate_and_a_tolerance(tmp_path):
    """100.00 USD at 0.9235 come to 92.35 EUR; 1 % more or less is taken. 1 000 JPY at 0.0021 come to 2.100 KWD."""
    text = TEXT.replace(
        "settlements: []",
        'settlements: [{psp: stripe, presented: USD, settled: EUR, rate: "0.9235", tolerance_bps: 100},'
        ' {psp: stripe, presented: JPY, settled: KWD, rate: "0.0021"}]',
    )
    rules = load(written(tmp_path, text))

    dollars, yen = rules.settlement("stripe", "USD", "EUR"), rules.settlement("stripe", "JPY", "KWD")

    assert (dollars.expected_minor(10_000), yen.expected_minor(1000)) == (9235, 2100)
    assert [dollars.tolerates(9235, n) for n in (9142, 9143, 9327, 9328)] == [False, True, True, False]
    assert rules.settlement("stripe", "GBP", "EUR") is None


@pytest.mark.parametrize(
    ("was", "now", "pointer"),
    [
        ("version: 1", "version: one", "version"),
        ("look_back_files: 3", "look_back_files: 8", "matching.look_back_files"),
        ("[number, source, reference, sum]", "[source, number]", "matching.rules"),
        ("[number, source, reference, sum]", "[number, magic]", "matching.rules.1"),
        ("row_minor: 1,", "row_minor: 2,", "tolerances.rounding.row_minor"),
        ("fees: {minor: 1, bps: 0}", "fees: {minor: 1.5, bps: 0}", "tolerances.fees.minor"),
        ("fees: {minor: 1, bps: 0}", "fees: {minor: 1, bps: 0, euros: 3}", "tolerances.fees.euros"),
        ('"*": 14', "giropay: 14", "ageing.processing_days"),
        ("{from: 0, percent: 50}", "{from: 5, percent: 50}", "severity.amounts"),
        ("[duplicate_line, rounding", "[duplicate_line, fee_mismatch", "severity.kinds"),
        ("low: 10}", "lwo: 10}", "severity.due_days.lwo"),
        (", low: 10}", "}", "severity.due_days"),
        ("JPY: 150", "YEN: 150", "severity.worth.YEN"),
        ("currencies: [KWD]", "currencies: [KWT]", "tariffs.1.currencies.0"),
        ("bps: 290, fixed_minor: 100", "fixed_minor: 100", "tariffs.1.bps"),
        ("fixed_minor: 100}", "least_minor: 5, most_minor: 4}", "tariffs.1.most_minor"),
        (
            "settlements: []",
            "settlements: [{psp: stripe, presented: USD, settled: USD}]",
            "settlements.0.settled",
        ),
        (
            "settlements: []",
            "settlements: [{psp: stripe, presented: USD, settled: EUR, rate: 0.9}]",
            "settlements.0.rate",
        ),
        ("name: default", "name: default\nname: other", ""),
        ("name: default", "name: &x default\nother: *x", ""),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path, was, now, pointer):
    """A word for a number, a key too many, one twice, a currency that there is none of."""
    assert was in TEXT
    with pytest.raises(RulesInvalid) as told:
        load(written(tmp_path, TEXT.replace(was, now, 1)))
    assert told.value.pointer == pointer


@pytest.mark.parametrize("text", ["", "- a", "name: [", "\x00", "a" * 70_000])
def test_what_is_no_rules_file_is_refused(tmp_path, text):
    """Empty, a list, broken, binary, too long."""
    with pytest.raises(RulesInvalid):
        load(written(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path):
    """With its name."""
    with pytest.raises(RulesInvalid, match=r"none\.yaml: No such file"):
        load(tmp_path / "none.yaml")


def test_the_contract_that_the_documentation_shows_can_be_used(tmp_path):
    """Debits cost 0.8 %, at most 5.00; cards 1.5 % and 0.25, in Japan 3.6 % cut off; 100.00 USD should be 92.35 EUR."""
    page = (Path(__file__).parents[3] / "docs" / "reconciliation.md").read_text(encoding="utf-8")
    example = page.partition("## Rules")[2].partition("```yaml\n")[2].partition("```")[0]
    rules = load(written(tmp_path, TEXT.partition("# What the PSP takes")[0] + example))
    charges = [("sepa_debit", "EUR", 2490), ("sepa_debit", "EUR", 100_000), ("card", "EUR", 2490)]
    assert [rules.expected_fee("stripe", *charge) for charge in charges] == [20, 500, 62]
    assert rules.expected_fee("stripe", "card", "JPY", 999) == 35
    assert rules.expected_fee("stripe", "card", "USD", 999) is None
    assert rules.settlement("stripe", "USD", "EUR").expected_minor(10_000) == 9235


def test_no_process_starts_with_wrong_rules(tmp_path, capsys):
    """One line that names the key, and no traceback."""
    path = written(tmp_path, TEXT.replace("version: 1", "version: one"))
    with pytest.raises(SystemExit), refusing():
        configure(path=path, mock=True)
    assert capsys.readouterr().err == "checkout: rules.yaml: version: Not a valid integer.\n"


def test_the_mocks_tariffs_count_for_nobody_else(tmp_path):
    """With another PSP the packaged file expects no fee; a file of one's own does."""
    configure(path=None, mock=False)
    assert current().expected_fee("stripe", "card", "EUR", 2490) is None
    configure(path=written(tmp_path, TEXT), mock=False)
    assert current().expected_fee("stripe", "card", "EUR", 2490) == 102
