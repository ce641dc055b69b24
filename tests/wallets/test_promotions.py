"""Promotional credit: spent first, what ends soonest before the rest; what nobody spent goes back in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.core import clock
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger.errors import ReversalRefused
from checkout.ledger.reverse import reverse_entry
from checkout.tasks import ClaimedTask
from checkout.wallets.balance import debit
from checkout.wallets.errors import WalletTooSmall
from checkout.wallets.expire import EXPIRE_DUE, expire_due
from checkout.wallets.grant import grant_credit
from tests.payments.conftest import ledger
from tests.wallets.conftest import FINANCE, granted, put_in, stands, wallet

DAY = timedelta(days=1)


def credits(db) -> list[tuple[int, int, int, int]]:
    """Of each credit, by its end: free, held, spent, expired."""
    rows = db.rows("SELECT * FROM wallet_credits ORDER BY expires_at")
    return [(r["free_minor"], r["held_minor"], r["spent_minor"], r["expired_minor"]) for r in rows]


def expire_all() -> None:
    """The periodic task."""
    task = ClaimedTask(new_uuid(), "default", EXPIRE_DUE, {}, 1, 8, 1)
    with atomic() as session:
        expire_due(session, task)


def test_what_ends_soonest_is_spent_first(db, shop, jo):
    """5.00 that stays, 3.00 until day 30, 2.00 until day 10: a checkout of 4.00 takes the 2.00, then 2.00 of the 3.00."""
    put_in(jo, Money(500, "EUR"))
    granted(jo, Money(300, "EUR"), days=30)
    granted(jo, Money(200, "EUR"), days=10)

    payment = shop.view(shop.start(shop.command(wallet_amount=Money(400, "EUR"))))
    assert credits(db) == [(0, 200, 0, 0), (100, 200, 0, 0)]
    shop.hears(shop.psp.captured(payment.psp_session_id))

    assert credits(db) == [(0, 0, 200, 0), (100, 0, 200, 0)]
    assert wallet(db) == [("EUR", 600, 0, 100)]
    stands(db)


def test_what_is_left_free_expires(db, shop, jo):
    """490 JPY granted, 100 spent, 390 go back to the platform on the day; nothing before it, nothing twice."""
    granted(jo, Money(490, "JPY"), days=10)
    payment = shop.view(shop.start(shop.command(currency="JPY", wallet_amount=Money(100, "JPY"))))
    shop.hears(shop.psp.captured(payment.psp_session_id))
    expire_all()
    assert wallet(db) == [("JPY", 390, 0, 390)]

    clock.configure(offset_seconds=11 * 86_400)
    expire_all()
    expire_all()

    assert credits(db) == [(0, 0, 100, 390)]
    assert wallet(db) == [("JPY", 0, 0, 0)]
    assert ledger(db)[-2:] == [
        ("wallet_credit_expired", "customer_wallet", "JPY", 390),
        ("wallet_credit_expired", "promotions", "JPY", -390),
    ]
    assert stands(db)["promotions"] == 100


def test_what_a_checkout_holds_expires_after_it(db, shop, jo):
    """3.00 are held when the 5.00 end: 2.00 go at once, the 3.00 when the checkout has ended."""
    granted(jo, Money(500, "EUR"), days=10)
    payment = shop.view(shop.start(shop.command(wallet_amount=Money(300, "EUR"))))
    clock.configure(offset_seconds=11 * 86_400)
    expire_all()
    assert (wallet(db), credits(db)) == ([("EUR", 0, 300, 0)], [(0, 300, 0, 200)])

    shop.hears(
        shop.psp.news(payment.psp_session_id, "ended"), shop.psp.becomes(payment.psp_session_id, "expired")
    )
    expire_all()

    assert (wallet(db), credits(db)) == ([("EUR", 0, 0, 0)], [(0, 0, 0, 500)])
    stands(db)


def test_ended_credit_is_not_spent_before_the_task_comes(db, shop, jo):
    """The checkout itself sees that it has ended."""
    granted(jo, Money(500, "EUR"), days=10)
    clock.configure(offset_seconds=11 * 86_400)

    with pytest.raises(WalletTooSmall):
        shop.start(shop.command(wallet_amount=Money(100, "EUR")))

    stands(db)


def test_promotional_credit_is_not_taken_back_as_paid_credit(db, shop, jo):
    """A debit reaches what was paid in, never what was granted."""
    granted(jo, Money(500, "EUR"))
    put_in(jo, Money(100, "EUR"))

    with pytest.raises(WalletTooSmall), atomic() as session:
        debit(session, shopper_id=jo, amount=Money(101, "EUR"), now=utcnow())


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": Money(0, "EUR")}, "/amount"),
        ({"amount": Money(100_000_000, "EUR")}, "/amount"),
        ({"expires_at": -DAY}, "/expires_at"),
        ({"expires_at": 4_000 * DAY}, "/expires_at"),
        ({"reason": " "}, "/reason"),
    ],
)
def test_a_grant_says_what_why_and_until_when(db, jo, changes, pointer):
    """Each field has its bounds."""
    wanted = {"amount": Money(100, "EUR"), "expires_at": DAY, "reason": "sorry"} | changes
    wanted["expires_at"] = utcnow() + wanted["expires_at"]

    with pytest.raises(InvalidParameter) as refused, atomic() as session:
        grant_credit(session, shopper_id=jo, cause=FINANCE, **wanted)

    assert refused.value.pointers[0].pointer == pointer


def test_a_grant_is_on_record(db, jo):
    """Who, to whom, how much, why."""
    granted(jo, Money(490, "JPY"))

    (row,) = db.rows("SELECT actor, reason, after FROM audit_log WHERE action = 'wallet.credit'")
    assert (row["actor"], row["reason"], row["after"]["amount"]) == ("person:usr_finance", "sorry", 490)


def test_a_grant_is_not_reversed_in_the_ledger_alone(db, jo):
    """Its wallet would still count it."""
    granted(jo, Money(490, "JPY"))
    entry = db.value("SELECT id FROM journal_entries WHERE kind = 'wallet_credited'")

    with pytest.raises(ReversalRefused) as refused, atomic() as session:
        reverse_entry(session, entry, cause=FINANCE)

    assert refused.value.reason == "follows_a_status"
