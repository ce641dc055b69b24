"""The closed list of differences: each code is raised by the product, and some test plants what it names and finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkout.wording.alert_codes import ALERT_CODES

ROOT = Path(__file__).resolve().parents[2]
# What only says what a code means raises nothing.
SPEAKS_OF_THEM = ("wording", "api", "pages", "reporting", "mockpsp", "notifications")
PRODUCT = [
    path
    for path in (ROOT / "checkout").rglob("*.py")
    if path.relative_to(ROOT).parts[1] not in SPEAKS_OF_THEM
]
NIGHT, RULES = "tests/reconciliation/night/", "tests/reconciliation/rules/test_by_rules.py"
PLANTED = {
    "missing_at_psp": NIGHT + "test_run.py",
    "missing_in_ledger": NIGHT + "test_run.py",
    "amount_mismatch": NIGHT + "test_run.py",
    "fee_mismatch": NIGHT + "test_run.py",
    "net_mismatch": NIGHT + "test_planted.py",
    "currency_mismatch": NIGHT + "test_run.py",
    "fx_rate_mismatch": "tests/reconciliation/matching/test_exchanges.py",
    "rounding": RULES,
    "status_mismatch": NIGHT + "test_run.py",
    "duplicate_line": NIGHT + "test_planted.py",
    "duplicate_file": "tests/reconciliation/files/test_receive.py",
    "duplicate_capture": NIGHT + "test_run.py",
    "timing_cutoff": RULES,
    "direction_mismatch": NIGHT + "test_run.py",
    "unknown_reference": NIGHT + "test_run.py",
    "unknown_type": NIGHT + "test_run.py",
    "refund_unmatched": NIGHT + "test_run.py",
    "dispute_unmatched": NIGHT + "test_run.py",
    "payout_mismatch": NIGHT + "test_batch_totals.py",
    "seller_split_mismatch": NIGHT + "test_planted.py",
    "transfer_unmatched": NIGHT + "test_planted.py",
    "file_missing": NIGHT + "test_nightly.py",
    "file_late": NIGHT + "test_nightly.py",
    "file_gap": NIGHT + "test_nightly.py",
    "schema_drift": "tests/reconciliation/files/test_receive.py",
    "settlement_file_invalid": "tests/reconciliation/files/test_receive.py",
    "row_rejected": NIGHT + "test_run.py",
    "ledger_unbalanced": "tests/explanations/test_explain.py",
    "psp_balance_mismatch": "tests/reconciliation/balance/test_prove.py",
    "platform_funds_short": "tests/payouts/test_sweep.py",
}
# Costs that name no payment are booked and stand in the report as `costs`: nobody is told. "cost" plants one.
TOLD_TO_NOBODY = {"account_level"}


def test_each_code_of_the_list_is_planted_somewhere() -> None:
    assert PLANTED.keys() | TOLD_TO_NOBODY == ALERT_CODES.keys()


@pytest.fixture(scope="module")
def product() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in PRODUCT)


def test_each_is_raised_and_the_test_that_plants_it_looks_for_it(product: str) -> None:
    """A code that stands in words alone, as one did for long, is found here."""
    never = [code for code in PLANTED if f'"{code}"' not in product]
    unseen = [code for code, test in PLANTED.items() if code not in (ROOT / test).read_text(encoding="utf-8")]
    assert (never, unseen) == ([], [])
