"""What a payout was made by stays with it: its rules, whatever they are later, and the account it went to."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine

from checkout.core.clock import utcnow
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.explanations import Ref, explain
from checkout.identity.access import EVERYTHING
from checkout.payouts import request
from checkout.payouts.eligibility import Terms
from checkout.payouts.errors import PayoutNotEligible
from checkout.payouts.payout import read_payout
from checkout.payouts.request import request_payout
from tests.ledger.conftest import CAUSE
from tests.payouts.conftest import fund
from tests.payouts.test_way_to_the_bank import ask, go


def rules(payout: UUID, field: str) -> dict[str, tuple[str, dict]]:
    found = explain(Ref(encode("po", payout), field), EVERYTHING)
    return {rule.name: (rule.version, dict(rule.inputs)) for rule in found.rules}


@pytest.mark.parametrize(
    ("currency", "minor", "terms", "least"),
    [
        ("EUR", 10_000, Terms("instant-1", 0, 1, 100, 50), "0.50 EUR"),
        ("JPY", 1_000, Terms("instant-1", 0, 1, 100, 1), "1 JPY"),
        ("KWD", 50_000, Terms("instant-1", 0, 10, 100, 500), "0.500 KWD"),
    ],
)
def test_an_instant_payout_keeps_the_rules_of_its_day(
    db, psp, seller_of, monkeypatch, currency, minor, terms, least
):
    """The fee is doubled afterwards: the payout and its explanation say what was charged by, and nothing new."""
    seller = seller_of()
    fund(seller, minor, currency)
    made = request_payout(seller_id=seller, currency=currency, method="instant", psp=psp, cause=CAUSE)

    monkeypatch.setattr(request, "INSTANT_FEE_BPS", 200)
    monkeypatch.setattr(request, "INSTANT_VERSION", "instant-2")

    assert read_payout(made.id).terms == terms
    version, inputs = rules(made.id, "fee")["Fee of an instant payout"]
    assert (version, inputs["basis_points"], inputs["at_least"]) == ("instant-1", 100, least)
    step = Money(terms.step_minor, currency)
    assert rules(made.id, "amount")["Step of the currency"][1]["step"] == str(step)


def test_one_that_is_older_than_that_says_so(db, psp, seller_of):
    seller = seller_of()
    fund(seller, 10_000)
    made = request_payout(seller_id=seller, currency="EUR", method="instant", psp=psp, cause=CAUSE)
    db.rows(
        "UPDATE payouts SET terms_version = NULL, minimum_minor = NULL, step_minor = NULL, fee_bps = NULL,"
        " fee_minimum_minor = NULL"
    )

    assert read_payout(made.id).terms is None
    assert "before terms were kept" in rules(made.id, "fee")["Fee of an instant payout"][0]


def test_the_account_it_was_sent_to_is_named_by_its_last_digits(db, psp, seller_of):
    """Another account afterwards changes nothing; an account that was never shown to us has no digits."""
    seller, other = seller_of(), seller_of()
    account = """
        INSERT INTO payout_accounts (id, seller_id, currency, country, last4, details_sealed, changed_by, created_at,
                                     set_at, psp_bank_account_id)
        VALUES (%(id)s, %(seller)s, 'EUR', 'DE', %(last4)s, 'x', 'cli:test', now(), now(), %(bank)s)
    """
    db.rows(account, id=new_uuid(), seller=seller, last4="3000", bank="ba_1")
    fund(seller, 1050)
    fund(other, 1050)
    first, second = ask(seller, psp), ask(other, psp)
    go(first, psp)
    go(second, psp)

    db.rows("UPDATE payout_accounts SET replaced_at = now()")
    db.rows(account, id=new_uuid(), seller=seller, last4="9999", bank="ba_1")

    assert (read_payout(first.id).bank_last4, read_payout(second.id).bank_last4) == ("3000", None)


def test_the_limit_of_instant_payouts_is_of_the_last_day(psp, seller_of):
    """4 000.00 went: 1 000.01 does not, another currency and the usual way do; a day later it does."""
    seller = seller_of()

    def instant(currency="EUR", method="instant"):
        return request_payout(seller_id=seller, currency=currency, method=method, psp=psp, cause=CAUSE)

    fund(seller, 400_000)
    fund(seller, 400_000, "KWD")
    assert instant().fee == Money(4_000, "EUR")
    assert instant("KWD").kind == "instant"
    fund(seller, 100_001)
    with pytest.raises(PayoutNotEligible) as refused:
        instant()
    assert refused.value.extra["reason"] == "above_instant_limit"

    with time_machine.travel(utcnow() + timedelta(hours=24, seconds=1)):
        assert instant().amount == Money(99_000, "EUR")
