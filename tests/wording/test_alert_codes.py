"""Every code of settlement has words, a first step and a way out; what the comparison can find is among them."""

from __future__ import annotations

from checkout.reconciliation.rules import PACKAGED, load
from checkout.wording.alert_codes import ALERT_CODES, alert_word, first_step

CLOSED = """
    missing_at_psp missing_in_ledger amount_mismatch fee_mismatch net_mismatch currency_mismatch fx_rate_mismatch
    rounding status_mismatch duplicate_line duplicate_file duplicate_capture timing_cutoff direction_mismatch
    unknown_reference unknown_type refund_unmatched dispute_unmatched payout_mismatch seller_split_mismatch
    transfer_unmatched account_level file_missing file_late file_gap schema_drift row_rejected ledger_unbalanced
    psp_balance_mismatch platform_funds_short
""".split()


def test_the_closed_list_is_worded_and_nothing_else_but_the_refused_file() -> None:
    assert sorted(ALERT_CODES) == sorted([*CLOSED, "settlement_file_invalid"])
    for code, kind in ALERT_CODES.items():
        assert kind.ways_out, code
        for text in (kind.meaning, kind.first_step):
            assert text.endswith("."), code


def test_what_the_comparison_finds_begins_as_bad_as_its_page_says() -> None:
    """One of the two lists would otherwise tell people something else than what happens."""
    kinds = load(PACKAGED).loudness.kinds
    assert {code: ALERT_CODES[code].severity for code in kinds} == dict(kinds)


def test_a_code_without_words_says_its_name() -> None:
    """Alerts of payouts, refunds and disputes stand in the same list."""
    assert alert_word("payout_not_reversed") == "Payout not reversed"
    assert first_step("payout_not_reversed") == ""
