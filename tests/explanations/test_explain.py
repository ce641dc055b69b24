"""Why a figure is what it is, by literal amounts: each equation sums, each term leads on, and a tenant sees its own."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.core.errors import NotFound
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.explanations.document import document_of, equation_text
from checkout.identity.access import Reach
from checkout.ledger import chart
from checkout.ledger.entry import credit, debit
from tests.explanations.conftest import of_seller, release, sel, terms, why
from tests.ledger.conftest import entry, eur, post
from tests.payouts.conftest import fund, owe, seller_of

__all__ = ["seller_of"]


def test_two_sellers_in_one_checkout(db, shop, pay_out):
    """24.90 EUR = 15.00 + 9.90; 15.00 − 1.50 − 3.00 = 10.50; 10.50 goes to the bank."""
    payment = shop.paid()
    ada, bao = payment.orders
    release(ada.id, bao.id)
    payout = pay_out(shop.ada)

    received = why(f"{payment.public_id}/amount_received")
    net = why(f"{ada.public_id}/net")
    sent = why(f"{payout.public_id}/amount")
    found = {of: why(f"{sel(shop.ada)}/balance.{of}.EUR") for of in ("on_hold", "available", "in_transit")}

    assert terms(received) == [("to Ada's Pottery", 1500), ("to Bao Tea", 990)]
    assert equation_text(net) == "15.00 - 1.50 - 3.00 = 10.50 EUR"
    assert [str(term.ref) for term in net.terms if term.ref] == [
        f"{payment.public_id}/amount_received",
        f"{ada.public_id}/commission",
    ]
    assert terms(sent) == [(f"Released order {ada.public_id}", 1050)]
    assert terms(found["available"]) == [("Payout", -1050), ("Released order", 1050)]
    assert terms(found["in_transit"]) == [(f"Payout {payout.public_id}", 1050)]
    assert [found[of].result.amount_minor for of in found] == [0, 0, 1050]
    assert all(each.holds and each.stored for each in (received, net, sent, *found.values()))


@pytest.mark.parametrize(
    ("currency", "amount", "equation"),
    [
        ("EUR", 1500, "15.00 - 1.50 - 3.00 = 10.50 EUR"),
        ("JPY", 1000, "1000 - 100 - 300 = 600 JPY"),
        ("KWD", 7000, "7.000 - 0.700 - 0.300 = 6.000 KWD"),
    ],
)
def test_a_net_before_its_release_is_expected_and_the_same_after_it(
    db, paid_order, currency, amount, equation
):
    order = paid_order(amount=amount, currency=currency)

    before = why(f"{order.public_id}/net")
    held = why(f"{order.public_id}/on_hold")
    release(order.id)
    after = why(f"{order.public_id}/net")

    assert (equation_text(before), before.basis, before.holds) == (equation, "expected", True)
    assert (equation_text(after), after.basis, after.holds) == (equation, "booked", True)
    assert held.result == Money(amount, currency)
    assert why(f"{order.public_id}/on_hold").result == Money(0, currency)
    assert why(f"{order.public_id}/released").result == after.result


def test_refunds_after_the_payout_give_the_commission_back(db, paid_order):
    """15.00 − 15.00 refunded: commission and logistics come back, nothing is left; the release itself stays 10.50."""
    order = paid_order()
    release(order.id)
    for commission, logistics, x in ((10, 0, 100), (70, 0, 700), (70, 300, 700)):
        postings = [
            debit(
                chart.seller_available(order.seller_id), eur(x - commission - logistics), order_id=order.id
            ),
            debit(chart.COMMISSION_REVENUE, eur(commission), order_id=order.id),
            *([debit(chart.LOGISTICS_REVENUE, eur(logistics), order_id=order.id)] if logistics else []),
            credit(chart.Account("refund_in_transit", "stripe"), eur(x)),
        ]
        post(entry(*postings, kind="refund_requested"))
    db.rows("UPDATE orders SET amount_refunded_minor = 1500, logistics_returned_minor = 300")

    net = why(f"{order.public_id}/net")

    assert terms(net) == [
        ("Paid by the shopper", 1500),
        ("Refund", -1500),
        ("Commission", 0),
        ("Logistics fee", 0),
    ]
    assert (net.result.amount_minor, net.holds) == (0, True)
    assert equation_text(why(f"{order.public_id}/released")) == "15.00 - 1.50 - 3.00 = 10.50 EUR"


def test_a_reserve_is_taken_off_and_explained_by_its_order(db, paid_order):
    """10 % of 10.50, rounded down, is 1.05: 9.45 is available."""
    db.rows("UPDATE sellers SET reserve_bps = 1000, reserve_days = 90")
    order = paid_order()
    release(order.id)

    net, reserved = why(f"{order.public_id}/net"), why(f"{sel(order.seller_id)}/balance.reserved.EUR")

    assert equation_text(net) == "15.00 - 1.50 - 3.00 - 1.05 = 9.45 EUR"
    assert [rule.name for rule in net.rules] == ["Commission", "Logistics fee", "Reserve"]
    assert terms(reserved) == [(f"Order {order.public_id}", 105)]
    assert why(str(reserved.terms[0].ref)).result == eur(105)


def test_the_commission_names_the_plan_that_was_in_force(db, shop):
    """10 % + 0.30, at least 2.00: raised by 0.20; a later plan changes nothing."""
    db.rows(
        """
        INSERT INTO fee_plans (id, seller_id, currency, version, commission_bps, commission_fixed_minor,
                               commission_minimum_minor, valid_from, created_at)
        VALUES (%(id)s, %(seller)s, 'EUR', 7, 1000, 30, 200, '2020-01-01Z', now())
        """,
        id=new_uuid(), seller=shop.ada,
    )  # fmt: skip
    order = shop.paid((1500,)).orders[0]

    found = why(f"{order.public_id}/commission")

    assert terms(found) == [("Share of the order", 150), ("Fixed part", 30), ("Raised to the minimum", 20)]
    assert (found.result, found.holds) == (eur(200), True)
    assert found.rules[0].version == "fee plan, version 7, from 2020-01-01"
    assert found.rules[0].rounding == "half up, once"


def test_an_instant_payout_says_its_fee_and_dinars_what_they_carry(seller_of, pay_out):
    """100.00 − 99.00 to the bank = 1.00; 6.492 KWD − 6.490 = 0.002, which the next payout begins with."""
    seller = seller_of()
    fund(seller, 10_000)
    fund(seller, 6492, "KWD")

    instant = pay_out(seller, method="instant")
    dinars = pay_out(seller, "KWD")
    fund(seller, 1008, "KWD")
    next_one = pay_out(seller, "KWD")

    assert equation_text(why(f"{instant.public_id}/fee")) == "100.00 - 99.00 - 0.00 = 1.00 EUR"
    assert equation_text(why(f"{instant.public_id}/amount")) == "100.00 - 1.00 = 99.00 EUR"
    assert equation_text(why(f"{dinars.public_id}/carried")) == "6.492 - 6.490 - 0.000 = 0.002 KWD"
    assert equation_text(why(f"{dinars.public_id}/amount")) == "6.492 - 0.002 = 6.490 KWD"
    assert sorted(term for _, term in terms(why(f"{next_one.public_id}/amount"))) == [2, 1008]
    assert all(why(f"{p.public_id}/amount").holds for p in (instant, dinars, next_one))


def test_a_debt_is_explained_by_what_made_it(seller_of):
    """5.00 earned, 20.00 disputed: 15.00 is owed."""
    seller = seller_of()
    fund(seller, 500)
    owe(seller, 2000)

    found = why(f"{sel(seller)}/balance.available.EUR")

    assert terms(found) == [("Dispute", -2000), ("Released order", 500)]
    assert (found.result, found.holds) == (eur(-1500), True)
    assert "is owed to the platform" in found.sentence


def test_a_figure_that_differs_from_the_ledger_is_named_and_calls_a_person(db, paid_order):
    """Somebody changed the row past the application: the page says by how much, once more is the same alert."""
    payment = paid_order().payment_id
    db.rows("UPDATE payments SET amount_received_minor = 1499")

    found = why(f"{encode('pay', payment)}/amount_received")
    why(str(found.ref))

    assert (found.holds, found.difference) == (False, eur(-1))
    alerts = db.rows("SELECT code, amount_minor, occurrences FROM alerts")
    assert alerts == [{"code": "ledger_unbalanced", "amount_minor": -1, "occurrences": 2}]


def test_a_seller_sees_its_own_and_no_margin_of_the_platform(db, shop):
    """Not the PSP's account, not another seller's part; the platform's people see all."""
    payment = shop.paid()
    ada, bao = payment.orders
    release(ada.id, bao.id)

    mine = document_of(why(f"{ada.public_id}/net", of_seller(shop.ada)))
    whole = document_of(why(f"{ada.public_id}/net"))

    def accounts(document):
        return {line["account"] for each in document["ledger"]["entries"] for line in each["lines"]}

    assert "psp_balance" in accounts(whole)
    assert accounts(mine) == {
        "seller_pending", "seller_available", "commission_revenue", "logistics_revenue", "platform"
    }  # fmt: skip
    assert sel(shop.bao) not in str(mine)
    assert sel(shop.bao) in str(whole)
    assert all(
        term["explanation"] is None or "pay_" not in term["explanation"]["id"] for term in mine["terms"]
    )
    with pytest.raises(NotFound):
        why(f"{payment.public_id}/amount_received", of_seller(shop.ada))


