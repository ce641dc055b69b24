"""Many at once on one wallet: it gives what it has and no more, whoever comes first; and the books hold."""

from __future__ import annotations

import threading
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.payments.answer import Answer
from checkout.payments.errors import AmountTooSmall
from checkout.wallets import statements
from checkout.wallets.errors import WalletTooSmall
from checkout.wallets.expire import expire_in
from tests.concurrency import at_once
from tests.wallets.conftest import granted, put_in, stands, wallet

CAUSE = Cause("system", "test")


def twenty_checkouts(shop) -> list[object]:
    """Each of 24.90 EUR, 10.00 of it from the wallet."""
    commands = [shop.command(wallet_amount=Money(1000, "EUR"), metadata={"n": str(n)}) for n in range(20)]
    return at_once(*[lambda c=c: shop.start(c) for c in commands])


def test_twenty_checkouts_on_a_wallet_that_covers_three(db, shop, jo):
    """Three hold 10.00 each of the 35.00, seventeen are told that it is too small, whoever is first."""
    put_in(jo, Money(2000, "EUR"))
    granted(jo, Money(1500, "EUR"))

    outcomes = twenty_checkouts(shop)

    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, WalletTooSmall) for outcome in outcomes) == 17
    assert wallet(db) == [("EUR", 500, 3000, 0)]
    assert stands(db)["customer_wallet_held"] == -3000


def test_without_the_guard_the_wallet_is_overdrawn(db, shop, jo, monkeypatch):
    """Control: no lock, no guard, no CHECK and no look of the ledger's at its sides: all twenty hold 10.00 of 35.00."""
    put_in(jo, Money(3500, "EUR"))
    monkeypatch.setattr(statements, "LOCK", statements.LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(statements, "TAKE", statements.TAKE.replace("AND free_minor >= %(amount)s", ""))
    db.rows("""
        ALTER TABLE wallets DROP CONSTRAINT wallet_free_not_negative, DROP CONSTRAINT wallet_promotional_within_free;
        ALTER TABLE postings DISABLE TRIGGER postings_are_sound
    """)
    try:
        outcomes = twenty_checkouts(shop)

        assert all(isinstance(outcome, Answer) for outcome in outcomes)
        assert wallet(db) == [("EUR", -16500, 20000, 0)]
    finally:
        db.rows("""
            UPDATE wallets SET free_minor = 0;
            ALTER TABLE postings ENABLE TRIGGER postings_are_sound;
            ALTER TABLE wallets ADD CONSTRAINT wallet_free_not_negative CHECK (free_minor >= 0),
                ADD CONSTRAINT wallet_promotional_within_free CHECK (promotional_minor BETWEEN 0 AND free_minor)
        """)


def expire(customer, at):
    with atomic() as session:
        execute(session, statements.LOCK, shopper_id=customer, currency="EUR")
        expire_in(session, [(customer, "EUR")], cause=CAUSE, now=at)


def test_a_checkout_beside_the_end_of_a_promotion_and_a_refund(db, shop, jo):
    """10.00 promotional that ends now, 5.00 that comes in, a checkout that wants 12.00: whichever order they take, the
    wallet is never below zero, and what the checkout holds does not expire under it."""
    granted(jo, Money(1000, "EUR"), days=1)
    put_in(jo, Money(500, "EUR"))
    later = utcnow() + timedelta(days=2)

    outcomes = at_once(
        lambda: retrying(lambda: expire(jo, later)),
        lambda: retrying(lambda: put_in(jo, Money(500, "EUR"))),
        lambda: shop.start(shop.command(wallet_amount=Money(1200, "EUR"))),
    )

    assert outcomes[:2] == [None, None]
    held = isinstance(outcomes[2], Answer)
    assert held or isinstance(outcomes[2], WalletTooSmall)
    assert wallet(db) == [("EUR", 800, 1200, 0) if held else ("EUR", 1000, 0, 0)]
    stands(db)


def test_a_capture_beside_the_end_of_its_payment(db, shop, jo):
    """The hold is used up or given back, never both."""
    put_in(jo, Money(490, "EUR"))
    payment = shop.view(shop.start(shop.command(wallet_amount=Money(490, "EUR"))))
    ended = shop.psp.becomes(payment.psp_session_id, "expired")
    news = shop.psp.news(payment.psp_session_id, "ended")
    together = threading.Barrier(2)

    def hear(*args, event):
        together.wait(timeout=25)
        return shop.hears(*args, event=event)

    captured = shop.psp.captured(payment.psp_session_id)
    at_once(lambda: hear(news, ended, event="evt_1"), lambda: hear(captured, event="evt_2"))

    status = shop.view(payment.id).status
    assert (status, wallet(db)) in [
        ("succeeded", [("EUR", 0, 0, 0)]),
        ("expired", [("EUR", 490, 0, 0)]),
    ]
    stands(db)


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "grant", "checkout", "pay", "end", "expire"]), st.integers(1, 2490)),
    min_size=1,
    max_size=12,
)


def test_never_below_zero(db, shop, jo):
    """Whatever is put in, granted, held, paid, ended and expired in whatever order: every counter is what the ledger
    says, and none is negative."""

    @settings(max_examples=15, deadline=None)
    @given(STEPS)
    def holds(steps):
        open_payments = []
        for what, amount in steps:
            money = Money(amount, "JPY")
            if what == "put":
                put_in(jo, money)
            elif what == "grant":
                granted(jo, money, days=amount)
            elif what == "checkout":
                try:
                    answer = shop.start(shop.command(currency="JPY", wallet_amount=money))
                except (WalletTooSmall, AmountTooSmall):
                    continue
                if (view := shop.view(answer)).status != "succeeded":
                    open_payments.append(view)
            elif what == "expire":
                with atomic() as session:
                    execute(session, statements.LOCK, shopper_id=jo, currency="JPY")
                    expire_in(session, [(jo, "JPY")], cause=CAUSE, now=utcnow() + timedelta(days=amount))
            elif open_payments:
                payment = open_payments.pop(amount % len(open_payments))
                session_id = payment.psp_session_id
                if what == "pay":
                    shop.hears(shop.psp.captured(session_id))
                else:
                    shop.hears(shop.psp.news(session_id, "ended"), shop.psp.becomes(session_id, "expired"))
        stands(db)

    holds()
