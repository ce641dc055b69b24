"""The pure rules of a checkout: sums, bounds, fees within the order, the PSP's limits, terms, lines, cadence, links."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.money import CurrencyMismatch, Money, total
from checkout.payments import cadence
from checkout.payments.checks import check_amounts, check_psp_limits
from checkout.payments.commands import Customer, NewLine, NewOrder, StartPayment
from checkout.payments.errors import AmountStep, AmountTooSmall, OrderAmountsDoNotAddUp, SellerNotPayable
from checkout.payments.hosted_page import EMAIL_STAND_IN, hosted_lines, stored_request
from checkout.payments.links import StatusLinks
from checkout.payments.terms import SellerTerms, freeze_terms
from checkout.psp import CurrencyRules
from checkout.sellers.fees import FeePlan

ADA, BAO = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def eur(amount):
    return Money(amount, "EUR")


def order(amount, seller=ADA, **more):
    return NewOrder(seller_id=seller, amount=amount if isinstance(amount, Money) else eur(amount), **more)


def command(*orders, amount=None):
    return StartPayment(
        storefront_id=UUID(int=9),
        livemode=False,
        amount=amount or total([o.amount for o in orders], "EUR"),
        orders=orders,
        customer=Customer("jo@example.org"),
        return_url="https://shop.example/",
        fingerprint=b"x",
    )


def pointers(error):
    return [(field.pointer, field.code, field.detail) for field in error.value.pointers]


def test_orders_that_do_not_add_up_are_told_both_sums():
    """As the API documents it."""
    with pytest.raises(OrderAmountsDoNotAddUp) as refused:
        check_amounts(command(order(1500), order(980, BAO), amount=eur(2490)))

    assert refused.value.detail == "orders add up to 2480 but amount is 2490"
    assert pointers(refused) == [("/orders", "sum_mismatch", "expected 2490, got 2480")]


def test_every_wrong_sum_is_pointed_at():
    """Lines of two orders, both off by one."""
    lines = (NewLine("Mug", 2, eur(700)),)
    with pytest.raises(OrderAmountsDoNotAddUp) as refused:
        check_amounts(command(order(1401, lines=lines), order(1399, BAO, lines=lines)))

    assert [(pointer, detail) for pointer, _, detail in pointers(refused)] == [
        ("/orders/0/lines", "expected 1401, got 1400"),
        ("/orders/1/lines", "expected 1399, got 1400"),
    ]


@pytest.mark.parametrize(
    ("fees", "pointer"),
    [
        ({"logistics_fee": eur(1001)}, "/orders/0/logistics_fee"),
        (
            {"logistics_fee": eur(900), "tax_amount": eur(101), "tax_collected_by": "platform"},
            "/orders/0/logistics_fee",
        ),
        ({"tax_amount": eur(1001)}, "/orders/0/tax_amount"),
    ],
)
def test_fees_lie_within_the_order(fees, pointer):
    """Logistics plus the tax that the platform keeps is at most the order."""
    with pytest.raises(OrderAmountsDoNotAddUp) as refused:
        check_amounts(command(order(1000, **fees)))

    assert pointers(refused)[0][0] == pointer


def test_tax_that_the_seller_collects_is_information_only():
    """It takes nothing from what logistics may cost."""
    check_amounts(command(order(1000, logistics_fee=eur(900), tax_amount=eur(160))))


@pytest.mark.parametrize(
    ("checkout", "pointer"),
    [
        (command(order(0)), "/amount"),
        (command(order(100_000_000)), "/amount"),
        (command(amount=eur(100)), "/orders"),
        (command(order(100, lines=(NewLine("x", 0, eur(100)),))), "/orders/0/lines/0"),
        (command(order(100, lines=(NewLine("x", 1, eur(-100)),))), "/orders/0/lines/0"),
        (command(order(100, logistics_fee=eur(-1))), "/orders/0/logistics_fee"),
        (
            command(order(100, delivery_from=date(2026, 12, 3), delivery_to=date(2026, 12, 1))),
            "/orders/0/estimated_delivery",
        ),
    ],
)
def test_what_is_out_of_bounds_is_pointed_at(checkout, pointer):
    with pytest.raises(InvalidParameter) as refused:
        check_amounts(checkout)

    assert pointers(refused)[0][0] == pointer


def test_one_currency_a_payment():
    """An order, a fee or a line in another one is refused."""
    with pytest.raises(CurrencyMismatch):
        check_amounts(command(replace(order(100), logistics_fee=Money(1, "USD"))))


RULES = CurrencyRules(minimum_minor=100, maximum_minor=99_999_990, charge_step_minor=10, wire_exponent=3)


def test_the_psps_minimum_step_and_maximum():
    """KWD 0.100 at least, in steps of 0.010."""
    check_psp_limits(Money(100, "KWD"), RULES)
    with pytest.raises(AmountTooSmall):
        check_psp_limits(Money(90, "KWD"), RULES)
    with pytest.raises(AmountStep):
        check_psp_limits(Money(105, "KWD"), RULES)
    with pytest.raises(InvalidParameter):
        check_psp_limits(Money(99_999_999, "KWD"), RULES)


def seller(status="active", *, plan=True, bps=1000, minimum=0, currency=None):
    fees = FeePlan(UUID(int=5), currency, 1, bps, 0, minimum, NOW)
    return SellerTerms(ADA, "Ada", status, fees if plan else None, 0, 0)


def test_the_commission_of_a_small_kwd_order_is_all_of_it():
    """0.500 KWD under a minimum of 0.750: capped at what is left."""
    small = order(Money(500, "KWD"))

    (terms,) = freeze_terms([small], {ADA: seller(bps=200, minimum=750, currency="KWD")})

    assert terms.commission == Money(500, "KWD")


@pytest.mark.parametrize("unpayable", [None, seller("suspended"), seller(plan=False)])
def test_a_seller_that_cannot_be_paid_is_pointed_at(unpayable):
    """Unknown, suspended, without a plan."""
    sellers = {ADA: unpayable} if unpayable else {}

    with pytest.raises(SellerNotPayable) as refused:
        freeze_terms([order(100), NewOrder(None, eur(100))], sellers)

    assert [pointer for pointer, _, _ in pointers(refused)] == ["/orders/0/seller", "/orders/1/seller"]


def test_the_hosted_page_shows_lines_where_the_psp_can_charge_them():
    """Off the step each line alone, the orders may still be on it; else one line for all."""
    off = NewLine("Half", 2, Money(1005, "KWD"))
    on_step = [order(Money(2010, "KWD"), lines=(off,))]
    nowhere = [order(Money(2005, "KWD")), order(Money(2005, "KWD"), BAO)]

    assert [x.unit_amount.amount_minor for x in hosted_lines(Money(2010, "KWD"), on_step, ["Ada"], 10)] == [
        2010
    ]
    assert [x.name for x in hosted_lines(Money(4010, "KWD"), nowhere, ["Ada", "Bao"], 10)] == ["Your order"]
    assert [x.quantity for x in hosted_lines(Money(2010, "KWD"), on_step, ["Ada"], 1)] == [2]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9_999)), max_size=60), min_size=1, max_size=5
    )
)
def test_the_lines_shown_always_add_up_to_the_amount(parts):
    """Whatever the orders look like, at most 100 lines, and their sum is the amount."""
    orders = []
    for lines in parts:
        made = tuple(NewLine("x", quantity, eur(unit)) for quantity, unit in lines)
        orders.append(
            order(sum(q * u for q, u in lines) or 100, lines=made if any(u for _, u in lines) else ())
        )
    amount = total([each.amount for each in orders], "EUR")

    shown = hosted_lines(amount, orders, ["Ada"] * len(orders), 10)

    assert 1 <= len(shown) <= 100
    assert sum(line.quantity * line.unit_amount.amount_minor for line in shown) == amount.amount_minor


def test_the_stand_in_is_replaced_by_the_shoppers_address():
    """And by nothing else's."""
    wire = {"customer_email": EMAIL_STAND_IN, "mode": "payment"}

    sent = stored_request(
        payment_id=UUID(int=1), idempotency_key="k", amount=eur(1), wire=wire, email="jo@example.org"
    )

    assert sent.wire == {"customer_email": "jo@example.org", "mode": "payment"}


