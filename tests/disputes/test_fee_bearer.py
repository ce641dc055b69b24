"""Who bears the fee of a seller's disputes, and the commands about disputes."""

from __future__ import annotations

import json

import pytest

from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.db.session import atomic
from checkout.disputes.fee_bearer import fee_bearer, set_fee_bearer
from tests.cli.conftest import flask_command, settings

__all__ = ["flask_command", "settings"]

CAUSE = Cause("person", "usr_test")


def decide(seller, bearer):
    with atomic() as session:
        set_fee_bearer(session, seller, bearer, cause=CAUSE)


def test_the_platform_bears_it_unless_somebody_decides_otherwise(bank):
    """The change stands in the audit log, once; a dispute that is open keeps what was so."""
    before = fee_bearer(bank.shop.ada)
    dispute = bank.told(bank.paid(1500), fee_minor=2000)
    decide(bank.shop.ada, "seller")
    decide(bank.shop.ada, "seller")
    bank.tells(bank.psp.decide(dispute.id, "lost"))

    assert (before, fee_bearer(bank.shop.ada)) == ("platform", "seller")
    rows = bank.db.rows("SELECT actor, before, after FROM audit_log WHERE action = 'seller.dispute_fee'")
    assert rows == [{"actor": str(CAUSE), "before": {"kind": "platform"}, "after": {"kind": "seller"}}]
    assert "seller_available:A" not in bank.balances()


def test_nobody_else_bears_it(bank):
    """Neither a third party nor an unknown seller."""
    with pytest.raises(InvalidParameter):
        decide(bank.shop.ada, "shopper")
    with pytest.raises(NotFound):
        decide(new_uuid(), "seller")


def test_the_commands_list_and_show(bank, flask_command):
    """As JSON for scripts, in words for people; an unknown dispute ends with 3."""
    dispute = bank.now(bank.told(bank.paid(1500), fee_minor=2000))
    listed = json.loads(flask_command("disputes", "list", "--json").stdout)["items"]
    shown = json.loads(flask_command("disputes", "show", dispute.public_id, "--json").stdout)
    set_ = flask_command("disputes", "fee-borne-by", encode("sel", bank.shop.ada), "seller")

    assert [(line["dispute"], line["status"], line["amount"]) for line in listed] == [
        (dispute.public_id, "needs_response", "15.00 EUR")
    ]
    assert (shown["withdrawn"], shown["fees"], shown["orders"][0]["withdrawn"]) == (
        "15.00 EUR",
        "20.00 EUR",
        "15.00 EUR",
    )
    assert (set_.exit_code, fee_bearer(bank.shop.ada)) == (0, "seller")
    assert "No disputes." in flask_command("disputes", "list", "--status", "won").stderr
    assert flask_command("disputes", "show", "dp_x").exit_code == 3
