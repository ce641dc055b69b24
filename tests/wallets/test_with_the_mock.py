"""Store credit through the real adapter and the mock PSP: what is really charged is the card's part."""

from __future__ import annotations

import pytest

from checkout.core.money import Money
from checkout.mockpsp.server import running_mock
from checkout.payments import refresh_payment
from checkout.psp import registry
from tests.payments.conftest import REQUEST, Shop
from tests.payments.mock_shop import MockControl, adapter_at
from tests.wallets.conftest import put_in, stands, wallet
from tests.wallets.test_top_up import top_up


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    with running_mock(tmp_path_factory.mktemp("mock") / "mock.sqlite3") as running:
        yield MockControl(running.base)


@pytest.fixture
def real(shop, mock):
    """The shop, its payments registered at the mock."""
    registry.use(adapter_at(mock.base))
    return Shop(shop.storefront_id, shop.ada, shop.bao, registry.current())


def test_a_top_up_then_a_checkout_with_it(db, real, jo, mock):
    """3.000 KWD in; 2.345 of 12.345 from it: the PSP charges 10.000, and the books have both."""
    filled = real.view(top_up(real, jo))
    mock.pay(filled.psp_session_id)
    assert refresh_payment(filled.id, cause=REQUEST).status == "succeeded"

    payment = real.view(real.start(real.command((7000, 5345), "KWD", wallet_amount=Money(2345, "KWD"))))
    mock.pay(payment.psp_session_id)
    assert refresh_payment(payment.id, cause=REQUEST).status == "succeeded"

    assert [charge["amount"] for charge in mock.charges_of(payment.public_id)] == [10000]
    assert wallet(db) == [("KWD", 655, 0, 0)]
    assert stands(db) == {"customer_wallet": -655, "psp_balance": 13000, "seller_pending": -12345}


def test_the_wallet_pays_it_all(real, jo, mock):
    """The mock has never heard of it."""
    put_in(jo, Money(2490, "EUR"))
    payment = real.view(real.start(real.command(wallet_amount=Money(2490, "EUR"))))

    assert payment.status == "succeeded"
    assert mock.sessions_of(payment.public_id) == []
