"""What the PSP's dashboard gave back beyond the orders, once one of our own refunds did not go: the seller who has that money
again pays for it, not the platform."""

from __future__ import annotations

import pytest

from checkout.db.session import atomic
from checkout.ledger.recipes import payment_unapplied
from checkout.orders.recharge_losses import recharge_losses_of
from checkout.orders.release import release_due
from checkout.payouts.prove import prove
from checkout.refunds.refund import lock_refund
from checkout.refunds.settle import never_begin
from tests.concurrency import at_once
from tests.ledger.conftest import eur, post
from tests.orders.conftest import deliver, in_days, ship
from tests.refunds.conftest import EVENT, PEOPLE


def refused(desk, refund):
    """The PSP says no: everything was given back already."""
    desk.sends(refund)
    assert desk.status(refund) == "failed"


def charged(desk):
    return [legs for kind, legs in desk.entries() if kind == "seller_recharged"]


def met(desk, *amounts, ours, theirs, currency="EUR", **more):
    """So much is being refunded when the dashboard gives so much back."""
    payment = desk.paid(*amounts, currency=currency)
    asked = desk.asks(payment, ours, **more)
    made = desk.dashboard(payment, theirs)
    desk.hears(made)
    return payment, asked, made


def run(payment):
    recharge_losses_of(payment.id, cause=EVENT)


@pytest.mark.parametrize(
    ("currency", "amounts", "ours", "theirs", "excess", "parts"),
    [
        ("EUR", (1500,), 1500, 1500, 1500, {"seller_available:A": 1500}),
        ("EUR", (1500,), 800, 1000, 300, {"seller_available:A": 300}),
        ("JPY", (1500, 991), 2000, 1491, 1000, {"seller_available:A": 602, "seller_available:B": 398}),
        ("KWD", (7000, 5340), 12340, 12340, 12340, {"seller_available:A": 7000, "seller_available:B": 5340}),
    ],
)
def test_the_seller_pays_with_what_came_back(desk, currency, amounts, ours, theirs, excess, parts):
    """The excess was the platform's; our refund is refused: the orders have its money again, and pay, once."""
    payment, asked, _ = met(desk, *amounts, ours=ours, theirs=theirs, currency=currency)
    assert desk.balances()["seller_losses"] == excess

    refused(desk, asked)
    run(payment)
    run(payment)

    together = {}
    for legs in charged(desk):
        together |= {account: minor for account, minor in legs.items() if account != "seller_losses"}
    assert together == parts
    assert "seller_losses" not in desk.balances()
    assert prove().holds


def test_it_is_staged_with_the_money_that_comes_back(desk):
    """Nobody has to look: the refund's end stages it, in its own transaction."""
    payment, asked, _ = met(desk, 1500, ours=1500, theirs=1500)
    refused(desk, asked)
    staged = desk.db.rows("SELECT args FROM tasks WHERE kind = 'disputes.recharge_losses'")
    assert [task["args"] for task in staged] == [{"payment": payment.public_id}]


def test_as_long_as_ours_may_still_go_the_platform_bears_it(desk):
    payment, _, _ = met(desk, 1500, ours=1500, theirs=1500)
    run(payment)
    assert (charged(desk), desk.balances()["seller_losses"]) == ([], 1500)


def test_a_dashboard_refund_that_fails_after_all_gives_the_seller_its_money_back(desk):
    """Ours was refused, the seller paid 15.00; then the dashboard's bounces too: the order has its 15.00."""
    payment, asked, made = met(desk, 1500, ours=1500, theirs=1500)
    refused(desk, asked)
    run(payment)
    desk.hears(desk.psp.back.bounce(made.id))
    run(payment)
    assert charged(desk)[1] == {"seller_available:A": -1500, "seller_losses": 1500}
    assert desk.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}


def test_one_that_a_second_person_does_not_let_go_pays_too(desk):
    """15 000.00 of 20 000.00 wait for approval when the dashboard gives 8 000.00 back: 3 000.00 are beyond; it is rejected."""
    payment, asked, _ = met(desk, 2_000_000, ours=1_500_000, theirs=800_000, cause=PEOPLE)
    assert desk.balances()["seller_losses"] == 300_000
    with atomic() as session:
        never_begin(session, lock_refund(session, asked.id), code="not_approved", cause=EVENT)
    assert desk.db.value("SELECT count(*) FROM tasks WHERE kind = 'disputes.recharge_losses'") == 1
    run(payment)
    assert charged(desk) == [{"seller_available:A": 300_000, "seller_losses": -300_000}]


def test_what_was_beyond_a_charge_that_no_order_got_is_asked_of_no_seller(desk):
    """The same refusal, but the dashboard gave back a second charge: it stays the platform's."""
    payment, asked, _ = met(desk, 1500, ours=1500, theirs=1500)
    post(payment_unapplied(payment_id=payment.id, psp="stripe", charge_id="ch_second", amount=eur(1500)))
    desk.db.rows("UPDATE refunds SET psp_charge_id = 'ch_second' WHERE kind = 'external'")
    refused(desk, asked)
    run(payment)
    assert charged(desk) == []


def test_the_refusal_the_release_and_the_charge_at_once(desk):
    """Whoever comes first: the platform bears nothing that an order has, and nothing is charged twice."""
    made = [met(desk, 1500, ours=1500, theirs=1500) for _ in range(3)]
    for payment, asked, _ in made:
        refused(desk, asked)
        ship(payment.orders[0].id)
        deliver(payment.orders[0].id)
    in_days(8)
    outcomes = at_once(
        *(lambda p=payment: run(p) for payment, _, _ in made * 3), lambda: release_due(cause=EVENT).differing
    )
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert len(charged(desk)) == 3
    assert "seller_losses" not in desk.balances()
