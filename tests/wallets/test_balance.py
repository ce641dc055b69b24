"""The counters of a wallet: they take what comes, and give no more than there is."""

from __future__ import annotations

import pytest

from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.wallets.balance import credit, debit
from checkout.wallets.errors import WalletTooSmall


def test_credit_and_debit(db, shop):
    """3.000 KWD in, 2.345 out, and no more than the 0.655 that is left."""
    customer = shop.started().shopper_id
    with atomic() as session:
        credit(session, shopper_id=customer, amount=Money(3000, "KWD"), now=utcnow())
        debit(session, shopper_id=customer, amount=Money(2345, "KWD"), now=utcnow())
    with pytest.raises(WalletTooSmall), atomic() as session:
        debit(session, shopper_id=customer, amount=Money(656, "KWD"), now=utcnow())

    assert db.rows("SELECT currency, free_minor, held_minor FROM wallets") == [
        {"currency": "KWD", "free_minor": 655, "held_minor": 0}
    ]


def test_a_debit_of_nothing_is_refused(shop):
    """No wallet, another currency: the same as too little."""
    customer = shop.started().shopper_id
    with atomic() as session:
        credit(session, shopper_id=customer, amount=Money(500, "JPY"), now=utcnow())
    with pytest.raises(WalletTooSmall), atomic() as session:
        debit(session, shopper_id=customer, amount=Money(1, "EUR"), now=utcnow())
