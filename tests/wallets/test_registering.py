"""The PSP is asked for the card's part, first or again; where it will not have it, the store credit is free again."""

from __future__ import annotations

import json

import pytest

from checkout.core import clock
from checkout.core.money import Money
from checkout.payments.cancel import cancel_payment
from checkout.payments.errors import PspUnavailable
from checkout.payments.resume import resume_payment
from checkout.psp import InvalidRequest
from tests.concurrency import at_once
from tests.payments.conftest import REQUEST
from tests.payments.fake_psp import lost_answer, lost_request
from tests.wallets.conftest import put_in, stands, wallet


@pytest.fixture
def command(shop, jo):
    """24.90 EUR, 4.90 of them from a wallet of 10.00."""
    put_in(jo, Money(1000, "EUR"))
    return shop.command(wallet_amount=Money(490, "EUR"))


@pytest.mark.parametrize("lost", [lost_request, lost_answer])
def test_the_same_request_again_asks_for_the_same_amount(db, shop, command, lost):
    """The answer is lost; the task sends it again: 20.00, one page, and the hold stands."""
    shop.psp.faults = [lost()]
    with pytest.raises(PspUnavailable):
        shop.start(command, key="k")
    id = db.value("SELECT id FROM payments")
    assert resume_payment(id, psp=shop.psp, render=shop.render, cause=REQUEST) is None

    view = shop.view(id)
    assert shop.psp.sessions[view.psp_session_id].amount == Money(2000, "EUR")
    assert [wire["line0"] for wire in shop.psp.wires] == ["1 Your order, less store credit 20.00 EUR"] * 2
    assert (view.status, len(shop.psp.sessions), wallet(db)) == (
        "awaiting_shopper",
        1,
        [("EUR", 510, 490, 0)],
    )
    assert shop.start(command, key="k").replayed


def test_what_the_psp_refuses_holds_nothing(db, shop, command):
    """424, failed, and the 4.90 are free."""
    shop.psp.faults = [("before", InvalidRequest("no", psp_code="parameter_invalid"))]
    answer = shop.start(command)

    assert json.loads(answer.body)["code"] == "psp_rejected"
    assert wallet(db) == [("EUR", 1000, 0, 0)]
    stands(db)


def test_what_the_psp_never_heard_of_holds_nothing(db, shop, command):
    """Past the key's window it is looked up twice and found nowhere: failed, and the 4.90 are free."""
    shop.psp.faults = [lost_request()]
    with pytest.raises(PspUnavailable):
        shop.start(command)
    id = db.value("SELECT id FROM payments")
    clock.configure(offset_seconds=25 * 3_600)
    assert resume_payment(id, psp=shop.psp, render=shop.render, cause=REQUEST)
    clock.configure(offset_seconds=26 * 3_600)
    assert resume_payment(id, psp=shop.psp, render=shop.render, cause=REQUEST) is None

    assert (shop.view(id).status, wallet(db)) == ("failed", [("EUR", 1000, 0, 0)])
    stands(db)


def test_calling_it_off_gives_the_credit_back(db, shop, command):
    """The PSP's page is closed first; then the 4.90 are free."""
    payment = shop.view(shop.start(command))
    assert cancel_payment(payment.id, cause=REQUEST).status == "canceled"

    assert wallet(db) == [("EUR", 1000, 0, 0)]
    stands(db)


def test_ten_clicks_with_one_key_hold_once(db, shop, command):
    """And so do ten with one key on a payment that the wallet pays wholly."""
    whole = shop.command((510,), wallet_amount=Money(510, "EUR"))
    at_once(*[lambda: shop.start(command, key="k-1") for _ in range(10)])
    at_once(*[lambda: shop.start(whole, key="k-2") for _ in range(10)])

    assert db.value("SELECT count(*) FROM payments") == 2
    assert wallet(db) == [("EUR", 0, 490, 0)]
    stands(db)
