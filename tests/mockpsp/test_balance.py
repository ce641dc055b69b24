"""The mock's balance: what was moved, what a conversion changes, and what a fault states beside it."""

from __future__ import annotations

import pytest


def amounts(client):
    """Available, by currency."""
    found = client.v1.balance.retrieve()
    return {part.currency: part.amount for part in found.available if part.amount}


@pytest.mark.parametrize(
    ("sold", "amount", "bought", "converted"), [("usd", 2_180, "eur", 2_000), ("eur", 1_000, "jpy", 1_610)]
)
def test_a_conversion_is_two_movements_of_one_name(client, control, sold, amount, bought, converted):
    """21.80 USD sold for 20.00 EUR: both movements name the conversion, in the category that reports have for it."""
    control("POST", "/topup", {"amount": amount, "currency": sold})
    answer = control(
        "POST", "/conversions", {"from": sold, "amount": amount, "to": bought, "converted": converted}
    )
    moved = [client.v1.balance_transactions.retrieve(id) for id in answer["balance_transactions"]]
    assert [(each.amount, each.currency) for each in moved] == [(-amount, sold), (converted, bought)]
    assert {each.reporting_category for each in moved} == {"currency_conversion"}
    assert len({each.source for each in moved}) == 1
    assert amounts(client) == {bought: converted}


def test_a_balance_stated_otherwise_is_planted_and_ends(client, control):
    """5.00 EUR more than was moved, then what was moved; no movement tells of it, and the journal has it as planted."""
    control("POST", "/topup", {"amount": 1_000, "currency": "eur"})
    control("POST", "/balance", {"currency": "EUR", "amount": 500})
    assert amounts(client) == {"eur": 1_500}
    assert len(client.v1.balance_transactions.list().data) == 1
    control("POST", "/balance", {"currency": "EUR", "amount": 0})
    assert amounts(client) == {"eur": 1_000}
    planted = [one for one in control("GET", "/journal")["entries"] if one["kind"] == "planted"]
    assert [(one["code"], one["amount"], one["currency"]) for one in planted] == [
        ("psp_balance_mismatch", 500, "eur")
    ]
