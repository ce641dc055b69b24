"""Starting a payment: what is written, what the PSP is asked, what is answered; once per key and per payment_id."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from checkout import idempotency
from checkout.core import clock
from checkout.core.errors import InvalidParameter
from checkout.core.money import Money
from checkout.payments.errors import (
    AmountStep,
    AmountTooSmall,
    OrderAmountsDoNotAddUp,
    OtherMode,
    PaymentIdInUse,
    PspUnavailable,
    ReturnUrlNotAllowed,
    SellerNotPayable,
)
from checkout.psp import InvalidRequest, RateLimited, Unavailable
from checkout.shoppers import Details
from tests.payments.conftest import events, history
from tests.payments.fake_psp import lost_answer, lost_request
from tests.shoppers.reading import people


def test_a_checkout_is_registered_and_the_shopper_sent_on(db, shop):
    """24.90 EUR over two sellers: 201, the PSP's page, the economics frozen on each order."""
    answer = shop.start()

    view = shop.view(answer)
    assert answer.status == 201
    assert json.loads(answer.body)["url"] == "https://psp.example/pay/cs_test_1"
    assert (view.status, view.amount, view.psp_session_id) == (
        "awaiting_shopper",
        Money(2490, "EUR"),
        "cs_test_1",
    )
    assert [
        (o.amount.amount_minor, o.commission.amount_minor, o.seller_amount.amount_minor) for o in view.orders
    ] == [
        (1500, 150, 1050),
        (990, 99, 891),
    ]
    assert [o.status for o in view.orders] == ["pending", "pending"]
    assert view.orders[0].lines[0].sku == "MUG"
    assert history(db, view.id) == ["created", "awaiting_shopper"]
    assert events(db) == ["payment.created"]


def test_what_was_answered_is_what_is_stored(db, shop):
    """The answer is made without reading the payment again: it says what a later read says."""
    answer = shop.start()

    assert answer.body == shop.render.payment(shop.view(answer), status=201).body


def test_the_shoppers_email_stands_in_one_table_only(db, shop):
    """The stored request has a stand-in; what is sent has the address."""
    shop.start()

    stored = db.value("SELECT psp_request::text FROM payments")
    assert "jo@example.org" not in stored
    assert shop.psp.wires[0]["email"] == "jo@example.org"
    assert [person.email for person in people(db)] == ["jo@example.org"]
    assert "jo@example.org" not in str(db.rows("SELECT * FROM shoppers"))


def test_the_psp_sees_the_lines_by_seller_and_the_way_back(db, shop):
    """Lines name their seller; both ways lead to the status page."""
    shop.start()

    wire = shop.psp.wires[0]
    assert wire["line0"] == "1 Mug (Ada's Pottery) 15.00 EUR"
    assert wire["line1"] == "1 Mug (Bao Tea) 9.90 EUR"
    assert wire["cancel_url"].startswith("https://pay.example/s/")
    assert wire["success_url"] == wire["cancel_url"] + "?from=psp"


def test_the_task_that_would_have_finished_it_is_done(db, shop):
    """The staged task is ended by the request itself; nothing is left to do."""
    shop.start()

    assert db.rows("SELECT kind, status FROM tasks") == [{"kind": "payments.resume", "status": "done"}]


def test_the_same_key_gives_the_same_bytes(db, shop):
    """Replayed byte for byte; the PSP is asked once."""
    first = shop.start(key="k-1")
    again = shop.start(key="k-1")

    assert (again.status, again.body, dict(again.headers)) == (201, first.body, dict(first.headers))
    assert (first.replayed, again.replayed) == (False, True)
    assert shop.psp.count("register") == 1


def test_the_same_key_for_another_checkout_is_refused(db, shop):
    """One key, two bodies: 422, and nothing of the second is written."""
    shop.start(key="k-1")

    with pytest.raises(idempotency.KeyReused):
        shop.start(shop.command((1000,)), key="k-1")

    assert db.value("SELECT count(*) FROM payments") == 1


def test_two_principals_may_use_the_same_key(db, shop):
    """Keys are a tenant's own."""
    shop.start(key="k-1", principal="storefront:a")
    shop.start(key="k-1", principal="storefront:b")

    assert db.value("SELECT count(*) FROM payments") == 2


def test_a_key_whose_first_use_failed_validation_may_be_used_again(db, shop):
    """Nothing is stored before execution begins."""
    wrong = shop.command(amount=Money(2480, "EUR"))
    with pytest.raises(OrderAmountsDoNotAddUp):
        shop.start(wrong, key="k-1")

    assert shop.start(key="k-1").status == 201


def test_the_clients_payment_id_finds_the_payment_that_exists(db, shop):
    """Another key, the same payment_id and body: 200 with the same payment."""
    command = shop.command(payment_id=uuid4())
    first = shop.start(command)

    again = shop.start(command)

    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    assert shop.psp.count("register") == 1


