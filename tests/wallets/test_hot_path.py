"""A checkout that uses no store credit pays nothing for those that do."""

from __future__ import annotations

import pytest

from checkout.core.money import Money
from checkout.db import statement
from checkout.db.autocommit import Connections
from checkout.payments import start_statements
from tests.wallets.conftest import put_in


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """What is sent to the database."""
    sent: list[str] = []

    def seen(then):
        return lambda held, sql, parameters: sent.append(sql) or then(held, sql, parameters)

    monkeypatch.setattr(Connections, "run", seen(Connections.run))
    monkeypatch.setattr(statement, "send", seen(statement.send))
    return sent


def test_a_checkout_without_store_credit_sends_three_statements(shop, statements):
    """One reads, one writes, one answers; the keys that addresses are sealed with are known by the second checkout."""
    shop.start()
    statements.clear()
    shop.start()

    assert [sql for sql in statements if "storefront_origins" not in sql] == [
        start_statements.CREATE,
        start_statements.REGISTERED,
    ]
    assert len(statements) == 3


def test_its_capture_asks_for_no_wallet(shop, statements):
    """The payment's row says that nothing is held."""
    payment = shop.started()
    statements.clear()
    shop.hears(shop.psp.captured(payment.psp_session_id))

    assert statements
    assert not [sql for sql in statements if " wallets" in sql or "wallet_holds" in sql]


def test_one_with_store_credit_does(shop, jo, statements):
    """Control: the same look finds the wallet's statements."""
    put_in(jo, Money(490, "EUR"))
    shop.start(shop.command(wallet_amount=Money(490, "EUR")))

    assert [sql for sql in statements if "wallet_holds" in sql]
