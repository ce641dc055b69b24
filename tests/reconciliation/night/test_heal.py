"""What a night reads again at the PSP, where its answer is late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.ledger import chart
from checkout.ledger.verify import verify_ledger
from checkout.psp import InvalidRequest, PspError, registry
from checkout.reconciliation.night.heal import heal_day
from tests.ledger.conftest import balance
from tests.payments.conftest import psp as psp
from tests.payments.conftest import shop as shop
from tests.reconciliation.mock_night import CAUSE, DAY, NOON, found, mock_days, set_time


@pytest.fixture
def days(contract, tmp_path, db, request):
    set_time(NOON - timedelta(days=1))  # when the sellers joined
    with mock_days(tmp_path, request.getfixturevalue("shop")) as running:
        yield running


def given_back(days, currency, gross, given):
    """A refund from the dashboard of which no news comes."""
    payment = days.pay(gross, currency=currency)
    days.bank.control("POST", "refunds", {"payment_intent": days.intent_of(payment), "amount": given})


def answers_with(patched, error):
    def refused(refund_id):
        raise error

    patched.setattr(registry.current(), "fetch_refund", refused)


CURRENCIES = [("EUR", 2490, 500), ("JPY", 1000, 300)]


@pytest.mark.parametrize(("currency", "gross", "given"), CURRENCIES)
def test_what_the_psp_was_not_heard_on_is_not_put_aside_but_asked_again(
    days, db, monkeypatch, currency, gross, given
):
    """It does not answer for two nights: the line stays open, and its balance as it was. On the third it does: booked."""
    given_back(days, currency, gross, given)
    with monkeypatch.context() as patched:
        answers_with(patched, PspError("no answer"))
        for n in range(2):
            days.night(DAY + timedelta(days=n))
    assert [one[:2] for one in found()] == [("refund_unmatched", given)]
    assert balance(chart.suspense("stripe"), currency) == 0

    days.night(DAY + timedelta(days=2))

    assert found() == []
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'external_refund'") == 1
    assert verify_ledger().holds


@pytest.mark.parametrize(("currency", "gross", "given"), CURRENCIES[1:])
def test_what_lies_in_suspense_is_not_booked_by_what_the_psp_says_later(
    days, db, monkeypatch, currency, gross, given
):
    """It knows of no such refund, so that the row lies in suspense; then it does, when another line of that day is asked for:
    nothing is booked twice, and the night goes on."""
    given_back(days, currency, gross, given)
    with monkeypatch.context() as patched:
        answers_with(patched, InvalidRequest("no such refund"))
        for n in range(2):
            days.night(DAY + timedelta(days=n))
    assert balance(chart.suspense("stripe"), currency) == given

    assert heal_day(registry.current(), DAY, cause=CAUSE) == set()

    assert [one[:2] for one in found()] == [("refund_unmatched", given)]
    assert balance(chart.suspense("stripe"), currency) == given
    assert verify_ledger().holds
