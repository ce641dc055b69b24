"""Paying with store credit: held at checkout, used up by the capture, free again when the payment ends without money."""

from __future__ import annotations

import json

import pytest

from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.payments.errors import AmountStep, AmountTooSmall
from checkout.payments.review import approve_review, reject_review
from checkout.wallets.errors import WalletTooSmall
from tests.payments.conftest import events, history, ledger
from tests.wallets.conftest import granted, put_in, stands, wallet

EUR, JPY, KWD = "EUR", "JPY", "KWD"


def parts(db) -> list[tuple[int, int]]:
    """Card part and wallet part of each order."""
    rows = db.rows("SELECT card_part_minor, wallet_part_minor FROM orders ORDER BY position")
    return [(row["card_part_minor"], row["wallet_part_minor"]) for row in rows]


def test_s5_dinars_from_card_and_wallet(db, shop, jo):
    """12.345 KWD: 2.345 of 3.000 from the wallet, 10.000 by card, over 7.000 and 5.345; the wallet's part splits
    1.330 and 1.015."""
    put_in(jo, Money(3000, KWD))
    command = shop.command((7000, 5345), KWD, wallet_amount=Money(2345, KWD))
    payment = shop.view(shop.start(command))

    assert shop.psp.sessions[payment.psp_session_id].amount == Money(10000, KWD)
    assert wallet(db) == [(KWD, 655, 2345, 0)]
    shop.hears(shop.psp.captured(payment.psp_session_id))

    assert parts(db) == [(5670, 1330), (4330, 1015)]
    assert ledger(db)[2:] == [
        ("wallet_held", "customer_wallet", KWD, 2345),
        ("wallet_held", "customer_wallet_held", KWD, -2345),
        ("payment_captured", "psp_balance", KWD, 10000),
        ("payment_captured", "customer_wallet_held", KWD, 2345),
        ("payment_captured", "seller_pending", KWD, -7000),
        ("payment_captured", "seller_pending", KWD, -5345),
    ]
    assert shop.view(payment.id).amount_received == Money(12345, KWD)
    assert wallet(db) == [(KWD, 655, 0, 0)]
    assert stands(db) == {"customer_wallet": -655, "psp_balance": 13000, "seller_pending": -12345}


def test_s9_paid_after_the_cancel(db, shop, jo):
    """2 490 JPY, 490 of it store credit: canceled, so the credit is free; the card's 2 000 that come late are nobody's."""
    granted(jo, Money(490, JPY))
    payment = shop.view(shop.start(shop.command((1500, 990), JPY, wallet_amount=Money(490, JPY))))
    shop.hears(
        shop.psp.news(payment.psp_session_id, "ended"), shop.psp.becomes(payment.psp_session_id, "canceled")
    )

    assert wallet(db) == [(JPY, 490, 0, 490)]
    shop.hears(shop.psp.captured(payment.psp_session_id), event="evt_2")

    view = shop.view(payment.id)
    assert (view.status, view.late_capture, view.amount_received) == ("canceled", True, Money(2000, JPY))
    assert ledger(db) == [
        ("wallet_credited", "promotions", JPY, 490),
        ("wallet_credited", "customer_wallet", JPY, -490),
        ("wallet_held", "customer_wallet", JPY, 490),
        ("wallet_held", "customer_wallet_held", JPY, -490),
        ("wallet_hold_released", "customer_wallet_held", JPY, 490),
        ("wallet_hold_released", "customer_wallet", JPY, -490),
        ("payment_unapplied", "psp_balance", JPY, 2000),
        ("payment_unapplied", "unapplied", JPY, -2000),
    ]
    assert stands(db) == {"customer_wallet": -490, "promotions": 490, "psp_balance": 2000, "unapplied": -2000}


@pytest.mark.parametrize(
    ("currency", "amounts", "from_wallet", "expected"),
    [
        (EUR, (1500, 990), 1000, [(898, 602), (592, 398)]),
        (JPY, (1000, 1000, 1000), 1000, [(666, 334), (667, 333), (667, 333)]),
        (KWD, (7005, 5340), 5, [(7002, 3), (5338, 2)]),
    ],
)
def test_the_parts_add_up(db, shop, jo, currency, amounts, from_wallet, expected):
    """By largest remainder, in two, no and three decimals."""
    put_in(jo, Money(from_wallet, currency))
    payment = shop.view(
        shop.start(shop.command(amounts, currency, wallet_amount=Money(from_wallet, currency)))
    )
    shop.hears(shop.psp.captured(payment.psp_session_id))

    assert parts(db) == expected
    stands(db)


def test_wholly_from_the_wallet(db, shop, jo):
    """24.90 EUR of 30.00: succeeded in the answer, and the PSP never hears of it."""
    put_in(jo, Money(3000, EUR))
    answer = shop.start(shop.command(wallet_amount=Money(2490, EUR)))

    view = shop.view(answer)
    assert (answer.status, view.status, view.method, view.hosted_url) == (201, "succeeded", "wallet", None)
    assert view.amount_received == Money(2490, EUR)
    assert shop.psp.calls == []
    assert history(db, view.id) == ["created", "succeeded"]
    assert events(db) == ["payment.created", "order.paid", "order.paid", "payment.succeeded"]
    assert parts(db) == [(0, 1500), (0, 990)]
    assert db.rows("SELECT status FROM tasks WHERE kind = 'payments.resume'") == [{"status": "done"}]
    assert stands(db) == {"customer_wallet": -510, "psp_balance": 3000, "seller_pending": -2490}


