"""Many refunds: whatever is asked for in whatever parts, the fees come back exactly and never more than was captured;
whatever answers are lost, the books say what the PSP has done."""

from __future__ import annotations

import os
import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.core.ids import new_uuid
from checkout.core.money import Money, allocate, total
from checkout.orders.shares import OrderShare
from checkout.psp import OutcomeUnknown
from checkout.refunds.commands import RequestRefund
from checkout.refunds.refund import read_refund
from checkout.refunds.spread import cards, spread
from checkout.refunds.write import part_of_share

# 1000 take two minutes: make it so before a release.
LOST = int(os.environ.get("REFUNDS_WITH_LOST_ANSWERS", "100"))

SHARE_OF_NOTHING = {"shipped_at": None, "refunds_in_flight": 0, "open_disputes": 0, "status": "released"}
STEPS = {"EUR": 1, "JPY": 1, "KWD": 10}


def share(currency, position, minor, fees, of_the_wallet):
    def money(amount_minor):
        return Money(amount_minor, currency)

    commission, logistics, tax = allocate(money(minor * sum(fees) // 300), [max(1, fee) for fee in fees])
    zero = money(0)
    return OrderShare(
        id=new_uuid(),
        payment_id=new_uuid(),
        storefront_id=new_uuid(),
        seller_id=new_uuid(),
        position=position,
        amount=money(minor),
        commission=commission,
        logistics_fee=logistics,
        tax=tax,
        card_part=money(minor - of_the_wallet),
        wallet_part=money(of_the_wallet),
        refunded=zero,
        refunded_to_wallet=zero,
        withdrawn=zero,
        logistics_returned=zero,
        **SHARE_OF_NOTHING,
    )


@st.composite
def checkouts(draw):
    currency = draw(st.sampled_from(sorted(STEPS)))
    step = STEPS[currency]
    orders = draw(st.lists(st.tuples(st.integers(1, 5_000), st.integers(0, 100)), min_size=1, max_size=4))
    fees = draw(st.tuples(*[st.integers(0, 90)] * 3))
    shares = []
    for n, (units, percent) in enumerate(orders):
        wallet = units * percent // 100 * step
        shares.append(share(currency, n, units * step, fees, wallet))
    return shares, draw(st.lists(st.integers(1, 100), max_size=6))


@settings(max_examples=50, deadline=None)
@given(checkouts())
def test_any_parts_give_back_exactly_the_fees_and_never_more_than_was_there(case):
    """A percentage of what is left again and again, then the rest: card and wallet each get their own, no minor unit more."""
    shares, percents = case
    currency = shares[0].amount.currency
    zero = Money.zero(currency)
    back = {s.id: [zero, zero, zero, zero, zero] for s in shares}
    for percent in [*percents, 100]:
        left = total([s.left for s in shares], currency)
        amount = left.amount_minor * percent // 100
        if not amount:
            continue
        wanted = spread(RequestRefund(new_uuid(), amount_minor=amount), shares, [])
        to_card = cards(wanted, "card", STEPS[currency])
        assert total([w.amount for w in wanted], currency).amount_minor == amount
        assert total(to_card, currency).amount_minor % STEPS[currency] == 0
        for each, card in zip(wanted, to_card, strict=True):
            part = part_of_share(each.share, card, each.amount - card, with_logistics=True)
            gave = (part.card, part.wallet, part.commission, part.logistics_fee, part.tax)
            back[each.share.id] = [a + b for a, b in zip(back[each.share.id], gave, strict=True)]
            index = shares.index(each.share)
            shares[index] = replace(
                each.share,
                refunded=each.share.refunded + part.amount,
                refunded_to_wallet=each.share.refunded_to_wallet + part.wallet,
                logistics_returned=each.share.logistics_returned + part.logistics_fee,
            )
    for s in shares:
        card, wallet, *fees = back[s.id]
        assert card + wallet == s.amount
        assert card <= s.card_part
        assert fees == [s.commission, s.logistics_fee, s.tax]


def test_many_refunds_with_a_third_of_the_answers_lost(desk):
    """Payments of 10.00, 10 refunds each of 0.50 to 0.90; 30 % of the answers are lost, half of them before anything
    was done, and some banks send the money back: the books equal the PSP's own truth, nothing was sent twice."""
    draw = random.Random(7)
    payments = [desk.paid(1000) for _ in range(LOST // 10)]
    asked = [desk.asks(payment, draw.randint(50, 90)) for payment in payments for _ in range(10)]
    for refund in asked:
        if draw.random() < 0.3:
            desk.psp.back.lose(draw.choice(("before", "after")), OutcomeUnknown("lost"))
        desk.sends(refund)
    for refund in asked:
        if desk.status(refund) == "unknown":
            if draw.random() < 0.5 and any(
                m.reference == refund.public_id for m in desk.psp.back.refunds.values()
            ):
                desk.hears(desk.made(refund))  # its webhook is faster
            desk.sends(refund)
    for refund in draw.sample(asked, 10):
        desk.hears(desk.psp.back.bounce(refund.public_id))
    assert len(desk.psp.back.refunds) == LOST
    assert {desk.status(refund) for refund in asked} == {"succeeded", "failed"}
    for payment in payments:
        assert desk.refunded(payment) == desk.psp.back.given_back(f"pi_{payment.psp_session_id}")
    held = desk.balances()
    assert held["psp_balance"] == LOST * 100 - sum(desk.refunded(payment) for payment in payments)
    assert "refund_in_transit" not in held
    assert sum(1 for refund in asked if read_refund(refund.id).returned_at) == 10
