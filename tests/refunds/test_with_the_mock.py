"""Refunds over the wire, to the mock PSP and by its webhooks: what it has truly done is what the books say."""

from __future__ import annotations

import pytest

from checkout import tasks
from checkout.events.subscribers import GIVE_BACK
from checkout.inbox.read_again import read_and_apply
from checkout.inbox.refund_events import apply_refund_event
from checkout.inbox.routes import REFUND_EVENT
from checkout.inbox.stages import READ_AGAIN
from checkout.ledger import chart
from checkout.ledger.verify import verify_ledger
from checkout.psp import registry
from checkout.refunds.request import SUBMIT
from checkout.refunds.submit import submit
from checkout.refunds.unapplied import give_back
from checkout.tasks.ring import DEFAULT_QUEUE, WEBHOOK_QUEUE
from jobs.handler import Owning, Transactional
from jobs.run_task import run_task
from tests.killed import killed
from tests.ledger.conftest import balance
from tests.payments.conftest import Shop
from tests.payouts import mock_bank as wire
from tests.refunds.conftest import Desk

# One group: its children are forked from a process that has imported what they need, which each process of pytest-xdist
# would start for itself.
pytestmark = pytest.mark.xdist_group("killed")

HANDLERS = {
    **wire.HANDLERS,
    READ_AGAIN: Owning(read_and_apply),
    REFUND_EVENT: Owning(apply_refund_event),
    SUBMIT: Owning(submit),
    GIVE_BACK: Transactional(give_back),
}
PENDING_CARD, BOUNCING_CARD = "4000000000007726", "4000000000005126"


@pytest.fixture
def bank(shop, tmp_path):
    with wire.mock_bank(tmp_path) as running:
        for currency in ("eur", "jpy", "kwd"):
            running.top_up(1_000_000, currency)
        yield running


@pytest.fixture
def real(shop, bank, db):
    """The shop's payments and refunds are the mock's."""
    return Desk(db, Shop(shop.storefront_id, shop.ada, shop.bao, registry.current()), registry.current())


def work():
    while batch := [
        task
        for queue in (WEBHOOK_QUEUE, DEFAULT_QUEUE)
        for task in tasks.claim(queue, worker="test", lease_seconds=60)
    ]:
        for task in batch:
            run_task(task, HANDLERS.get(task.kind, Owning(lambda task: None)))


def take_in(bank, seconds=1):
    """Time passes at the PSP; all that it says is applied."""
    from checkout.core.clock import wallclock
    from checkout.inbox import receive
    from tests.psp.deliveries import signature

    bank.pass_time(seconds)
    bank.control("POST", "webhooks/deliver")
    bank.shop.wait_for(bank.taken_in + 1, seconds=60)
    for delivery in bank.shop.received[bank.taken_in :]:
        bank.taken_in += 1
        receive(delivery.raw, [signature(delivery.raw, at=wallclock())], bank.adapter)
    work()


def paid(real, bank, currency, amounts, card="4242424242424242"):
    payment = real.shop.started(amounts, currency)
    bank.control("POST", "pay", {"session": payment.psp_session_id, "card": card})
    take_in(bank)
    view = real.shop.view(payment.id)
    assert view.status == "succeeded"
    return view


def gone(bank):
    """What truly went back and stayed there, in the currency's units of the wire."""
    return sum(e["amount"] for e in bank.journal("refund")) - sum(
        e["amount"] for e in bank.journal("refund_failure")
    )


def holds(currency):
    report = verify_ledger()
    assert report.holds, report.differences
    return balance(chart.psp_balance("stripe"), currency), balance(
        chart.refund_in_transit("stripe"), currency
    )


