"""Refunds on the shopper's status page and receipt: by seller, with how far each has come."""

from __future__ import annotations

import re
from html import unescape

import pytest

from checkout.db.session import atomic
from checkout.refunds.cancel_order import cancel_order
from tests.pages.money_back import CAUSE, new_desk
from tests.refunds.conftest import PEOPLE


@pytest.fixture
def desk(db, app):
    return new_desk(db)


@pytest.fixture
def look(client, token_of):
    """What the shopper reads, the seller's amounts as a locale writes them."""

    def read(payment, rest=""):
        page = client.get(f"/s/{token_of(payment.id)}{rest}").text
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ").split())

    return read


def test_on_its_way_then_sent_by_seller(desk, look):
    """5.00 of Ada's and 3.30 of Bao's: the heading and each line say how far it is."""
    payment = desk.paid(1500, 990)
    refund = desk.asks(payment, 830)

    said = look(payment)
    assert "Refund of 8,30 € on its way" in said
    assert "5,00 EUR of Ada's Pottery on its way to what you paid with" in said
    assert "3,30 EUR of Bao Tea on its way to what you paid with" in said
    desk.sends(refund)

    for page in (look(payment), look(payment, "/receipt")):
        assert "5,00 EUR of Ada's Pottery sent to what you paid with" in page
        assert "24,90 EUR paid, of which 8,30 EUR refunded: 16,60 EUR remain paid." in page
    assert "Refund of 8,30 € done" in look(payment)


def test_store_credit_is_named(desk, look):
    payment = desk.paid(1500)
    desk.refunds(payment, destination="wallet")

    assert "15,00 EUR of Ada's Pottery given as store credit" in look(payment)


def test_a_refund_that_bounced_asks_for_help_until_it_is_made_good(desk, look):
    payment = desk.paid(1500)
    desk.hears(desk.psp.back.bounce(desk.refunds(payment).public_id))

    said = look(payment)
    assert "Your refund needs help" in said
    assert "did not reach you; we contact you" in said
    desk.refunds(payment, destination="wallet")

    assert "Your refund needs help" not in look(payment)
    assert "Refund of 15,00 € done" in look(payment)


def test_what_waits_for_a_second_person_is_promised_to_nobody(desk, look):
    payment = desk.paid(2_000_000)
    desk.asks(payment, cause=PEOPLE)

    said = look(payment)

    assert "Thank you, payment received" in said
    assert "Refund" not in said
    assert "refunded" not in look(payment, "/receipt")


def test_a_canceled_orders_line_says_what_goes_back(desk, look):
    """One of two sellers has nothing left to send: the other's parcel comes."""
    payment = desk.paid(1500, 990)
    with atomic() as session:
        cancel_order(session, payment.orders[1].id, psp=desk.psp, cause=CAUSE)

    said = look(payment)

    assert "this order was canceled. 9,90 EUR on its way to what you paid with" in said
    assert "Refund of 9,90 € on its way" in said
