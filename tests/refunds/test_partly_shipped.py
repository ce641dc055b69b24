"""Refunds and parcels of one order: what was refunded is not shipped, and what is left goes its way."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.identity.access import EVERYTHING
from checkout.orders.deliver import arrive
from checkout.orders.errors import InvalidOrderState
from checkout.orders.queries import get_order
from checkout.orders.release import release_due
from checkout.orders.ship import Parcel
from checkout.orders.ship_bulk import ship_bulk
from checkout.payments.commands import NewLine
from checkout.refunds.commands import OfLine
from checkout.reporting.seller_money import tasks_of
from tests.orders.conftest import deliver, in_days, ship
from tests.refunds.conftest import EVENT, PEOPLE


@pytest.fixture
def mugs(desk):
    """Three mugs of 5.00 in one order, paid."""

    def buy():
        command = desk.shop.command((1500,))
        lines = (NewLine("Mug", 3, Money(500, "EUR")),)
        command = replace(command, orders=(replace(command.orders[0], lines=lines, logistics_fee=None),))
        payment = desk.shop.view(desk.shop.start(command))
        desk.shop.hears(desk.psp.captured(payment.psp_session_id))
        desk.psp.back.took(f"pi_{payment.psp_session_id}", payment.amount)
        desk.db.rows("UPDATE sellers SET verification_status = 'verified', payouts_enabled = true")
        return desk.shop.view(payment.id)

    return buy()


def pieces(payment, quantity):
    return {"lines": (OfLine(payment.orders[0].lines[0].id, quantity),)}


def order_of(payment) -> UUID:
    return payment.orders[0].id


def test_all_that_is_left_is_without_what_was_refunded(desk, mugs):
    """1 of 3 mugs is refunded: the parcel holds 2, and with it the order is shipped."""
    desk.refunds(mugs, **pieces(mugs, 1))
    ship(order_of(mugs))
    shown = get_order(order_of(mugs))
    assert (shown.status, shown.shipments[0].lines) == ("shipped", ((mugs.orders[0].lines[0].id, 2),))
    assert (shown.lines[0].shipped_quantity, shown.lines[0].refunded_quantity) == (2, 1)


def test_a_refunded_piece_is_not_shipped(desk, mugs):
    """Still under way, it counts already: 2 of 3 may be shipped, 3 may not."""
    refund = desk.asks(mugs, **pieces(mugs, 1))
    with pytest.raises(InvalidParameter) as refused:
        ship(order_of(mugs), Parcel("DHL", "1", {mugs.orders[0].lines[0].id: 3}))
    assert refused.value.pointers[0].code == "exceeds_ordered"
    ship(order_of(mugs), Parcel("DHL", "1", {mugs.orders[0].lines[0].id: 2}))
    assert get_order(order_of(mugs)).status == "paid", "the refund may still fail, and the third mug be sent"
    desk.sends(refund)
    assert get_order(order_of(mugs)).status == "shipped"


@pytest.mark.parametrize("before", [0, 2])
def test_a_failed_refunds_pieces_are_to_be_shipped_again(desk, mugs, before):
    """The bank does not take the 5.00 of the third mug: it is sent after all, alone or with the two others."""
    desk.psp.back.keep_pending()
    refund = desk.refunds(mugs, **pieces(mugs, 1))
    if before:
        ship(order_of(mugs), Parcel("DHL", "1", {mugs.orders[0].lines[0].id: before}))
    desk.hears(desk.psp.back.bounce(refund.public_id))
    ship(order_of(mugs))
    assert (get_order(order_of(mugs)).status, get_order(order_of(mugs)).lines[0].shipped_quantity) == (
        "shipped",
        3,
    )


@pytest.mark.parametrize("arrived_first", [True, False])
def test_when_the_rest_is_refunded_the_order_is_shipped(desk, mugs, arrived_first):
    """2 of 3 are on their way, the last goes back: nothing is left to ship, and the seller gets 10.00 after the hold."""
    line = mugs.orders[0].lines[0].id
    ship(order_of(mugs), Parcel("DHL", "1", {line: 2}))
    if arrived_first:
        parcel = get_order(order_of(mugs)).shipments[0].id
        with atomic() as session:
            arrive(session, order_of(mugs), parcel, at=utcnow(), cause=EVENT)
    desk.refunds(mugs, **pieces(mugs, 1))
    assert get_order(order_of(mugs)).status == ("delivered" if arrived_first else "shipped")
    if not arrived_first:
        deliver(order_of(mugs))
    in_days(8)
    assert release_due(cause=EVENT).orders == 1
    assert desk.balances()["psp_balance"] == 1000


def test_nothing_is_shipped_of_an_order_that_is_refunded_whole(desk, mugs):
    """15.00 are on their way back: a parcel would be given away."""
    desk.psp.back.keep_pending()
    desk.refunds(mugs)
    with pytest.raises(InvalidOrderState, match="refund"):
        ship(order_of(mugs))
    assert tasks_of(desk.shop.ada).to_ship == 0


def test_nor_while_its_refund_waits_for_a_second_person(desk):
    payment = desk.paid(2_000_000)
    desk.asks(payment, cause=PEOPLE)
    with pytest.raises(InvalidOrderState, match="refund"):
        ship(order_of(payment))


def test_when_the_whole_refund_failed_it_is_shipped(desk, mugs):
    refund = desk.refunds(mugs)
    desk.hears(desk.psp.back.bounce(refund.public_id))
    ship(order_of(mugs))
    assert (get_order(order_of(mugs)).status, tasks_of(desk.shop.ada).to_ship) == ("shipped", 0)


def test_a_part_in_flight_hinders_no_parcel(desk, mugs):
    """5.00 are given back for a scratch; all three mugs are sent."""
    desk.asks(mugs, 500)
    ship(order_of(mugs))
    assert get_order(order_of(mugs)).lines[0].shipped_quantity == 3


def test_all_goods_refunded_and_no_parcel_is_empty(desk):
    """The mug is refunded by its line, 2.00 of shipping are left: there is nothing that a parcel could hold."""
    command = desk.shop.command((1500,))
    lines = (NewLine("Mug", 1, Money(1300, "EUR")), NewLine("Post", 1, Money(200, "EUR"), kind="shipping"))
    command = replace(command, orders=(replace(command.orders[0], lines=lines, logistics_fee=None),))
    payment = desk.shop.view(desk.shop.start(command))
    desk.shop.hears(desk.psp.captured(payment.psp_session_id))
    desk.psp.back.took(f"pi_{payment.psp_session_id}", payment.amount)
    payment = desk.shop.view(payment.id)
    desk.refunds(payment, **pieces(payment, 1))
    with pytest.raises(InvalidOrderState, match="refund"):
        ship(order_of(payment))
    assert tasks_of(desk.shop.ada).to_ship == 0


def test_the_file_of_parcels_says_the_same(desk, mugs):
    """3 of a line of which 1 was refunded, in a CSV file: that parcel is refused, one of 2 goes."""
    desk.refunds(mugs, **pieces(mugs, 1))
    line = encode("oli", mugs.orders[0].lines[0].id)

    def upload(quantity):
        text = "order,carrier,tracking_number,line,quantity\n"
        row = f"{encode('ord', order_of(mugs))},DHL,JJD{quantity},{line},{quantity}\n"
        (outcome,) = ship_bulk((text + row).encode(), reach=EVERYTHING, cause=EVENT)
        return outcome.status

    assert (upload(3), upload(2)) == ("refused", "shipped")
