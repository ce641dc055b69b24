"""Who has money and cannot be paid, and why."""

from __future__ import annotations

from checkout.core.money import Money
from checkout.payouts.blocked import blocked
from checkout.payouts.holds import hold_payouts
from checkout.payouts.payable import collect_payable
from tests.ledger.conftest import CAUSE
from tests.payouts.conftest import fund, owe, within


def test_each_seller_is_named_with_its_reason(db, psp, seller_of):
    """In debt, held, unverified, in a currency that the PSP does not pay; who can be paid, or has nothing, is not."""
    fine, debtor, held, unverified, francs, even = (seller_of() for _ in range(6))
    db.rows(
        "UPDATE sellers SET payouts_enabled = false, verification_status = 'pending' WHERE id = %(id)s",
        id=unverified,
    )
    for seller, currency in ((fine, "EUR"), (held, "EUR"), (unverified, "EUR"), (francs, "CHF")):
        fund(seller, 1000, currency)
    owe(debtor, 500)
    fund(even, 700)
    owe(even, 700)
    within(hold_payouts, held, reason="asked for papers", cause=CAUSE)
    collect_payable()

    found = {each.seller_id: each for each in blocked(psp, limit=100)}

    assert {seller: each.why.code for seller, each in found.items()} == {
        debtor: "balance_not_positive",
        held: "payouts_held",
        unverified: "not_verified",
        francs: "currency_not_paid_out",
    }
    assert found[debtor].free == Money(-500, "EUR")
    assert found[held].why.note == "asked for papers"
    assert [each.seller_id for each in blocked(psp, limit=100, seller_id=held)] == [held]
    assert len(blocked(psp, limit=2)) == 2


def test_what_no_item_was_made_of_yet_is_seen(psp, seller_of):
    """Earned a moment ago and not collected: held, and in debt, each with its own reason; who can be paid is not there."""
    held, debtor, fine = (seller_of() for _ in range(3))
    for seller in (held, fine):
        fund(seller, 1000)
    owe(debtor, 500)
    within(hold_payouts, held, reason="asked for papers", cause=CAUSE)

    found = {each.seller_id: (each.why.code, each.available.amount_minor) for each in blocked(psp, limit=100)}

    assert found == {held: ("payouts_held", 1000), debtor: ("balance_not_positive", -500)}


def test_every_page_of_balances_is_looked_at(psp, seller_of, monkeypatch):
    """Five debtors in two currencies at three a page: all ten, in their order, none twice."""
    monkeypatch.setattr("checkout.payouts.blocked.PAGE", 3)
    for seller in [seller_of() for _ in range(5)]:
        owe(seller, 500)
        owe(seller, 100, "JPY")

    found = [(each.seller_public_id, each.available.currency) for each in blocked(psp, limit=100)]

    assert (len(found), found) == (10, sorted(set(found)))
