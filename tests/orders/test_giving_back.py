"""What the platform gives back of its fees with refunds: exactly the whole with the whole, however it is divided."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.core.money import Money
from checkout.orders.giving_back import earn_again, give_back
from checkout.orders.shares import OrderShare

ID = UUID(int=1)


def share(
    amount, commission, logistics=0, *, tax=0, currency="EUR", status="released", card=None
) -> OrderShare:
    def money(minor: int) -> Money:
        return Money(minor, currency)

    return OrderShare(
        id=ID, payment_id=ID, storefront_id=ID, seller_id=ID, position=0, status=status, shipped_at=None,
        amount=money(amount), commission=money(commission), logistics_fee=money(logistics), tax=money(tax),
        card_part=money(amount if card is None else card), wallet_part=money(0 if card is None else amount - card),
        refunded=money(0), refunded_to_wallet=money(0), withdrawn=money(0), logistics_returned=money(0),
        refunds_in_flight=0, open_disputes=0,
    )  # fmt: skip


def after(before: OrderShare, back) -> OrderShare:
    return replace(
        before,
        refunded=before.refunded + back.amount,
        logistics_returned=before.logistics_returned + back.logistics_fee,
    )


def refunds(order: OrderShare, *parts: tuple[int, bool]) -> list[tuple[int, int]]:
    given_back = []
    for minor, with_logistics in parts:
        back = give_back(order, Money(minor, order.amount.currency), with_logistics=with_logistics)
        given_back.append((back.commission.amount_minor, back.logistics_fee.amount_minor))
        order = after(order, back)
    return given_back


def test_three_refunds_after_the_payout_give_back_as_the_scenario_says():
    """15.00 with 1.80 commission and 3.00 logistics: 1.00 + 7.00 + 7.00, the logistics fee with the last."""
    assert refunds(share(1500, 180, 300), (100, False), (700, False), (700, True)) == [
        (12, 0),
        (84, 0),
        (84, 300),
    ]


def test_four_refunds_in_yen_give_back_eleven_three_times():
    """1 000 JPY with 33 commission: 333 + 333 + 333 + 1."""
    parts = [(333, False), (333, False), (333, False), (1, False)]
    assert [commission for commission, _ in refunds(share(1000, 33, currency="JPY"), *parts)] == [
        11,
        11,
        11,
        0,
    ]


@settings(max_examples=50, deadline=None)
@given(
    currency=st.sampled_from(("EUR", "JPY", "KWD")),
    amount=st.integers(1, 5_000),
    fees=st.tuples(*[st.integers(0, 1_000)] * 3),
    cuts=st.lists(st.integers(1, 1_500), max_size=8),
)
def test_any_refunds_that_are_all_of_it_give_back_all_of_the_fees(currency, amount, fees, cuts):
    """Whatever the parts: the fees given back are never more than the fees, and the whole with the whole."""
    order = share(amount, *fees[:2], tax=fees[2], currency=currency)
    fee_sum = [0, 0, 0]
    for cut in [*cuts, amount]:
        part = Money(min(cut, order.left.amount_minor), currency)
        back = give_back(order, part, with_logistics=True)
        for i, fee in enumerate((back.commission, back.logistics_fee, back.tax)):
            fee_sum[i] += fee.amount_minor
            assert 0 <= fee_sum[i] <= fees[i]
        order = after(order, back)
    assert fee_sum == list(fees)


def test_a_refund_that_fails_earns_the_fees_again_as_if_it_had_not_been():
    """10.00 with 0.99: refunds of 3.33 and 3.33 gave back 0.33 each; the first fails: 0.33 stay given back."""
    order = share(1000, 99)
    for _ in range(2):
        order = after(order, give_back(order, Money(333, "EUR"), with_logistics=False))

    again = earn_again(order, Money(333, "EUR"), Money(0, "EUR"))

    assert (again.commission, again.amount) == (Money(33, "EUR"), Money(333, "EUR"))


@pytest.mark.parametrize(
    ("refunded", "to_wallet", "withdrawn", "left"),
    [(0, 0, 0, 4330), (1015, 1015, 0, 4330), (1000, 0, 0, 3330), (0, 0, 4330, 0), (5345, 1015, 0, 0), (2000, 2000, 0, 3345)],
)  # fmt: skip
def test_the_card_gets_no_more_back_than_it_gave(refunded, to_wallet, withdrawn, left):
    """5.345 KWD, of them 4.330 by card: what went back to it, or was taken by its bank, does not go back again."""
    order = share(5345, 400, currency="KWD", card=4330)
    order = replace(
        order,
        refunded=Money(refunded, "KWD"),
        refunded_to_wallet=Money(to_wallet, "KWD"),
        withdrawn=Money(withdrawn, "KWD"),
    )
    assert order.card_left == Money(left, "KWD")


@pytest.mark.parametrize(
    ("status", "held_in"),
    [("paid", "pending"), ("shipped", "pending"), ("delivered", "pending"), ("closed", "pending"), ("released", "available"), ("canceled", "unapplied")],
)  # fmt: skip
def test_where_an_orders_money_lies_follows_its_status(status, held_in):
    """Held for the seller, released to the seller, or nobody's."""
    assert share(1000, 100, status=status).held_in == held_in
