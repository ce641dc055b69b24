"""`flask sellers` and the demo's sellers: onboarding is asked for once, bank accounts are set without being shown."""

from __future__ import annotations

import json

from checkout.sellers.queries import list_sellers

NUMBER = "DE89370400440532013000"


def test_the_demos_sellers_are_onboarded_once(flask_command, db):
    """Two seeds, one request each, with an address that the mock takes for a yes."""
    flask_command("demo", "seed")
    flask_command("demo", "seed")

    assert db.value("SELECT count(*) FROM connected_accounts") == 2
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'sellers.open_account'") == 2


def test_a_payout_account_is_set_and_masked(flask_command, db):
    """The number is given once and never printed."""
    flask_command("sellers", "create", "--name", "Ada", "--commission-bps", "1000", "--country", "DE")
    (ada,) = list_sellers(limit=1)
    options = ["--currency", "EUR", "--country", "DE", "--holder", "Ada", "--number", NUMBER, "--json"]

    answer = flask_command("sellers", "payout-account", ada.public_id, *options)

    assert answer.exit_code == 0
    assert NUMBER not in answer.output
    (shown,) = json.loads(answer.output)["payout_accounts"]
    assert (shown["account"], shown["status"]) == ("•••• 3000", "pending")


def test_onboarding_without_the_psp_says_so_and_keeps_the_request(flask_command, db):
    """The task goes on with it."""
    flask_command("sellers", "create", "--name", "Ada", "--commission-bps", "1000", "--country", "DE")
    (ada,) = list_sellers(limit=1)

    answer = flask_command("sellers", "onboard", ada.public_id, "--return-url", "https://shop.example/")

    assert answer.exit_code == 1
    assert db.value("SELECT status FROM tasks WHERE kind = 'sellers.open_account'") == "ready"
