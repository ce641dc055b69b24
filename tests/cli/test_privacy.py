"""`flask privacy`, as an administrator uses it."""

import json

from tests.payments.conftest import psp, shop

__all__ = ["psp", "shop"]


def test_export_then_a_refused_then_a_done_erasure(flask_command, db, shop):
    """5 with the reason while a payment is open, 0 once it has ended, 3 when nobody is left."""
    payment = shop.started()

    shown = json.loads(flask_command("privacy", "export", "jo@example.org", "--json").stdout)
    refused = flask_command("privacy", "erase", "jo@example.org", "--reason", "asked")
    db.rows("UPDATE payments SET status = 'expired'")
    done = flask_command("privacy", "erase", "jo@example.org", "--reason", "asked", "--json")
    gone = flask_command("privacy", "export", "jo@example.org")

    assert shown["shoppers"][0]["payments"][0]["id"] == payment.public_id
    assert (refused.exit_code, "is awaiting shopper" in refused.stderr) == (5, True)
    assert (done.exit_code, json.loads(done.stdout)["payments"]) == (0, 1)
    assert gone.exit_code == 3
