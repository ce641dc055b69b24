"""`flask refunds` and `flask payments refund`: money back from the command line."""

from __future__ import annotations

import json

import pytest

from tests.refunds.conftest import desk, psp, shop

__all__ = ["desk", "psp", "shop"]


@pytest.fixture
def command(desk, flask_command):
    """What a command prints as JSON."""

    def run(*words: str, code: int = 0):
        result = flask_command(*words, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if code == 0 else result.output

    return run


def test_a_refund_is_made_shown_and_listed(desk, command):
    """5.00 of a payment, then the rest of one order; both in the list, newest first."""
    payment = desk.paid(1500, 990)
    part = command("payments", "refund", payment.public_id, "--amount", "500")
    order = payment.orders[0].public_id
    rest = command("refunds", "create", "--order", order, "--destination", "wallet", "--return-logistics")
    assert (part["amount"], part["status"], rest["status"], rest["to_card"]) == (
        500,
        "requested",
        "succeeded",
        0,
    )
    assert command("refunds", "show", rest["id"]) == rest
    listed = command("refunds", "list", "--payment", payment.public_id)["items"]
    assert [each["id"] for each in listed] == [rest["id"], part["id"]]


def test_refusals_end_with_their_codes(desk, command):
    """More than is left is 5, nobody's payment 3, neither payment nor order 2."""
    payment = desk.paid(1500)
    command("payments", "refund", payment.public_id, "--amount", "1501", code=5)
    command("refunds", "create", "--payment", "pay_x", code=3)
    command("refunds", "show", "nothing", code=3)
    command("refunds", "create", code=2)