def test_the_clients_payment_id_with_another_body_is_refused(db, shop):
    """409, and the key stays free for a corrected request."""
    payment_id = uuid4()
    shop.start(shop.command(payment_id=payment_id))

    with pytest.raises(PaymentIdInUse):
        shop.start(shop.command((1000,), payment_id=payment_id), key="k-2")

    assert shop.start(shop.command((1000,)), key="k-2").status == 201


@pytest.mark.parametrize("fault", [lost_answer, lost_request])
def test_an_unknown_outcome_is_a_state_and_the_same_key_goes_on(db, shop, fault):
    """No answer: 503 that names the payment, nothing under the key; the same key then finds one page at the PSP."""
    shop.psp.faults = [fault()]
    with pytest.raises(PspUnavailable) as refused:
        shop.start(key="k-1")
    payment_id = db.value("SELECT id FROM payments")
    assert refused.value.extra["payment"] == shop.view(payment_id).public_id
    assert refused.value.retry_after_seconds == 5
    assert shop.view(payment_id).status == "unknown"
    assert db.value("SELECT status_code FROM idempotency_keys") is None

    answer = shop.start(key="k-1")

    assert answer.status == 201
    assert shop.view(payment_id).status == "awaiting_shopper"
    assert history(db, payment_id) == ["created", "unknown", "awaiting_shopper"]
    assert len(shop.psp.sessions) == 1
    assert shop.psp.wires[0] == shop.psp.wires[1]


def test_the_task_comes_soon_after_an_unknown_outcome(db, shop):
    """Due in 5 s instead of 60."""
    shop.psp.faults = [lost_answer()]
    began = clock.utcnow()
    with pytest.raises(PspUnavailable):
        shop.start()

    due = db.value("SELECT due_at FROM tasks WHERE kind = 'payments.resume'")
    assert began + timedelta(seconds=3) < due < clock.utcnow() + timedelta(seconds=7)


def test_a_refused_connection_leaves_the_payment_to_be_continued(db, shop):
    """Nothing was executed: 503, still created, and the same key goes on."""
    shop.psp.faults = [("before", Unavailable("refused", retry_after_seconds=9))]
    with pytest.raises(PspUnavailable) as refused:
        shop.start(key="k-1")

    assert refused.value.retry_after_seconds == 9
    assert db.value("SELECT status FROM payments") == "created"
    assert shop.start(key="k-1").status == 201


def test_a_busy_psp_is_asked_again_when_it_says_so(db, shop):
    """429 and a key in flight: not an unknown outcome."""
    shop.psp.faults = [("before", RateLimited("busy", retry_after_seconds=3))]
    with pytest.raises(PspUnavailable) as refused:
        shop.start()

    assert refused.value.retry_after_seconds == 3
    assert db.value("SELECT status FROM payments") == "created"


def test_an_open_circuit_writes_nothing(db, shop):
    """Fast, with when to come back, and no row; a stored answer is still given."""
    shop.start(key="k-0")
    shop.psp.open_circuit = True

    with pytest.raises(PspUnavailable) as refused:
        shop.start(key="k-1")

    assert refused.value.retry_after_seconds == 17
    assert "payment" not in refused.value.extra
    assert db.value("SELECT count(*) FROM payments") == 1
    assert shop.start(key="k-0").replayed


def test_a_definite_refusal_fails_the_payment_and_is_stored(db, shop):
    """424 for good: the payment failed, its orders canceled, the same key says the same."""
    shop.psp.faults = [("before", InvalidRequest("no such currency", psp_code="currency"))]

    refused = shop.start(key="k-1")
    again = shop.start(key="k-1")

    assert refused.status == again.status == 424
    assert again.body == refused.body
    assert json.loads(refused.body)["code"] == "psp_rejected"
    view = shop.view(db.value("SELECT id FROM payments"))
    assert (view.status, {o.status for o in view.orders}) == ("failed", {"canceled"})
    assert view.last_error is not None
    assert view.last_error.psp_code == "currency"
    assert events(db) == ["payment.created", "order.canceled", "order.canceled", "payment.failed"]


def test_the_webhook_may_come_before_the_answer(db, shop):
    """The shopper's money is there before our own second transaction: it stays succeeded, and the answer says so."""

    def webhook() -> None:
        shop.hears(shop.psp.captured("cs_test_1"))

    shop.psp.during = webhook
    answer = shop.start()

    view = shop.view(answer)
    assert (answer.status, view.status) == (201, "succeeded")
    assert view.hosted_url == "https://psp.example/pay/cs_test_1"
    assert history(db, view.id) == ["created", "succeeded"]


