"""Decline reasons, masked addresses, return links, the days a debit may take."""

from __future__ import annotations

from datetime import date

import pytest

from checkout.wording import masking
from checkout.wording.declines import DECLINES, GENERAL, decline_words, failure_reason
from checkout.wording.delays import debit_arrives_by, is_bank_debit
from checkout.wording.return_links import with_payment


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "generic_decline"])
def test_lost_stolen_and_fraud_read_like_any_decline(code: str) -> None:
    """Whoever found the card learns nothing from the page."""
    assert decline_words(code) == GENERAL


@pytest.mark.parametrize("code", [None, "", "a_reason_of_next_year"])
def test_an_unknown_reason_gets_the_general_words(code: str | None) -> None:
    assert decline_words(code) == GENERAL


def test_the_words_of_a_decline_are_two_sentences() -> None:
    for words in DECLINES.values():
        assert words.reason.endswith(".")
        assert words.advice.endswith(".")


def test_a_page_that_could_not_be_opened_is_not_blamed_on_the_bank() -> None:
    assert failure_reason("psp_rejected") == "The payment page could not be opened."
    assert failure_reason(None) == "The bank refused the payment."


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jo@example.org", "j...@example.org"),
        ("j@example.org", "j...@example.org"),
        ("örjan@exämple.org", "ö...@exämple.org"),
        ("no address", "your email address"),
        ("@example.org", "your email address"),
    ],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masking.email(address) == shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.example/thanks", "https://shop.example/thanks?payment=pay_1"),
        ("https://shop.example/thanks?cart=7", "https://shop.example/thanks?cart=7&payment=pay_1"),
        ("https://shop.example/a?b=%2F&c=#top", "https://shop.example/a?b=%2F&c=&payment=pay_1#top"),
        ("https://shop.example", "https://shop.example?payment=pay_1"),
    ],
)
def test_the_payment_is_added_and_the_query_kept(url: str, expected: str) -> None:
    assert with_payment(url, "pay_1") == expected


@pytest.mark.parametrize(
    ("since", "by"),
    [
        (date(2026, 3, 13), date(2026, 3, 19)),
        (date(2026, 3, 16), date(2026, 3, 20)),
        (date(2026, 3, 14), date(2026, 3, 19)),
    ],
)
def test_a_debit_takes_business_days(since: date, by: date) -> None:
    """Friday, Monday and Saturday: the weekend does not count."""
    assert debit_arrives_by(since) == by


@pytest.mark.parametrize(
    ("method", "is_debit"), [("sepa_debit", True), ("us_bank_account", True), ("card", False), (None, False)]
)
def test_bank_debits_are_known_by_their_method(method: str | None, is_debit: bool) -> None:
    assert is_bank_debit(method) is is_debit
