"""The posting rules, with literal amounts in currencies of two, no and three decimals. No database."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.core.money import Money, allocate
from checkout.ledger import recipes
from checkout.ledger.chart import PROMOTIONS, psp_balance, seller_pending
from checkout.ledger.entry import Entry, PspNumber, UnsoundEntry, credit, debit
from checkout.ledger.recipes import OrderPart, WalletPart

PAYMENT = UUID("01910000-0000-7000-8000-000000000001")
ORDER_A, ORDER_B = (UUID(f"01910000-0000-7000-8000-0000000000a{n}") for n in (1, 2))
SELLER_A, SELLER_B = (UUID(f"01910000-0000-7000-8000-0000000000b{n}") for n in (1, 2))
CUSTOMER = UUID("01910000-0000-7000-8000-0000000000c1")
ORDERS = {ORDER_A: "A", ORDER_B: "B"}


def legs(entry: Entry) -> list[tuple[str, int, str, str | None]]:
    """Kind of account, amount, currency, which order."""
    return [
        (
            leg.account.kind,
            leg.amount.amount_minor,
            leg.amount.currency,
            ORDERS[leg.order_id] if leg.order_id else None,
        )
        for leg in entry.postings
    ]


def parts(a: Money, b: Money) -> list[OrderPart]:
    return [OrderPart(ORDER_A, SELLER_A, a), OrderPart(ORDER_B, SELLER_B, b)]


@pytest.mark.parametrize(
    ("currency", "whole", "a", "b"),
    [("EUR", 2490, 1500, 990), ("JPY", 2490, 1500, 990), ("KWD", 12345, 7000, 5345)],
)
def test_a_capture_pays_each_sellers_order(currency, whole, a, b):
    """The PSP's balance against one leg per order, each naming it."""
    entry = recipes.payment_captured(
        payment_id=PAYMENT,
        psp="stripe",
        charge_id="ch_1",
        amount=Money(whole, currency),
        orders=parts(Money(a, currency), Money(b, currency)),
    )

    assert (entry.kind, entry.source_key, entry.source[:4]) == ("payment_captured", "ch_1", "pay_")
    assert legs(entry) == [
        ("psp_balance", whole, currency, None),
        ("seller_pending", -a, currency, "A"),
        ("seller_pending", -b, currency, "B"),
    ]


def test_a_capture_uses_up_the_held_store_credit():
    """12.345 KWD, of which 2.345 were held in the customer's wallet."""
    entry = recipes.payment_captured(
        payment_id=PAYMENT,
        psp="stripe",
        charge_id="ch_1",
        amount=Money(10000, "KWD"),
        orders=parts(Money(7000, "KWD"), Money(5345, "KWD")),
        wallet=WalletPart(CUSTOMER, Money(2345, "KWD")),
    )

    assert legs(entry)[:2] == [
        ("psp_balance", 10000, "KWD", None),
        ("customer_wallet_held", 2345, "KWD", None),
    ]


def test_a_payment_wholly_from_the_wallet_has_no_leg_at_the_psp():
    """A leg of zero is left out."""
    entry = recipes.payment_captured(
        payment_id=PAYMENT,
        psp="stripe",
        charge_id="wallet",
        amount=Money(0, "EUR"),
        orders=[OrderPart(ORDER_A, SELLER_A, Money(490, "EUR"))],
        wallet=WalletPart(CUSTOMER, Money(490, "EUR")),
    )

    assert legs(entry) == [("customer_wallet_held", 490, "EUR", None), ("seller_pending", -490, "EUR", "A")]


def test_unapplied_money_belongs_to_the_payment():
    """2 000 yen that came after the cancel wait under the payment's own name."""
    entry = recipes.payment_unapplied(
        payment_id=PAYMENT, psp="stripe", charge_id="ch_1", amount=Money(2000, "JPY")
    )

    assert legs(entry) == [("psp_balance", 2000, "JPY", None), ("unapplied", -2000, "JPY", None)]
    assert entry.postings[1].account.owner == entry.source