def test_another_sellers_figures_are_not_there(shop, seller_of, pay_out):
    """Unknown, malformed and foreign alike."""
    order = shop.paid().orders[0]
    other = seller_of()
    fund(other, 1000)
    payout = pay_out(other)
    refs = [
        f"{order.public_id}/net",
        f"{payout.public_id}/amount",
        f"{sel(other)}/balance.available.EUR",
        f"{sel(shop.bao)}/balance.available.EURO",
        f"{sel(shop.bao)}/balance.on_hold.EUR.payment_captured",
        f"{order.public_id}/margin",
        f"{encode('ord', new_uuid())}/net",
        "usr_1/email",
    ]

    for ref in refs:
        with pytest.raises(NotFound):
            why(ref, of_seller(shop.bao))
    with pytest.raises(NotFound):
        why(refs[0], Reach(storefronts=frozenset({new_uuid()})))


STEPS = st.lists(
    st.tuples(st.sampled_from(["fund", "owe", "pay"]), st.integers(min_value=1, max_value=5_000)), max_size=8
)


def test_every_figure_of_any_history_sums(seller_of, pay_out):
    """Whatever was released, owed and paid out: each figure, and all that it leads to, agrees with the ledger."""
    from checkout.payouts.errors import PayoutNotEligible

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(steps=STEPS)
    def history(steps):
        seller, seen = seller_of(), set()
        for what, minor in steps:
            if what == "fund":
                fund(seller, minor, "KWD")
            elif what == "owe":
                owe(seller, minor, "KWD")
            else:
                try:
                    pay_out(seller, "KWD")
                except PayoutNotEligible:
                    continue
        todo = [f"{sel(seller)}/balance.{of}.KWD" for of in ("on_hold", "available", "in_transit")]
        while todo:
            ref = todo.pop()
            seen.add(ref)
            if ref.startswith("ord_"):
                continue  # these orders are postings alone, without a row
            found = why(ref)
            assert found.holds, (ref, steps)
            todo += [str(term.ref) for term in found.terms if term.ref and str(term.ref) not in seen]

    history()