@pytest.mark.parametrize(
    ("currency", "amounts"), [("EUR", (1500, 990)), ("JPY", (1000, 490)), ("KWD", (7000, 5340))]
)
def test_currencies_of_none_two_and_three_decimals(db, shop, currency, amounts):
    """The same path, whole minor units throughout."""
    view = shop.started(amounts, currency)

    assert view.amount == Money(sum(amounts), currency)
    assert [order.commission.amount_minor for order in view.orders] == [amounts[0] // 10, amounts[1] // 10]


@pytest.mark.parametrize(
    ("changes", "error", "pointer"),
    [
        ({"amount": Money(2480, "EUR")}, OrderAmountsDoNotAddUp, "/orders"),
        ({"return_url": "https://evil.example/"}, ReturnUrlNotAllowed, "/return_url"),
        ({"return_url": "https://shop.example.evil.example/"}, ReturnUrlNotAllowed, "/return_url"),
        ({"return_url": "https://shop.example@evil.example/"}, ReturnUrlNotAllowed, "/return_url"),
        ({"return_url": "https://shop.example:8443/"}, ReturnUrlNotAllowed, "/return_url"),
        ({"return_url": "http://shop.example/"}, ReturnUrlNotAllowed, "/return_url"),
        ({"return_url": "https://shop.example\\@evil.example/"}, ReturnUrlNotAllowed, "/return_url"),
        ({"return_url": "https://sub.shop.example/"}, ReturnUrlNotAllowed, "/return_url"),
        ({"cancel_url": "javascript:alert(1)"}, ReturnUrlNotAllowed, "/cancel_url"),
    ],
)
def test_a_refusal_points_at_the_field_and_writes_nothing(db, shop, changes, error, pointer):
    """Each rule by its name; no payment, no key."""
    with pytest.raises(error) as refused:
        shop.start(shop.command(**changes))

    assert refused.value.pointers[0].pointer == pointer
    assert db.value("SELECT count(*) FROM payments") == 0
    assert db.value("SELECT count(*) FROM idempotency_keys") == 0


@pytest.mark.parametrize(
    ("currency", "amounts", "error"),
    [
        ("EUR", (49,), AmountTooSmall),
        ("JPY", (49,), AmountTooSmall),
        ("KWD", (5001,), AmountStep),
        ("IQD", (5000,), InvalidParameter),
    ],
)
def test_what_the_psp_does_not_charge_is_refused_before(db, shop, currency, amounts, error):
    """Its minimum, its step, its currencies."""
    with pytest.raises(error):
        shop.start(shop.command(amounts, currency))

    assert shop.psp.calls == []


def test_a_suspended_or_unknown_seller_cannot_be_sold_for(db, shop):
    """The refusal names which orders."""
    db.rows("UPDATE sellers SET status = 'suspended' WHERE id = %(id)s", id=shop.bao)

    with pytest.raises(SellerNotPayable) as refused:
        shop.start()

    assert [error.pointer for error in refused.value.pointers] == ["/orders/1/seller"]


def test_a_later_tariff_changes_no_past_order(db, shop):
    """Twelve percent from now on: the order of before still pays ten."""
    from checkout.core.cause import Cause
    from checkout.db.session import atomic
    from checkout.sellers.create import add_fee_plan

    before = shop.started()
    with atomic() as session:
        add_fee_plan(session, shop.ada, commission_bps=1200, cause=Cause("cli", "test"))
    after = shop.started()

    assert shop.view(before.id).orders[0].commission.amount_minor == 150
    assert after.orders[0].commission.amount_minor == 180


def test_a_shopper_is_one_row_however_often_they_buy(db, shop):
    """Found by email, in whatever case; what is new about them is added."""
    from checkout.payments.commands import Customer

    shop.start(shop.command(customer=Customer("jo@example.org")))
    shop.start(shop.command(customer=Customer("Jo@Example.org", "Jo", "de-DE", "DE")))
    shop.start(shop.command(customer=Customer("jo@example.org")))

    assert people(db) == [Details("jo@example.org", "Jo", "de-DE", "DE")]


@pytest.mark.parametrize("key_is_live", [True, False])
def test_a_test_key_never_charges_real_money(db, shop, key_is_live):
    """The key's mode and the PSP's are one, or nothing happens."""
    shop.psp.livemode = not key_is_live

    with pytest.raises(OtherMode):
        shop.start(shop.command(livemode=key_is_live))

    assert shop.psp.calls == []
    assert db.value("SELECT count(*) FROM payments") == 0


@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_a_deadlocks_victim_is_run_again_and_nobody_notices(db, shop, monkeypatch, state):
    """Each transaction of the path is a whole unit: the second is chosen as a victim twice, and passes the third time."""
    from sqlalchemy import exc

    from checkout.payments import start_outcome

    record, victims = start_outcome.run, [1, 2]

    def chosen(*args, **options):
        if victims:
            victims.pop()
            raised = RuntimeError("deadlock detected")
            raised.sqlstate = state
            raise exc.OperationalError("UPDATE", {}, raised)
        return record(*args, **options)

    monkeypatch.setattr(start_outcome, "run", chosen)

    assert shop.start().status == 201
    assert victims == []
    assert len(shop.psp.sessions) == 1
