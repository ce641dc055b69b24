"""Letters about an alert: both amounts and both sides' numbers to the PSP; to a seller nothing of the PSP's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from checkout.core.money import Money
from checkout.wording.alert_letters import Case, to_psp, to_seller

CASE = Case(
    alert="alr_1",
    code="amount_mismatch",
    psp="stripe",
    business_on=date(2026, 3, 14),
    number="txn_1",
    source_id="ch_1",
    payment="pay_1",
    ours=Money(2490, "EUR"),
    theirs=Money(2390, "EUR"),
    difference=Money(100, "EUR"),
    file_line=("stripe-2026-03-14.csv", 2),
)


def words(letter: str) -> str:
    return letter.replace("\N{NO-BREAK SPACE}", " ")


def test_the_psp_is_asked_with_both_amounts_and_numbers() -> None:
    letter = words(to_psp(CASE))

    for said in ("txn_1", "ch_1", "pay_1", "24.90 EUR", "23.90 EUR", "differ by 1.00 EUR", "alr_1",
                 "line 2 of stripe-2026-03-14.csv"):  # fmt: skip
        assert said in letter


def test_what_only_we_know_is_said_to_be_missing() -> None:
    """In a currency of three decimals, of which no row tells."""
    letter = words(
        to_psp(replace(CASE, theirs=None, difference=Money(1234, "KWD"), file_line=None, source_id=""))
    )

    assert "by your file: nothing (no row that we found)" in letter
    assert "your object: not known to us" in letter
    assert "1.234 KWD" in letter


def test_a_seller_reads_none_of_the_psps_numbers() -> None:
    letter = words(to_seller(CASE, seller="Ada's Pottery", order="ord_1"))

    assert "Ada's Pottery" in letter
    assert "1.00 EUR" in letter
    assert not {"txn_1", "ch_1", "24.90"} & set(letter.replace("(", " ").replace(")", " ").split())