def test_wholly_from_the_wallet_while_the_psp_is_down(shop, jo):
    """Nobody asks it: its breaker does not matter."""
    put_in(jo, Money(2490, EUR))
    shop.psp.open_circuit = True

    assert shop.view(shop.start(shop.command(wallet_amount=Money(2490, EUR)))).status == "succeeded"


def test_wholly_from_the_wallet_twice_with_one_key(db, shop, jo):
    """The same bytes, and the wallet pays once."""
    put_in(jo, Money(5000, EUR))
    command = shop.command(wallet_amount=Money(2490, EUR))
    first, again = shop.start(command, key="k"), shop.start(command, key="k")

    assert (again.body, again.status, first.replayed, again.replayed) == (first.body, 201, False, True)
    assert wallet(db) == [(EUR, 2510, 0, 0)]
    stands(db)


@pytest.mark.parametrize("have", [None, 999])
def test_too_little_store_credit(db, shop, jo, have):
    """422 at the field, whether there is none or not enough; nothing is written, and the key may be used again."""
    if have:
        put_in(jo, Money(have, EUR))
    with pytest.raises(WalletTooSmall) as refused:
        shop.start(shop.command(wallet_amount=Money(1000, EUR)), key="k")

    assert [each.pointer for each in refused.value.pointers] == ["/wallet_amount"]
    assert "999" not in str(refused.value)
    assert db.value("SELECT count(*) FROM payments WHERE wallet_amount_minor > 0") == 0
    assert shop.start(shop.command(), key="k").status == 201
    stands(db)


@pytest.mark.parametrize(
    ("amounts", "currency", "from_wallet", "error"),
    [
        ((2490,), EUR, 2491, InvalidParameter),
        ((2490,), EUR, 0, InvalidParameter),
        ((2490,), EUR, 2450, AmountTooSmall),
        ((12345,), KWD, 2344, AmountStep),
    ],
)
def test_what_is_left_for_the_card_must_be_chargeable(shop, amounts, currency, from_wallet, error):
    """Beyond the amount; nothing; a rest of 0.40 EUR; a rest of 10.001 KWD."""
    with pytest.raises(error) as refused:
        shop.start(shop.command(amounts, currency, wallet_amount=Money(from_wallet, currency)))

    assert refused.value.pointers[0].pointer == "/wallet_amount"


@pytest.mark.parametrize("end", ["expired", "failed", "canceled"])
def test_an_end_without_money_gives_the_credit_back(db, shop, jo, end):
    """Free again, and promotional credit is promotional again."""
    put_in(jo, Money(500, EUR))
    granted(jo, Money(300, EUR))
    payment = shop.view(shop.start(shop.command(wallet_amount=Money(700, EUR))))
    assert wallet(db) == [(EUR, 100, 700, 0)]

    shop.hears(shop.psp.news(payment.psp_session_id, "ended"), shop.psp.becomes(payment.psp_session_id, end))

    assert shop.view(payment.id).status == end
    assert wallet(db) == [(EUR, 800, 0, 300)]
    stands(db)


def in_review(shop, jo) -> object:
    """24.90 with 4.90 store credit; the PSP took 21.00 where 20.00 were asked for."""
    put_in(jo, Money(490, EUR))
    payment = shop.view(shop.start(shop.command(wallet_amount=Money(490, EUR))))
    shop.hears(shop.psp.captured(payment.psp_session_id, amount=Money(2100, EUR)))
    assert shop.view(payment.id).status == "in_review"
    return payment.id


def test_an_approved_review_uses_the_hold(db, shop, jo):
    """20.00 of the 21.00 and the 4.90 pay the orders; 1.00 is left to give back."""
    payment_id = in_review(shop, jo)
    assert wallet(db) == [(EUR, 0, 490, 0)]
    with atomic() as session:
        approve_review(session, payment_id, reason="fine", cause=Cause("person", "usr_x"))

    assert shop.view(payment_id).amount_received == Money(2590, EUR)
    assert stands(db) == {"psp_balance": 2590, "seller_pending": -2490, "unapplied": -100}


def test_a_rejected_review_releases_the_hold(db, shop, jo):
    """The 4.90 are free; the 21.00 are to be given back."""
    payment_id = in_review(shop, jo)
    with atomic() as session:
        reject_review(session, payment_id, reason="no", cause=Cause("person", "usr_x"))

    assert wallet(db) == [(EUR, 490, 0, 0)]
    assert stands(db) == {"customer_wallet": -490, "psp_balance": 2590, "unapplied": -2100}


def test_the_same_success_twice(db, shop, jo):
    """Two deliveries of one capture use the hold up once."""
    put_in(jo, Money(490, EUR))
    payment = shop.view(shop.start(shop.command(wallet_amount=Money(490, EUR))))
    news = shop.psp.captured(payment.psp_session_id)
    shop.hears(news)
    shop.hears(news, event="evt_2")

    assert json.loads(shop.render.payment(shop.view(payment.id), status=200).body)["status"] == "succeeded"
    assert wallet(db) == [(EUR, 0, 0, 0)]
    stands(db)
