"""What the proof of the ledger says of wallets that were tampered with."""

from __future__ import annotations

import pytest

from checkout.core.money import Money
from checkout.ledger.verify import verify_ledger
from tests.ledger.test_verify import tamper
from tests.wallets.conftest import granted, jo, psp, put_in, shop

__all__ = ["jo", "psp", "shop"]


@pytest.fixture
def wallets(db, shop, jo):
    """20.00 paid in, 5.00 granted, 4.90 held by one checkout, 3.00 used by another, 1.00 given back by a third."""
    put_in(jo, Money(2000, "EUR"))
    granted(jo, Money(500, "EUR"))
    ways = {490: None, 300: "succeeded", 100: "expired"}
    for amount, end in ways.items():
        payment = shop.view(
            shop.start(shop.command(wallet_amount=Money(amount, "EUR"), metadata={"n": str(amount)}))
        )
        if end == "succeeded":
            shop.hears(shop.psp.captured(payment.psp_session_id), event=f"evt_{amount}")
        elif end:
            news = shop.psp.news(payment.psp_session_id, "ended")
            shop.hears(news, shop.psp.becomes(payment.psp_session_id, end), event=f"evt_{amount}")
    report = verify_ledger()
    assert (report.holds, report.wallets) == (True, 1), report.differences
    return db


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE wallets SET free_minor = free_minor + 1", {"wallet_free_differs"}),
        ("UPDATE wallets SET held_minor = held_minor - 1", {"wallet_held_differs", "wallet_parts_differ"}),
        ("UPDATE wallets SET promotional_minor = 11", {"wallet_parts_differ"}),
        (
            "UPDATE wallet_holds SET released_at = now() WHERE amount_minor = 490",
            {"wallet_hold_differs", "wallet_parts_differ"},
        ),
        (
            "UPDATE wallet_holds SET captured_at = NULL WHERE amount_minor = 300",
            {"wallet_hold_differs", "wallet_parts_differ"},
        ),
        (
            "UPDATE payments SET wallet_amount_minor = 299 WHERE wallet_amount_minor = 300",
            {"wallet_hold_differs"},
        ),
        ("DELETE FROM wallets", {"wallet_missing"}),
    ],
)
def test_each_is_named(wallets, statement, codes):
    """The counter, the part, the hold, or the wallet that does not fit."""
    tamper(wallets, statement)

    assert {difference.code for difference in verify_ledger().differences} == codes
