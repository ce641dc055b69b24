"""Which situation a payment is in, how long the page keeps asking, and that each situation has its words."""

from __future__ import annotations

import string
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from checkout.core.money import Money
from checkout.pages.status_facts import facts_of
from checkout.pages.status_situation import Situation, first_poll, poll_after_seconds, situation_of
from checkout.pages.status_texts import TEXTS
from checkout.payments.states import PAYMENT
from checkout.payments.views import LastError
from checkout.wording.declines import DECLINES
from tests.pages.views import NOW, order, payment

DECLINED = LastError(code="insufficient_funds", psp_code="insufficient_funds", message=None, at=NOW)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "created"}, Situation.STARTING),
        ({"status": "awaiting_shopper"}, Situation.NOT_FINISHED),
        ({"status": "awaiting_shopper", "last_error": DECLINED}, Situation.DECLINED),
        ({"status": "awaiting_shopper", "cancel_requested_at": NOW}, Situation.CANCELING),
        ({"status": "processing", "processing_at": NOW - timedelta(seconds=9)}, Situation.CHECKING),
        ({"status": "processing", "processing_at": NOW - timedelta(seconds=10)}, Situation.STILL_CHECKING),
        ({"status": "processing", "processing_at": NOW - timedelta(seconds=60)}, Situation.BANK_SLOW),
        ({"status": "unknown"}, Situation.NOT_KNOWN),
        ({"status": "in_review"}, Situation.IN_REVIEW),
        ({"status": "succeeded"}, Situation.PAID),
        ({"status": "succeeded", "amount_refunded": Money(1200, "EUR")}, Situation.PARTLY_REFUNDED),
        ({"status": "succeeded", "amount_refunded": Money(2490, "EUR")}, Situation.REFUNDED),
        ({"status": "failed"}, Situation.FAILED),
        ({"status": "expired"}, Situation.EXPIRED),
        ({"status": "canceled"}, Situation.CANCELED),
        ({"status": "expired", "amount_received": Money(2490, "EUR")}, Situation.PAID_TOO_LATE),
        ({"status": "canceled", "amount_received": Money(2490, "EUR")}, Situation.PAID_TOO_LATE),
    ],
)
def test_a_situation_follows_from_what_is_known(changes: dict[str, object], expected: Situation) -> None:
    assert situation_of(payment(**changes), now=NOW, just_returned=False) is expected


def test_every_status_has_a_situation() -> None:
    for status in PAYMENT.states:
        assert situation_of(payment(status=status), now=NOW, just_returned=False) in Situation


def test_coming_back_from_the_psp_never_reads_as_paid_nor_as_abandoned() -> None:
    """The return proves nothing: the page says that it is checking, until the PSP has answered."""
    assert situation_of(payment(), now=NOW, just_returned=True) is Situation.CHECKING
    assert situation_of(payment(status="failed"), now=NOW, just_returned=True) is Situation.FAILED


def test_the_page_asks_less_and_less_often_and_then_stops() -> None:
    """2 s five times, 5 s twelve times, 15 s twenty times, then never again: 6 minutes 10 seconds in all."""
    delays = [poll_after_seconds(Situation.CHECKING, polls) for polls in range(40)]

    assert delays == [2] * 5 + [5] * 12 + [15] * 20 + [None] * 3


def test_a_page_opened_late_starts_slow() -> None:
    assert poll_after_seconds(Situation.BANK_SLOW, first_poll(Situation.BANK_SLOW)) == 15
    assert poll_after_seconds(Situation.NOT_KNOWN, first_poll(Situation.NOT_KNOWN)) == 15


def test_a_review_is_looked_at_every_minute_for_a_while() -> None:
    assert [poll_after_seconds(Situation.IN_REVIEW, polls) for polls in (0, 19, 20)] == [60, 60, None]


@pytest.mark.parametrize(
    "situation", [x for x in Situation if not x.is_waiting and x is not Situation.IN_REVIEW]
)
def test_what_waits_for_nobody_is_not_asked_about(situation: Situation) -> None:
    assert poll_after_seconds(situation, 0) is None


@pytest.mark.parametrize("situation", list(Situation))
def test_every_situation_has_words_that_can_be_filled(situation: Situation) -> None:
    """No sentence is shown with a name left unfilled."""
    view = payment(
        last_error=DECLINED, method="sepa_debit", orders=(order(), order("Bao Tea", delivery_from=None))
    )

    facts = facts_of(view, situation, now=NOW, zone=BERLIN, confirmed=False)

    said = " ".join((facts.heading, facts.stopped, *facts.sentences))
    assert "{" not in said
    assert facts.sentences


def test_only_states_that_prove_it_say_that_nothing_was_taken() -> None:
    """While the bank has the payment nobody knows, and nobody says so."""
    saying = {x for x in Situation if any("othing was taken" in sentence for sentence in TEXTS[x].body)}

    assert saying == {
        Situation.NOT_FINISHED,
        Situation.DECLINED,
        Situation.FAILED,
        Situation.EXPIRED,
        Situation.CANCELED,
    }


@pytest.mark.parametrize(
    "situation", [Situation.CHECKING, Situation.STILL_CHECKING, Situation.NOT_KNOWN, Situation.BANK_SLOW]
)
def test_nobody_is_invited_to_pay_again_while_the_bank_decides(situation: Situation) -> None:
    assert not {"continue", "retry", "cart"} & set(TEXTS[situation].actions)


def test_the_delivery_of_each_seller_is_named() -> None:
    view = payment(
        status="succeeded", orders=(order(), order("Bao Tea", delivery_from=None, delivery_to=None))
    )

    facts = facts_of(view, Situation.PAID, now=NOW, zone=BERLIN, confirmed=True)

    assert facts.sentences[0] == (
        "2 parcels: <bdi>Ada&#39;s Pottery</bdi> arrives 17–19 Mar, <bdi>Bao Tea</bdi>: delivery date not known yet."
    )
    assert facts.sentences[1] == "We have sent a confirmation to j...@example.org."


def test_a_bank_debit_is_given_its_days() -> None:
    view = payment(status="processing", method="sepa_debit", processing_at=NOW - timedelta(minutes=2))

    facts = facts_of(view, Situation.BANK_SLOW, now=NOW, zone=BERLIN, confirmed=False)

    assert facts.sentences[-1] == "Bank debits may take up to 4 business days, that is until 19 March 2026."


def test_hostile_names_are_shown_as_text() -> None:
    view = payment(status="succeeded", orders=(order("<script>alert(1)</script> {amount} {0.__class__}"),))

    facts = facts_of(view, Situation.PAID, now=NOW, zone=BERLIN, confirmed=False)

    assert "<script>" not in facts.sentences[0]
    assert "{amount} {0.__class__}" in facts.sentences[0]


def test_a_decline_reason_is_in_the_words_of_the_page() -> None:
    for code in DECLINES:
        view = payment(last_error=LastError(code, code, None, NOW))
        facts = facts_of(view, Situation.DECLINED, now=NOW, zone=BERLIN, confirmed=False)
        assert DECLINES[code].reason.replace("'", "&#39;") in facts.sentences[0]


def test_the_names_in_the_texts_are_all_known() -> None:
    names = {
        name
        for words in TEXTS.values()
        for sentence in (words.heading, *words.body)
        for _, name, _, _ in string.Formatter().parse(sentence)
        if name
    }
    assert names == {
        "held_until", "decline_reason", "decline_advice", "email", "reference", "next_check", "parcels",
        "confirmation", "refunded", "amount", "closed_at", "received", "thing", "way", "goes",
    }  # fmt: skip
