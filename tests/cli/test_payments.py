"""`flask payments` and `flask sellers`: what scripts rely on."""

from __future__ import annotations

import json

from checkout.core.ids import new
from checkout.core.money import Money
from tests.payments.conftest import psp, shop

__all__ = ["psp", "shop"]


def test_a_payment_is_listed_shown_and_told(flask_command, shop):
    """As JSON and as text."""
    view = shop.paid()

    listed = json.loads(flask_command("payments", "list", "--status", "succeeded", "--json").stdout)
    shown = json.loads(flask_command("payments", "get", view.public_id, "--json").stdout)
    story = json.loads(flask_command("payments", "timeline", view.public_id, "--json").stdout)

    assert [(item["id"], item["amount"], item["currency"]) for item in listed["items"]] == [
        (view.public_id, 2490, "EUR")
    ]
    assert "24.90 EUR" in flask_command("payments", "list").stdout
    assert (shown["status"], shown["amount_received"], shown["orders"][0]["seller_amount"]) == (
        "succeeded",
        2490,
        1050,
    )
    assert story["items"][0]["name"] == "created"
    assert "succeeded" in flask_command("payments", "timeline", view.public_id).stdout
    assert "jo@example.org" not in flask_command("payments", "get", view.public_id).stdout


def test_a_review_is_approved_with_a_reason(flask_command, shop):
    """Exit 0; a second time is a conflict, exit 5; without a reason wrong usage, exit 2."""
    payment = shop.started()
    shop.hears(shop.psp.captured(payment.psp_session_id, amount=Money(2500, "EUR")))

    without = flask_command("payments", "review", "approve", payment.public_id)
    done = flask_command("payments", "review", "approve", payment.public_id, "--reason", "ok", "--json")
    again = flask_command("payments", "review", "reject", payment.public_id, "--reason", "ok")

    assert (without.exit_code, done.exit_code, again.exit_code) == (2, 0, 5)
    assert json.loads(done.stdout)["status"] == "succeeded"


def test_a_payment_nobody_knows_is_exit_3(flask_command, db):
    """Unknown and malformed alike."""
    for text in (new("pay"), "pay_nonsense", "x"):
        assert flask_command("payments", "get", text).exit_code == 3


def test_cancel_and_refresh_ask_the_psp(flask_command, shop):
    """The page is closed; refreshing shows it."""
    payment = shop.started()

    canceled = flask_command("payments", "cancel", payment.public_id, "--json")
    refreshed = flask_command("payments", "refresh", payment.public_id, "--json")

    assert json.loads(canceled.stdout)["status"] == json.loads(refreshed.stdout)["status"] == "canceled"


def test_a_seller_is_taken_on_and_gets_a_plan(flask_command, db):
    """10 %, then 2 % with a minimum of 0.750 in KWD."""
    made = flask_command(
        "sellers", "create", "--name", "Ada", "--commission-bps", "1000", "--hold-days", "0", "--json"
    )
    seller = json.loads(made.stdout)["id"]

    plan = flask_command(
        "sellers",
        "plan",
        seller,
        "--commission-bps",
        "200",
        "--currency",
        "KWD",
        "--minimum",
        "750",
        "--json",
    )

    plans = {each["currency"]: each["commission_minimum"] for each in json.loads(plan.stdout)["fee_plans"]}
    assert plans == {None: 0, "KWD": 750}
    assert json.loads(flask_command("sellers", "list", "--json").stdout)["items"][0]["name"] == "Ada"
    assert flask_command("sellers", "get", new("sel")).exit_code == 3
    wrong = flask_command("sellers", "plan", seller, "--commission-bps", "200", "--minimum", "750")
    assert wrong.exit_code == 2
