"""What the PSP tells of a payout, in any order and twice over, comes to the same end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.core.clock import utcnow
from checkout.payouts.payout import read_payout
from checkout.payouts.wire import payout_request
from checkout.psp import BankPayoutNews, PayoutFailure
from tests.payouts.conftest import fund
from tests.payouts.test_way_to_the_bank import ask, go, places, status
from tests.payouts.test_what_else_happens import hear, reverse_outside, transfer_news

# What happened, step by step, and where it ends: failed and returned differ in name alone.
HISTORIES = {
    ("paid",): ("paid", (0, 0, 0)),
    ("failed",): ("given back", (1050, 0, 0)),
    ("paid", "failed"): ("given back", (1050, 0, 0)),
    ("paid", "reversed 400"): ("paid", (400, 0, 0)),
    ("reversed 1050", "paid"): ("paid", (1050, 0, 0)),
    ("paid", "reversed 1050", "failed"): ("given back", (1050, 0, 0)),
    ("reversed 1050", "failed"): ("given back", (1050, 0, 0)),
}


def tell(psp, payout, steps):
    """The events of a history, each with what its object was then."""
    key = next(key for key, made in psp.payouts.items() if made.reference == payout.public_id)
    news = [transfer_news(psp, payout), BankPayoutNews(psp.payouts[key], utcnow())]
    for step in steps:
        word, _, minor = step.partition(" ")
        if word == "reversed":
            news.append(reverse_outside(psp, payout, int(minor)))
            continue
        failure = PayoutFailure("account_closed", "account_closed", "") if word == "failed" else None
        psp.payouts[key] = replace(psp.payouts[key], status=word, failure=failure)
        news.append(BankPayoutNews(psp.payouts[key], utcnow()))
    return news


@pytest.mark.parametrize("steps", HISTORIES, ids=" ".join)
def test_events_in_any_order_and_twice(db, psp, seller_of, steps):
    """None of our own requests was answered: the events alone say what happened."""

    @settings(
        max_examples=5,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.data())
    def check(data):
        seller = seller_of()
        fund(seller, 1050)
        payout = ask(seller, psp)
        psp.lose("create_transfer", "after")
        go(payout, psp)
        psp.create_payout(payout_request(read_payout(payout.id)))
        news = tell(psp, payout, steps)
        order = data.draw(st.permutations([*news, *news[-2:]]))

        for each in order:
            hear(each, psp)
        go(payout, psp)
        for each in news:
            hear(each, psp)

        ended = {"failed": "given back", "returned": "given back"}.get(status(payout), status(payout))
        assert (ended, places(seller)) == HISTORIES[steps], [str(each) for each in order]

    check()
