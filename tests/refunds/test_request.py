"""What may be asked back, of which orders and lines, and what is refused."""

from __future__ import annotations

import pytest

from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.money import CurrencyMismatch, Money
from checkout.db.session import atomic
from checkout.payments.errors import InvalidPaymentState
from checkout.refunds.commands import OfLine, OfOrder
from checkout.refunds.errors import PaymentDisputed, RefundExceedsCaptured
from checkout.refunds.refund import parts_of, read_refund
from tests.orders.conftest import in_days


def parts(refund):
    with atomic() as session:
        return [(part.card.amount_minor, part.wallet.amount_minor) for part in parts_of(session, refund)]


def line(payment, order=0):
    return payment.orders[order].lines[0].id


def test_an_amount_is_spread_over_what_is_left_of_each_order(desk):
    """10.00 of 24.90 over 15.00 and 9.90: 6.02 and 3.98, by the largest remainder."""
    payment = desk.paid(1500, 990)
    assert parts(desk.asks(payment, 1000)) == [(602, 0), (398, 0)]


def test_what_is_left_after_a_part_goes_back_whole(desk):
    payment = desk.paid(1500, 990)
    desk.refunds(payment, 1000)
    rest = desk.refunds(payment)
    assert (rest.amount.amount_minor, parts(rest)) == (1490, [(898, 0), (592, 0)])
    assert (desk.refunded(payment), desk.balances()) == (2490, {})


def test_two_equal_refunds_are_two(desk):
    payment = desk.paid(1500)
    first, second = desk.refunds(payment, 500), desk.refunds(payment, 500)
    assert (first.id != second.id, desk.psp.back.given_back(f"pi_{payment.psp_session_id}")) == (True, 1000)


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"amount": 1501}, "/amount"),
        ({"orders": lambda p: (OfOrder(p.orders[0].id, 1501),)}, "/orders/0/amount"),
        ({"lines": lambda p: (OfLine(line(p), 2),)}, "/lines/0/quantity"),
    ],
)
def test_more_than_is_left_is_refused_where_it_was_said(desk, more, pointer):
    payment = desk.paid(1500)
    asked = {key: value(payment) if callable(value) else value for key, value in more.items()}
    with pytest.raises(RefundExceedsCaptured) as refused:
        desk.asks(payment, **asked)
    assert refused.value.pointers[0].pointer == pointer
    assert desk.refunded(payment) == 0


def test_lines_are_refunded_by_their_pieces_never_more_than_were_ordered(desk):
    """A line of 1 mug: refunded once, then none is left; it may be refunded again when the refund has failed."""
    payment = desk.paid(1500, 990)
    refund = desk.refunds(payment, lines=(OfLine(line(payment), 1),))
    assert refund.amount == Money(1500, "EUR")
    with pytest.raises(RefundExceedsCaptured, match="only 0 of 1"):
        desk.asks(payment, lines=(OfLine(line(payment), 1),))
    desk.hears(desk.psp.back.bounce(refund.public_id))
    assert desk.asks(payment, lines=(OfLine(line(payment), 1),)).amount == Money(1500, "EUR")


@pytest.mark.parametrize(
    "asked",
    [
        {"amount": 100, "orders": lambda p: (OfOrder(p.orders[0].id),)},
        {"orders": lambda p: (OfOrder(p.orders[0].id), OfOrder(p.orders[0].id))},
        {"orders": lambda p: (OfOrder(p.id),)},
        {"lines": lambda p: (OfLine(p.id, 1),)},
        {"amount": 100, "reason": "other"},
    ],
)
def test_what_makes_no_sense_is_refused(desk, asked):
    payment = desk.paid(1500, 990)
    with pytest.raises(InvalidParameter):
        desk.asks(payment, **{k: v(payment) if callable(v) else v for k, v in asked.items()})


def test_a_payment_without_its_money_cannot_be_refunded(desk):
    with pytest.raises(InvalidPaymentState):
        desk.asks(desk.shop.started((1500,)))


def test_another_currency_is_refused(desk):
    with pytest.raises(CurrencyMismatch):
        desk.asks(desk.paid(1500), 500, currency="USD")


def test_a_seller_refunds_its_own_orders_alone(desk):
    """Ada's refund of the payment is of her 15.00; Bao's order is not there for her; a third seller's payment is none."""
    payment = desk.paid(1500, 990)
    ada = frozenset({desk.shop.ada})
    with pytest.raises(InvalidParameter):
        desk.asks(payment, orders=(OfOrder(payment.orders[1].id),), only_sellers=ada)
    with pytest.raises(NotFound):
        desk.asks(payment, only_sellers=frozenset({payment.id}))
    assert desk.asks(payment, only_sellers=ada).amount == Money(1500, "EUR")


def test_what_the_bank_has_taken_is_not_given_back_as_well(desk, db):
    """15.00, of which a dispute took 10.00: 5.00 may go back, 6.00 may not, and the dispute is the reason."""
    payment = desk.paid(1500)
    db.rows("UPDATE payments SET amount_disputed_minor = 1000 WHERE id = %(id)s", id=payment.id)
    with pytest.raises(PaymentDisputed):
        desk.asks(payment, 600)
    db.rows("UPDATE orders SET amount_withdrawn_minor = 1000 WHERE payment_id = %(id)s", id=payment.id)
    with pytest.raises(PaymentDisputed):
        desk.asks(payment, 600)
    assert desk.asks(payment, 500).amount == Money(500, "EUR")


def test_to_the_wallet_the_psp_is_not_asked(desk, db):
    """15.00 into the wallet: there at once, nothing in flight, nothing sent; the order is closed."""
    payment = desk.paid(1500)
    refund = desk.asks(payment, destination="wallet")
    assert (refund.status, desk.psp.back.calls) == ("succeeded", [])
    assert desk.balances() == {"psp_balance": 1500, "customer_wallet": -1500}
    assert db.value("SELECT free_minor FROM wallets") == 1500
    assert desk.events() == ["refund.created", "refund.succeeded"]
    assert desk.order(payment.orders[0].id) == {
        "status": "closed",
        "refunded": 1500,
        "to_wallet": 1500,
        "in_flight": 0,
        "logistics": 0,
    }


def test_the_card_is_given_what_the_psp_can_send(desk):
    """Dinar 1.234 of 5.000: the PSP's step is 0.010, so 1.230 go to the card and 0.004 to the wallet."""
    payment = desk.paid(5000, currency="KWD")
    assert parts(desk.refunds(payment, 1234)) == [(1230, 4)]
    assert desk.balances() == {"psp_balance": 3770, "customer_wallet": -4, "seller_pending:A": -3766}


def test_an_order_waits_for_its_refund(desk):
    """Nothing of it is released while 5.00 are under way; when they have gone, the rest is."""
    payment = desk.paid(1500)
    refund = desk.asks(payment, 500)
    desk.released(payment)
    assert desk.order(payment.orders[0].id)["status"] == "delivered"
    desk.sends(refund)
    in_days(9)
    from checkout.orders.release import release_due
    from tests.refunds.conftest import EVENT

    release_due(cause=EVENT)
    assert desk.order(payment.orders[0].id)["status"] == "released"


def test_a_refund_is_written_down_before_it_is_sent(desk):
    refund = desk.asks(desk.paid(1500), 500)
    assert (read_refund(refund.id).status, desk.psp.back.calls) == ("requested", [])
    assert refund.psp_request is not None
