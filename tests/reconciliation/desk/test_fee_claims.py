"""A fee beyond the contract is claimed: the cost is the PSP's to give back, and its correction pays the claim."""

from __future__ import annotations

import pytest

from checkout.core.errors import InvalidParameter
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.desk.resolutions import ResolutionNotPossible, ways_of
from checkout.reconciliation.desk.resolve import preview, unexplained
from tests.concurrency import at_once
from tests.reconciliation.conftest import alerts, compare, csv_of, receive
from tests.reconciliation.desk.test_parts import alert_of, balances, resolve
from tests.reconciliation.matching.test_contract_fees import NEXT


def overcharged(night, gross, fee, currency):
    receive(csv_of([night.charge(gross, fee, currency).row()]))
    compare()
    return alert_of("fee_mismatch")


@pytest.mark.parametrize(
    ("currency", "gross", "fee", "beyond"),
    [("EUR", 2490, 132, 30), ("JPY", 1000, 59, 30), ("KWD", 12340, 1000, 542)],
)
def test_what_was_taken_too_much_is_claimed(db, night, contract, currency, gross, fee, beyond):
    """The contract's fee of 24.90 is 1.02 and 1.32 was kept: 0.30 are claimed, the cost is 1.02, our balance is as theirs."""
    alert = overcharged(night, gross, fee, currency)
    with atomic() as session:
        assert ways_of(unexplained(session, alert))[0] == "psp_claim"

    done = resolve(alert, "psp_claim")

    assert (done.plan.amount.amount_minor, done.plan.rest.amount_minor) == (beyond, 0)
    assert balances(db) == {"psp_balance": gross - fee, "psp_fees": fee - beyond, "psp_claims": beyond}
    assert alerts(db)[0][3] == "resolved"
    assert verify_ledger().holds
    assert compare().report.open == 0


def test_a_part_is_claimed_where_only_a_part_is_owed(db, night, contract):
    """Of 0.30 the PSP grants 0.20; the rest is what it costs."""
    alert = overcharged(night, 2490, 132, "EUR")
    resolve(alert, "psp_claim", amount=Money(20, "EUR"))
    assert balances(db) == {"psp_balance": 2358, "psp_fees": 112, "psp_claims": 20}
    assert alerts(db)[0][3] == "resolved"


def test_no_more_is_claimed_than_was_taken_too_much(db, night, contract):
    alert = overcharged(night, 2490, 132, "EUR")
    for wrong in (Money(31, "EUR"), Money(-1, "EUR"), Money(10, "JPY")):
        with pytest.raises(InvalidParameter):
            resolve(alert, "psp_claim", amount=wrong)
    assert "psp_claims" not in balances(db)


def test_a_fee_below_the_contract_is_no_claim(db, night, contract):
    """0.72 were kept where 1.02 were agreed: there is nothing to ask for."""
    alert = overcharged(night, 2490, 72, "EUR")
    with pytest.raises(ResolutionNotPossible):
        resolve(alert, "psp_claim")


def test_seen_first_it_changes_nothing(db, night, contract):
    alert = overcharged(night, 2490, 132, "EUR")
    with atomic() as session:
        (entry,) = preview(session, alert, way="psp_claim").entries
    legs = {(leg.account.kind, leg.amount.amount_minor) for leg in entry.postings}
    assert (entry.kind, legs) == ("psp_claimed", {("psp_claims", 30), ("psp_fees", -30)})
    assert "psp_claims" not in balances(db)


def test_two_people_claim_it_once(db, night, contract):
    alert = overcharged(night, 2490, 132, "EUR")
    outcomes = at_once(*(lambda: resolve(alert, "psp_claim") for _ in range(4)))
    assert sum(not isinstance(each, Exception) for each in outcomes) == 1
    assert balances(db)["psp_claims"] == 30


def test_its_correction_pays_the_claim(db, night, contract):
    """The next file brings 0.30: nothing is claimed any more, the fee has cost 1.02."""
    alert = overcharged(night, 2490, 132, "EUR")
    resolve(alert, "psp_claim")
    correction = night.movements[0].row(
        balance_transaction_id="txn_back", gross="0.30", fee="0.00", net="0.30", source_id="",
        reporting_category="other_adjustment", **{"payment_metadata[payment]": ""},
    )  # fmt: skip
    receive(csv_of([correction]), day=NEXT)
    compare(NEXT)
    resolve(alert_of("unknown_reference"), "psp_claim_paid")
    assert balances(db) == {"psp_balance": 2388, "psp_fees": 102}
    assert verify_ledger().holds
