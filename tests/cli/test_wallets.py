"""`flask wallets`, as finance uses it."""

import json
from datetime import timedelta

from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.core.money import Money
from tests.payments.conftest import psp, shop
from tests.wallets.conftest import customer, put_in

__all__ = ["psp", "shop"]


def credit(run, jo: str, *more: str, amount: str = "490"):
    ends = (utcnow() + timedelta(days=30)).isoformat()
    return run(
        "wallets",
        "credit",
        jo,
        "--amount",
        amount,
        "--currency",
        "JPY",
        "--expires-at",
        ends,
        "--reason",
        "late",
        *more,
    )


def test_credit_and_show(flask_command, db, shop):
    """490 JPY given, beside 3.000 KWD that were paid in; by id and by address."""
    id = customer(db, shop.storefront_id, "jo@example.org")
    put_in(id, Money(3000, "KWD"))
    jo = encode("cus", id)

    made = json.loads(credit(flask_command, jo, "--json").stdout)
    shown = json.loads(flask_command("wallets", "show", "JO@example.org", "--json").stdout)
    plain = flask_command("wallets", "show", jo)

    assert made["credit"].startswith("wcr_")
    assert [(x["currency"], x["free"], x["promotional"]) for x in shown["items"]] == [
        ("JPY", 490, 490),
        ("KWD", 3000, 0),
    ]
    assert "3.000 KWD" in plain.stdout


def test_much_is_proposed(flask_command, db, shop):
    """10 001 JPY: an approval, and nothing given yet."""
    jo = encode("cus", customer(db, shop.storefront_id, "jo@example.org"))

    assert json.loads(credit(flask_command, jo, "--json", amount="10001").stdout)["approval"].startswith(
        "apr_"
    )
    assert db.value("SELECT count(*) FROM wallet_credits") == 0


def test_what_does_not_go(flask_command, db, shop):
    """3 for nobody; 2 for a time without its offset."""
    jo = encode("cus", customer(db, shop.storefront_id, "jo@example.org"))
    wrong = ("--amount", "1", "--currency", "EUR", "--expires-at", "2027-01-01", "--reason", "x")

    assert flask_command("wallets", "show", "cus_x").exit_code == 3
    assert flask_command("wallets", "show", "nobody@example.org").exit_code == 3
    assert flask_command("wallets", "credit", jo, *wrong).exit_code == 2
