"""What a night reads again at the PSP, where its answer comes too late: the line lies in suspense by then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.ledger import chart
from checkout.ledger.verify import verify_ledger
from checkout.psp import PspError, registry
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


@pytest.mark.parametrize(("currency", "gross", "given"), [("EUR", 2490, 500), ("JPY", 1000, 300)])
def test_what_lies_in_suspense_is_not_booked_by_what_the_psp_says_later(
    days, db, monkeypatch, currency, gross, given
):
    """A refund from the dashboard of which no news came, and the PSP did not answer for two nights: its row lies in suspense.
    It answers on the third, when another line of that day is asked for: nothing is booked twice, and the night goes on."""

    def silent(refund_id):
        raise PspError("no answer")

    payment = days.pay(gross, currency=currency)
    days.bank.control("POST", "refunds", {"payment_intent": days.intent_of(payment), "amount": given})
    with monkeypatch.context() as patched:
        patched.setattr(registry.current(), "fetch_refund", silent)
        for n in range(2):
            days.night(DAY + timedelta(days=n))
    assert balance(chart.suspense("stripe"), currency) == given

    assert heal_day(registry.current(), DAY, cause=CAUSE) == 0

    assert [one[:2] for one in found()] == [("refund_unmatched", given)]
    assert balance(chart.suspense("stripe"), currency) == given
    assert verify_ledger().holds