def test_an_approved_review_gives_the_money_to_the_orders():
    """Keyed by the payment: it is approved once."""
    entry = recipes.unapplied_applied(
        payment_id=PAYMENT, amount=Money(2490, "EUR"), orders=parts(Money(1500, "EUR"), Money(990, "EUR"))
    )

    assert entry.source_key == entry.source
    assert legs(entry) == [
        ("unapplied", 2490, "EUR", None),
        ("seller_pending", -1500, "EUR", "A"),
        ("seller_pending", -990, "EUR", "B"),
    ]


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        (Money(61, "EUR"), [("psp_fees", 61, "EUR", None), ("psp_balance", -61, "EUR", None)]),
        (Money(36, "JPY"), [("psp_fees", 36, "JPY", None), ("psp_balance", -36, "JPY", None)]),
        (Money(80, "USD"), [("psp_fees", 80, "USD", None), ("psp_balance", -80, "USD", None)]),
        (Money(-61, "EUR"), [("psp_fees", -61, "EUR", None), ("psp_balance", 61, "EUR", None)]),
    ],
)
def test_a_fee_costs_and_a_fee_given_back_swaps_the_sides(fee, expected):
    """In the currency in which the PSP took it, whatever the charge's was."""
    entry = recipes.psp_fee(source="pay_1", psp="stripe", number="txn_1", fee=fee)

    assert legs(entry) == expected
    assert entry.psp_number == PspNumber("stripe", "txn_1", part="fee")


def test_a_reversal_is_the_opposite_leg_by_leg():
    """Same accounts, same orders, other signs."""
    applied = recipes.unapplied_applied(
        payment_id=PAYMENT, amount=Money(2490, "EUR"), orders=parts(Money(1500, "EUR"), Money(990, "EUR"))
    )

    entry = recipes.reversal(entry_id=ORDER_A, source=applied.source, postings=applied.postings)

    assert (entry.kind, entry.reverses_entry_id) == ("reversal", ORDER_A)
    assert legs(entry) == [
        ("unapplied", -2490, "EUR", None),
        ("seller_pending", 1500, "EUR", "A"),
        ("seller_pending", 990, "EUR", "B"),
    ]


@pytest.mark.parametrize(
    ("postings", "why"),
    [
        ([debit(PROMOTIONS, Money(1, "EUR"))], "fewer than two"),
        ([], "fewer than two"),
        (
            [debit(PROMOTIONS, Money(2, "EUR")), credit(psp_balance("stripe"), Money(1, "EUR"))],
            "does not balance",
        ),
        (
            [debit(PROMOTIONS, Money(1, "EUR")), credit(psp_balance("stripe"), Money(1, "USD"))],
            "does not balance",
        ),
        ([debit(PROMOTIONS, Money(0, "EUR")), credit(psp_balance("stripe"), Money(0, "EUR"))], "leg of zero"),
        (
            [debit(PROMOTIONS, Money(1, "EUR")), credit(seller_pending(SELLER_A), Money(1, "EUR"))],
            "name its order",
        ),
    ],
)
def test_an_unsound_entry_cannot_be_made(postings, why):
    """One posting, none, a difference, two currencies, zeros, or an order left unnamed."""
    with pytest.raises(UnsoundEntry, match=why):
        Entry("anything", "key", "alr_1", tuple(postings))


@given(
    amounts=st.lists(st.integers(1, 99_999_999), min_size=1, max_size=20),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    wallet_share=st.integers(0, 100),
)
def test_every_capture_balances(amounts, currency, wallet_share):
    """Any number of orders, any split between card and wallet: the legs sum to zero and each order has its own."""
    whole = Money(sum(amounts), currency)
    held, card = allocate(whole, [wallet_share, 100 - wallet_share])
    wallet = WalletPart(CUSTOMER, held) if held else None
    orders = [OrderPart(UUID(int=i + 1), SELLER_A, Money(a, currency)) for i, a in enumerate(amounts)]

    entry = recipes.payment_captured(
        payment_id=PAYMENT, psp="stripe", charge_id="ch", amount=card, orders=orders, wallet=wallet
    )

    by_order = Counter({leg.order_id: -leg.amount.amount_minor for leg in entry.postings if leg.order_id})
    assert sum(leg.amount.amount_minor for leg in entry.postings) == 0
    assert by_order == {part.order_id: part.amount.amount_minor for part in orders}
    assert all(leg.amount for leg in entry.postings)
