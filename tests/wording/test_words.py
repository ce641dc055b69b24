"""Decline reasons, masked addresses, return links, the days a debit may take."""

from __future__ import annotations

from datetime import date

import pytest

from checkout.psp.stripe.declines import GENERIC, REASONS
from checkout.wording import masking
from checkout.wording.declines import DECLINES, GENERAL, NOT_OPENED_CODES, decline_words, failure_reason
from checkout.wording.delays import debit_arrives_by, may_take_days
from checkout.wording.return_links import with_payment


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "generic_decline"])
def test_lost_stolen_and_fraud_read_like_any_decline(code: str) -> None:
    """Whoever found the card learns nothing from the page."""
    assert decline_words(code) == GENERAL


def test_every_reason_that_an_adapter_gives_has_words() -> None:
    """The adapter maps the PSP's codes to our reasons; each of these is worded here."""
    assert {*REASONS.values(), GENERIC, "psp_rejected", "never_registered"} <= {*DECLINES, *NOT_OPENED_CODES}


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
    ("method", "days"), [("sepa_debit", True), ("us_bank_account", True), (None, True), ("card", False)]
)
def test_days_are_named_for_debits_and_while_nobody_knows(method: str | None, days: bool) -> None:
    """The PSP names the method with the charge: until then a debit is possible."""
    assert may_take_days(method) is days
