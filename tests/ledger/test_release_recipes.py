"""The postings of a release, leg by leg, as the scenarios say them; EUR, JPY and KWD."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger import release_recipes
from checkout.ledger.entry import Entry
from checkout.orders.release_split import FrozenTerms, split_release
from tests.ledger.scenarios import SCENARIOS

ORDER, SELLER = UUID(int=1), UUID(int=2)


def legs(entry: Entry) -> list[str]:
    """As an accountant writes them: Dr seller_pending 1500."""
    return [
        f"{'Dr' if leg.amount.amount_minor > 0 else 'Cr'} {leg.account.kind} {abs(leg.amount.amount_minor)}"
        for leg in entry.postings
    ]


def released(
    amount, commission, logistics=0, *, tax=0, refunded=0, withdrawn=0, returned=0, bps=0, currency="EUR"
):
    def money(amount_minor):
        return Money(amount_minor, currency)

    split = split_release(
        FrozenTerms(money(amount), money(commission), money(logistics), money(tax), bps),
        refunded=money(refunded),
        withdrawn=money(withdrawn),
        logistics_returned=money(returned),
    )
    return release_recipes.order_released(
        order_id=ORDER,
        seller_id=SELLER,
        left=split.left,
        commission=split.commission,
        logistics_fee=split.logistics_fee,
        tax=split.tax,
        reserve=split.reserve,
    )


# (scenario, which of its releases, the order's terms)
OF_THE_SCENARIOS = [
    ("S1", 0, released(1500, 150, 300)),
    ("S1", 1, released(990, 99)),
    ("S2", 0, released(1500, 150, 300, refunded=500)),
    ("S3", 0, released(1500, 180, 300)),
    ("S4", 0, released(1000, 33, currency="JPY")),
    ("S5", 0, released(7000, 508, currency="KWD")),
    ("S6", 0, released(1500, 150, 300)),
    ("S7", 0, released(1500, 150, 300)),
    ("S8", 0, released(1500, 150, 300, refunded=500)),
    ("S10", 0, released(1500, 150, 300)),
    ("S10", 1, released(990, 99)),
    ("S11", 0, released(1500, 150, 300, bps=953)),  # 9.53 % of 10.50, rounded down: 1.00
    ("S13", 0, released(4000, 400)),
    ("S13", 1, released(6000, 600)),
    ("S17", 0, released(11000, 1000, currency="JPY")),
    ("S18", 0, released(500, 500, currency="KWD")),
]


@pytest.mark.parametrize(("scenario", "place", "entry"), OF_THE_SCENARIOS)
def test_a_release_is_posted_as_its_scenario_says(scenario, place, entry):
    """Each leg, its side and its amount."""
    (text,) = [text for title, text in SCENARIOS.items() if title.split()[0] == scenario]
    lines = [line.strip() for line in text.strip().splitlines() if line.strip().startswith("order_released")]
    expected = re.sub(r":[A-Z]\b", "", lines[place].removeprefix("order_released: ")).split("; ")

    assert sorted(legs(entry)) == sorted(expected)
    assert entry.kind == "order_released"
    assert entry.source_key == encode("ord", ORDER)
    assert {leg.order_id for leg in entry.postings} == {ORDER}


def test_tax_that_the_platform_collects_is_kept_back():
    """15.00 with 2.40 tax, 1.50 commission, 3.00 logistics: 8.10 for the seller."""
    assert legs(released(1500, 150, 300, tax=240)) == [
        "Dr seller_pending 1500",
        "Cr commission_revenue 150",
        "Cr logistics_revenue 300",
        "Cr tax_payable 240",
        "Cr seller_available 810",
    ]


def test_a_seller_owes_what_a_partial_dispute_leaves_uncovered():
    """14.00 of 15.00 was charged back: 1.00 is left, fees of 4.50 stay due, and 3.50 become the seller's debt."""
    assert legs(released(1500, 150, 300, withdrawn=1400)) == [
        "Dr seller_pending 100",
        "Cr commission_revenue 150",
        "Cr logistics_revenue 300",
        "Dr seller_available 350",
    ]


def test_a_refund_may_give_the_logistics_fee_back():
    """5.00 of 15.00 refunded with 1.00 of the logistics fee: 10.00 − 1.00 − 2.00 = 7.00."""
    assert legs(released(1500, 150, 300, refunded=500, returned=100)) == [
        "Dr seller_pending 1000",
        "Cr commission_revenue 100",
        "Cr logistics_revenue 200",
        "Cr seller_available 700",
    ]


def test_a_reserve_comes_free_or_is_used_up():
    """S11: the reserve of 1.00 pays for a debt; otherwise it is the seller's when its days have passed."""
    amount = Money(100, "EUR")
    freed = release_recipes.reserve_released(order_id=ORDER, seller_id=SELLER, amount=amount)
    used = release_recipes.reserve_applied(order_id=ORDER, seller_id=SELLER, amount=amount)

    assert legs(freed) == legs(used) == ["Dr seller_reserve 100", "Cr seller_available 100"]
    assert (freed.kind, used.kind) == ("reserve_released", "reserve_applied")


def test_goods_that_went_for_nothing_still_cost_their_way():
    """Refunded in full after shipping: the seller pays the 3.00 of the way."""
    entry = release_recipes.logistics_charged(order_id=ORDER, seller_id=SELLER, fee=Money(300, "EUR"))

    assert legs(entry) == ["Dr seller_available 300", "Cr logistics_revenue 300"]


@given(
    amount=st.integers(1, 99_999_999),
    shares=st.tuples(*[st.integers(0, 100)] * 5),
    bps=st.integers(0, 10_000),
)
def test_the_parts_are_the_whole(amount, shares, bps):
    """Whatever was refunded or withdrawn: fees, reserve and the seller's part add up to what is left."""
    commission, logistics, tax, refunded, withdrawn = shares
    money = [Money(amount * share // 300, "EUR") for share in (commission, logistics, tax)]
    given_away = [Money(amount * share // 200, "EUR") for share in (refunded, withdrawn)]
    terms = FrozenTerms(Money(amount, "EUR"), *money, bps)
    split = split_release(
        terms, refunded=given_away[0], withdrawn=given_away[1], logistics_returned=Money.zero("EUR")
    )

    assert split.earned + split.reserve + split.tax + split.logistics_fee + split.commission == split.left
    assert Money.zero("EUR") <= split.commission <= terms.commission
    assert Money.zero("EUR") <= split.reserve