@pytest.mark.parametrize(
    ("currency", "amounts", "part"),
    [("EUR", (1500, 990), 1000), ("JPY", (1000,), 333), ("KWD", (5000,), 1230)],
)
def test_a_part_and_the_rest_go_back(real, bank, currency, amounts, part):
    """In euros, yen and dinars: each refund once at the PSP, and nothing is left of the payment."""
    payment = paid(real, bank, currency, amounts)
    for amount in (part, None):
        real.asks(payment, amount)
        work()
        take_in(bank)
    assert (gone(bank), real.refunded(payment)) == (sum(amounts), sum(amounts))
    assert holds(currency) == (0, 0)
    assert {e["reference"][:3] for e in bank.journal("refund")} == {"re_"}


def test_a_refund_that_the_bank_sends_back(real, bank):
    """Card 5126: succeeded, and failed half a minute later: the money is the order's again."""
    payment = paid(real, bank, "EUR", (1500,), BOUNCING_CARD)
    refund = real.asks(payment, 500)
    work()
    take_in(bank)
    assert real.status(refund) == "succeeded"
    take_in(bank, 40)
    assert (real.status(refund), real.refunded(payment), gone(bank)) == ("failed", 0, 0)
    assert holds("EUR") == (1500, 0)


def test_a_refund_that_takes_its_time(real, bank):
    payment = paid(real, bank, "EUR", (1500,), PENDING_CARD)
    refund = real.asks(payment)
    work()
    assert real.status(refund) == "pending"
    take_in(bank, 20)
    assert (real.status(refund), holds("EUR")) == ("succeeded", (0, 0))


def test_a_refund_from_the_psps_dashboard(real, bank):
    payment = paid(real, bank, "EUR", (1500, 990))
    bank.control("POST", "refunds", {"payment_intent": f"{_intent(real, payment)}", "amount": 300})
    take_in(bank)
    assert (real.refunded(payment), real.alerts(), holds("EUR")) == (300, ["external_refund"], (2190, 0))


def test_a_lost_answer_sends_nothing_twice(real, bank):
    payment = paid(real, bank, "EUR", (1500,))
    bank.control(
        "POST",
        "faults",
        {
            "path": "/v1/refunds",
            "method": "POST",
            "kind": "drop_response",
            "share": 1.0,
            "seed": 7,
            "times": 1,
        },
    )
    refund = real.asks(payment, 500)
    work()
    real.sends(refund)
    take_in(bank)
    assert (len(bank.journal("refund")), real.status(refund), holds("EUR")) == (1, "succeeded", (1000, 0))


@pytest.mark.parametrize(
    "point", ["refunds.after_submitted", "refunds.after_answer", "refunds.after_recorded"]
)
def test_a_worker_that_is_killed_leaves_one_refund(real, bank, point):
    """kill -9 after each step: whoever comes next ends it, and the PSP has it once."""
    payment = paid(real, bank, "EUR", (1500,))
    refund = real.asks(payment, 500)
    killed(
        "tests.refunds.crash_child",
        {
            "database": real.db.url,
            "psp": bank.running.base,
            "point": f"{point}:1",
            "refund": str(refund.id),
        },
    )
    work()
    take_in(bank)
    assert (len(bank.journal("refund")), real.status(refund), holds("EUR")) == (1, "succeeded", (1000, 0))


def test_money_after_the_cancel_goes_back_by_itself(real, bank):
    """The page is open when the payment is canceled here by hand: what the shopper pays then comes back to the card."""
    payment = real.shop.started((2000,), "JPY")
    real.db.rows("UPDATE payments SET status = 'canceled' WHERE id = %(id)s", id=payment.id)
    real.db.rows("UPDATE orders SET status = 'canceled' WHERE payment_id = %(id)s", id=payment.id)
    bank.control("POST", "pay", {"session": payment.psp_session_id, "card": "4242424242424242"})
    take_in(bank)
    work()
    take_in(bank)
    assert (gone(bank), holds("JPY"), real.refunded(payment)) == (2000, (0, 0), 2000)


def _intent(real, payment):
    return real.db.value("SELECT psp_intent_id FROM payments WHERE id = %(id)s", id=payment.id)
