"""Topping a wallet up: a payment without orders, whose capture is store credit."""

from __future__ import annotations

from uuid import uuid4

import pytest

from checkout import idempotency
from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.payments.cancel import cancel_payment
from checkout.payments.errors import AmountStep, AmountTooSmall, PspUnavailable, ReturnUrlNotAllowed
from checkout.payments.resume import resume_payment
from checkout.payments.review import approve_review
from checkout.payments.sync import refresh_payment
from checkout.payments.top_up import TopUp, start_top_up
from tests.payments.conftest import LINKS, REQUEST, events, history, ledger
from tests.payments.fake_psp import lost_answer
from tests.wallets.conftest import stands, wallet

KWD = "KWD"


def top_up(shop, customer, amount=Money(3000, KWD), key=None, **changes):
    wanted = {"livemode": False, "return_url": "https://shop.example/wallet", **changes}
    fingerprint = idempotency.fingerprint("POST", "/top_ups", {"n": amount.amount_minor})
    return start_top_up(
        TopUp(shopper_id=customer, amount=amount, fingerprint=fingerprint, **wanted),
        principal="storefront:x",
        key=key or str(uuid4()),
        cause=REQUEST,
        psp=shop.psp,
        links=LINKS,
        render=shop.render,
    )


def test_what_is_paid_becomes_store_credit(db, shop, jo):
    """3.000 KWD: registered like any payment, one line on the page; two deliveries of the capture are one."""
    payment = shop.view(top_up(shop, jo))
    assert (payment.status, payment.purpose, payment.orders) == ("awaiting_shopper", "wallet_top_up", ())
    assert shop.psp.wires[0]["line0"] == "1 Store credit 3.000 KWD"
    assert shop.psp.wires[0]["email"] == "jo@example.org"
    assert wallet(db) == []

    news = shop.psp.captured(payment.psp_session_id)
    shop.hears(news)
    shop.hears(news, event="evt_2")

    assert history(db, payment.id) == ["created", "awaiting_shopper", "succeeded"]
    assert events(db) == ["payment.created", "payment.succeeded"]
    assert ledger(db) == [
        ("wallet_topped_up", "psp_balance", KWD, 3000),
        ("wallet_topped_up", "customer_wallet", KWD, -3000),
    ]
    assert wallet(db) == [(KWD, 3000, 0, 0)]
    assert shop.view(payment.id).amount_received == Money(3000, KWD)
    assert stands(db) == {"customer_wallet": -3000, "psp_balance": 3000}


def test_twice_with_one_key(db, shop, jo):
    """The same bytes, one page."""
    first, again = top_up(shop, jo, key="k"), top_up(shop, jo, key="k")

    assert (again.body, again.replayed, len(shop.psp.sessions)) == (first.body, True, 1)


def test_an_answer_that_got_lost(db, shop, jo):
    """The task behind it goes on, as for every payment."""
    shop.psp.faults = [lost_answer()]
    with pytest.raises(PspUnavailable):
        top_up(shop, jo)
    id = db.value("SELECT id FROM payments")
    assert resume_payment(id, psp=shop.psp, render=shop.render, cause=REQUEST) is None

    assert shop.view(id).status == "awaiting_shopper"


def test_a_webhook_that_got_lost(db, shop, jo):
    """Asking the PSP finds the money."""
    payment = shop.view(top_up(shop, jo))
    shop.psp.charge(payment.psp_session_id)
    refresh_payment(payment.id, cause=REQUEST)

    assert wallet(db) == [(KWD, 3000, 0, 0)]


def test_money_after_the_end_is_nobodys(db, shop, jo):
    """Canceled, then paid: unapplied, to be given back, and no store credit."""
    payment = shop.view(top_up(shop, jo))
    assert cancel_payment(payment.id, cause=REQUEST).status == "canceled"
    shop.hears(shop.psp.captured(payment.psp_session_id))

    assert wallet(db) == []
    assert stands(db) == {"psp_balance": 3000, "unapplied": -3000}


def test_another_amount_is_reviewed(db, shop, jo):
    """3.100 came: approved, 3.000 become store credit, 0.100 are to be given back."""
    payment = shop.view(top_up(shop, jo))
    shop.hears(shop.psp.captured(payment.psp_session_id, amount=Money(3100, KWD)))
    assert shop.view(payment.id).status == "in_review"
    with atomic() as session:
        approve_review(session, payment.id, reason="fine", cause=Cause("person", "usr_x"))

    assert stands(db) == {"customer_wallet": -3000, "psp_balance": 3100, "unapplied": -100}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": Money(1001, KWD)}, AmountStep),
        ({"amount": Money(10, "EUR")}, AmountTooSmall),
        ({"return_url": "https://evil.example/"}, ReturnUrlNotAllowed),
    ],
)
def test_what_the_psp_or_the_storefront_would_not_have(db, shop, jo, changes, error):
    """Refused before anything is written."""
    with pytest.raises(error):
        top_up(shop, jo, **changes)

    assert db.value("SELECT count(*) FROM payments") == 0


def test_nobodys_wallet(db, shop):
    """An unknown customer is not there."""
    with pytest.raises(NotFound):
        top_up(shop, new_uuid())