def test_a_request_is_repeated_after_5_15_60_and_300_seconds():
    """And every five minutes from then on."""
    assert [cadence.settle_delay_seconds(n) for n in range(7)] == [0, 5, 15, 60, 300, 300, 300]


def test_ended_payments_are_asked_about_no_more():
    for status in ("succeeded", "failed", "expired", "canceled", "in_review", "created", "unknown"):
        assert cadence.next_sync(status, attempts=0, now=NOW, session_expires_at=NOW) is None
    assert cadence.next_sync(
        "awaiting_shopper", attempts=0, now=NOW, session_expires_at=NOW + timedelta(hours=1)
    ) == NOW + timedelta(seconds=30)


def test_a_status_link_is_the_same_each_time_and_cannot_be_made_up():
    """Signed; another secret's or a changed token opens nothing."""
    links = StatusLinks("https://pay.example/", "secret")
    token = links.token(UUID(int=7))

    assert (
        links.url(UUID(int=7))
        == f"https://pay.example/s/{token}"
        == StatusLinks("https://pay.example", "secret").url(UUID(int=7))
    )
    assert links.read(token) == UUID(int=7)
    for forged in (token[:-1], token + "x", "", "a.b", StatusLinks("https://x", "other").token(UUID(int=7))):
        with pytest.raises(NotFound):
            links.read(forged)
