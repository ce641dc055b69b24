"""Disputes over the wire, with the mock PSP and its webhooks: what its banks truly took is what the books say."""

from __future__ import annotations

import pytest

from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.disputes.answer import SEND_ANSWER, accept_dispute
from checkout.disputes.queries import latest_of
from checkout.disputes.send_answer import send_answer
from checkout.inbox.dispute_events import apply_dispute_event
from checkout.inbox.read_again import read_and_apply
from checkout.inbox.routes import DISPUTE_EVENT
from checkout.inbox.stages import READ_AGAIN
from checkout.ledger import chart
from checkout.ledger.verify import verify_ledger
from checkout.payouts.prove import prove
from checkout.psp import registry
from jobs.handler import Owning
from tests.disputes.conftest import Bank
from tests.disputes.test_evidence import PDF, WHO, add, save, submit
from tests.killed import killed
from tests.ledger.conftest import balance
from tests.payments.conftest import Shop
from tests.payouts import mock_bank as wire
from tests.refunds import test_with_the_mock as refunds

# One group: its children are forked from a process that has imported what they need, which each process of pytest-xdist
# would start for itself.
pytestmark = pytest.mark.xdist_group("killed")

HANDLERS = {
    **wire.HANDLERS,
    READ_AGAIN: Owning(read_and_apply),
    DISPUTE_EVENT: Owning(apply_dispute_event),
    SEND_ANSWER: Owning(send_answer),
}
RETURNED_DEBIT = "DE88370400440532990002"


@pytest.fixture
def mock(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(refunds, "HANDLERS", HANDLERS)
    with wire.mock_bank(tmp_path) as running:
        for currency in ("eur", "jpy", "kwd"):
            running.top_up(1_000_000, currency)
        yield running


@pytest.fixture
def real(shop, mock, db):
    """The shop's payments and disputes are the mock's."""
    return Bank(db, Shop(shop.storefront_id, shop.ada, shop.bao, registry.current()), registry.current())


def paid(real, mock, amounts, currency="EUR", **how):
    payment = real.shop.started(amounts, currency)
    how = how or {"card": "4242424242424242"}
    mock.control("POST", "pay", {"session": payment.psp_session_id, **how})
    refunds.take_in(mock)
    return real.shop.view(payment.id)


def disputed(real, mock, payment, **more):
    intent = real.db.value("SELECT psp_intent_id FROM payments WHERE id = %(id)s", id=payment.id)
    mock.control("POST", "disputes", {"payment_intent": intent, "action": "open", **more})
    refunds.take_in(mock)
    return latest_of([payment.id])[payment.id]


def truth(mock):
    """What the banks took and did not give back, in the wire's units."""
    taken, back = mock.journal("dispute"), mock.journal("dispute_reversal")
    return sum(entry["amount"] for entry in taken) - sum(entry["amount"] for entry in back)


def now(payment):
    return latest_of([payment.id])[payment.id]


def test_a_dispute_is_answered_with_a_document_and_won(real, mock):
    """Words and a PDF go over the wire once; the money is back, the orders stand as they stood."""
    payment = paid(real, mock, (1500, 990))
    dispute = disputed(real, mock, payment, reason="product_not_received")
    taken = [real.order(order.id)["withdrawn"] for order in payment.orders]
    save(dispute.id, 0, uncategorized_text="winning_evidence: signed at the door")
    add(dispute.id, PDF)
    submit(dispute.id)
    refunds.work()
    under_review = now(payment).status
    refunds.take_in(mock, seconds=30)

    assert (taken, under_review, now(payment).status) == ([1500, 990], "under_review", "won")
    assert [real.order(order.id)["withdrawn"] for order in payment.orders] == [0, 0]
    assert truth(mock) == 0
    assert verify_ledger().differences == ()
    assert prove().holds


@pytest.mark.parametrize(("currency", "amount"), [("EUR", 1500), ("JPY", 1500), ("KWD", 5340)])
def test_a_dispute_that_is_given_up_is_lost(real, mock, currency, amount):
    """At once: its order is closed, and what the bank took is what the books say it took."""
    payment = paid(real, mock, (amount,), currency)
    dispute = disputed(real, mock, payment)
    with atomic() as session:
        accept_dispute(session, dispute.id, cause=WHO)
    refunds.work()
    refunds.take_in(mock)

    assert (now(payment).status, real.order(payment.orders[0].id)["status"]) == ("lost", "closed")
    assert Money(truth(mock), currency) == Money(amount, currency)
    assert balance(chart.DISPUTE_FEES, currency) > 0
    assert verify_ledger().differences == ()
    assert prove().holds


def test_a_bank_debit_that_comes_back_is_lost_at_once(real, mock):
    """Five days after it had arrived; nobody is asked for evidence."""
    payment = paid(real, mock, (4000,), iban=RETURNED_DEBIT)
    refunds.take_in(mock, seconds=3 * 86_400)
    arrived = real.shop.view(payment.id).status
    refunds.take_in(mock, seconds=6 * 86_400)

    assert arrived == "succeeded"
    assert (now(payment).kind, now(payment).status) == ("bank_return", "lost")
    assert real.order(payment.orders[0].id)["status"] == "closed"
    assert truth(mock) == 4000
    assert verify_ledger().differences == ()


@pytest.mark.parametrize(
    "point",
    [
        "disputes.before_answer",
        "disputes.after_answer",
        "disputes.after_psp_answer",
        "disputes.after_effect",
    ],
)
def test_a_worker_that_is_killed_hands_the_evidence_in_once(real, mock, point):
    """kill -9 after each step: whoever comes next ends it, and the bank has it once."""
    payment = paid(real, mock, (1500,))
    dispute = disputed(real, mock, payment)
    save(dispute.id, 0, uncategorized_text="losing_evidence")
    answer = submit(dispute.id)
    job = {"database": real.db.url, "psp": mock.running.base, "point": f"{point}:1", "answer": str(answer)}
    killed("tests.disputes.crash_child", job)
    refunds.work()

    assert (now(payment).status, now(payment).submission_count) == ("under_review", 1)
    assert real.db.value("SELECT status FROM dispute_answers") == "done"
    fees = [m for m in mock.journal("fee") if m["id"] == dispute.psp_dispute_id]
    assert len(fees) == 2
    refunds.take_in(mock, seconds=30)
    assert now(payment).status == "lost"
    assert verify_ledger().differences == ()
