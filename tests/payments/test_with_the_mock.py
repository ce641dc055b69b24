"""The key stories again, through the real adapter and the mock PSP: nothing here depends on the PSP in memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checkout.core import clock
from checkout.core.ids import new_uuid
from checkout.ledger.verify import verify_ledger
from checkout.mockpsp.server import running_mock
from checkout.payments import cancel_payment, refresh_payment
from checkout.payments.book_fee import book_fee
from checkout.payments.close_page import close_reviewed_page
from checkout.payments.crash_points import BOOK_FEE, CANCEL, CRASH_POINTS, RESUME, START, SYNC
from checkout.payments.errors import PspUnavailable
from checkout.payments.resume import resume_payment
from checkout.psp import registry
from checkout.tasks import ClaimedTask
from tests.concurrency import at_once
from tests.killed import killed as killed_at_its_point
from tests.payments.conftest import REQUEST, Shop, ledger
from tests.payments.mock_shop import MockControl, adapter_at
from tests.payments.test_storm import until_answered

# One group: its children are forked from a process that has imported what they need, which each process of pytest-xdist
# would start for itself.
pytestmark = pytest.mark.xdist_group("killed")

ROOT = Path(__file__).resolve().parents[2]
LOOK_UP = "payments.resume.after_look_up"
FULL = ["payment_captured"] * 3 + ["psp_fee"] * 2


@pytest.fixture(scope="module")
def _mock(tmp_path_factory):
    with running_mock(tmp_path_factory.mktemp("mock") / "mock.sqlite3") as running:
        yield MockControl(running.base)


@pytest.fixture
def mock(_mock):
    _mock.clear()
    yield _mock
    _mock.clear()


@pytest.fixture
def real(shop, mock):
    """The shop, its payments registered at the mock."""
    registry.use(adapter_at(mock.base))
    return Shop(shop.storefront_id, shop.ada, shop.bao, registry.current())


def fee_task(payment):
    args = {"payment": payment.public_id, "charge": payment.psp_charge_id}
    return ClaimedTask(new_uuid(), "default", "payments.book_fee", args, 1, 8, 1)


def kinds(db):
    return [kind for kind, *_ in ledger(db)]


@pytest.mark.parametrize(
    ("currency", "amounts", "fee"),
    [("EUR", (1500, 990), 102), ("JPY", (1000, 490), 43), ("KWD", (7000, 5340), 458)],
)
def test_a_purchase_is_booked_with_its_fee_in_each_currency(db, real, mock, currency, amounts, fee):
    """Started, paid by card, found, the PSP's fee of 2.9 % + 30 (JPY + 0, KWD + 100) booked under its number."""
    payment = real.started(amounts, currency)
    mock.pay(payment.psp_session_id)

    paid = refresh_payment(payment.id, cause=REQUEST)
    book_fee(fee_task(paid))
    book_fee(fee_task(paid))

    assert paid.status == "succeeded"
    assert ledger(db) == [
        ("payment_captured", "psp_balance", currency, sum(amounts)),
        ("payment_captured", "seller_pending", currency, -amounts[0]),
        ("payment_captured", "seller_pending", currency, -amounts[1]),
        ("psp_fee", "psp_fees", currency, fee),
        ("psp_fee", "psp_balance", currency, -fee),
    ]
    assert db.value("SELECT count(*) FROM psp_numbers") == 2


def test_a_declined_card_leaves_the_payment_open(db, real, mock):
    """The reason is the shopper's; then another card pays."""
    payment = real.started()
    mock.pay(payment.psp_session_id, card="4000000000009995")
    assert refresh_payment(payment.id, cause=REQUEST).status == "awaiting_shopper"

    mock.pay(payment.psp_session_id)

    assert refresh_payment(payment.id, cause=REQUEST).status == "succeeded"


def test_a_bank_debit_is_processing(db, real, mock):
    """The page is complete, the money on its way; how it is paid decides how long it may take."""
    payment = real.started()
    mock.pay(payment.psp_session_id, iban="DE89370400440532013000")

    view = refresh_payment(payment.id, cause=REQUEST)

    assert (view.status, view.method) == ("processing", "sepa_debit")


def test_cancel_closes_the_page_and_a_faster_shopper_wins(db, real, mock):
    """Both ways."""
    from checkout.payments.errors import InvalidPaymentState

    open_payment, paid_payment = real.started(), real.started()
    mock.pay(paid_payment.psp_session_id)

    assert cancel_payment(open_payment.id, cause=REQUEST).status == "canceled"
    assert mock.sessions_of(open_payment.public_id)[0]["status"] == "expired"
    with pytest.raises(InvalidPaymentState):
        cancel_payment(paid_payment.id, cause=REQUEST)
    assert real.view(paid_payment.id).status == "succeeded"


@pytest.mark.parametrize("kind", ["drop_response", "drop_request"])
def test_lost_answers_and_lost_requests_end_in_one_page(db, real, mock, kind):
    """Twenty keys, one payment_id, the PSP's first answers lost: one payment, one session."""
    mock.fault(path="/v1/checkout/sessions", method="POST", kind=kind, share=1.0, seed=7, times=4)
    command = real.command(payment_id=new_uuid())

    answers = at_once(
        *[lambda n=n: until_answered(lambda: real.start(command, key=f"k-{n}")) for n in range(20)]
    )

    assert len({json.loads(answer.body)["url"] for answer in answers}) == 1
    assert db.value("SELECT count(*) FROM payments") == 1
    assert len(mock.sessions_of(json.loads(answers[0].body)["id"])) == 1


def test_a_forgotten_key_is_not_used_again(db, real, mock):
    """25 hours later the PSP has forgotten the key: the page is found by our reference."""
    mock.fault(path="/v1/checkout/sessions", method="POST", kind="drop_response", share=1.0, seed=7, times=9)
    with pytest.raises(PspUnavailable):
        real.start(key="k-1")
    mock.clear()
    mock.fault(path="/v1/checkout/sessions", method="POST", kind="forget_keys", share=1.0, seed=7, times=9)
    payment_id = db.value("SELECT id FROM payments")
    clock.configure(offset_seconds=25 * 3600)

    assert resume_payment(payment_id, psp=registry.current(), render=real.render, cause=REQUEST) is None

    view = real.view(payment_id)
    assert view.status == "awaiting_shopper"
    assert len(mock.sessions_of(view.public_id)) == 1


# Killed at every boundary of the payment path, then tried again.


def killed(db, shop, mock, action, point, **job):
    """A process that does the action and is killed at the point, as kill -9 does it."""
    job |= {
        "database": db.url,
        "psp": mock.base,
        "point": f"{point}:1",
        "action": action,
        "storefront": str(shop.storefront_id),
        "ada": str(shop.ada),
        "bao": str(shop.bao),
    }
    killed_at_its_point("tests.payments.crash_child", job)


def leases_pass(db):
    db.rows("UPDATE idempotency_keys SET lease_until = now() - interval '1 second' WHERE finished_at IS NULL")


def one_of_everything(db, mock, payment):
    """One payment, one page and at most one charge at the PSP, no key left, books that balance."""
    assert db.value("SELECT count(*) FROM payments") == 1
    assert len(mock.sessions_of(payment.public_id)) == 1
    assert len(mock.charges_of(payment.public_id)) <= 1
    assert db.value("SELECT count(*) FROM idempotency_keys WHERE finished_at IS NULL") == 0
    assert verify_ledger().differences == ()


@pytest.mark.parametrize("point", START)
def test_killed_while_starting_a_retry_finishes(db, real, mock, point):
    """The same key, after the lease: one payment, one page."""
    killed(db, real, mock, "start", point)
    leases_pass(db)

    answer = until_answered(lambda: real.start(key="k-1"))

    assert answer.status == 201
    one_of_everything(db, mock, real.view(answer))


@pytest.mark.parametrize("point", START[1:])
def test_killed_while_starting_the_task_finishes_without_a_retry(db, real, mock, point):
    """Nobody comes back: the staged task registers the payment and answers the key."""
    killed(db, real, mock, "start", point)
    payment_id = db.value("SELECT id FROM payments")

    resume_payment(payment_id, psp=registry.current(), render=real.render, cause=REQUEST)

    assert real.view(payment_id).status == "awaiting_shopper"
    one_of_everything(db, mock, real.view(payment_id))
    assert real.start(key="k-1").status == 201


@pytest.mark.parametrize("point", RESUME)
def test_killed_while_settling_another_run_finishes(db, real, mock, point):
    """The task comes again after its lease."""
    mock.fault(path="/v1/checkout/sessions", method="POST", kind="drop_response", share=1.0, seed=7, times=9)
    with pytest.raises(PspUnavailable):
        real.start(key="k-1")
    mock.clear()
    payment_id = db.value("SELECT id FROM payments")
    offset = 25 * 3600 if point == LOOK_UP else 0
    killed(db, real, mock, "resume", point, payment=str(payment_id), offset=offset)

    clock.configure(offset_seconds=offset)
    resume_payment(payment_id, psp=registry.current(), render=real.render, cause=REQUEST)

    assert real.view(payment_id).status == "awaiting_shopper"
    one_of_everything(db, mock, real.view(payment_id))


@pytest.mark.parametrize("point", [*SYNC, "payments.apply.after_facts", "payments.apply.before_commit"])
def test_killed_while_applying_another_run_books_once(db, real, mock, point):
    """Whatever had happened before the kill, the money is booked once."""
    payment = real.started()
    mock.pay(payment.psp_session_id)
    killed(db, real, mock, "sync", point, payment=str(payment.id))

    assert refresh_payment(payment.id, cause=REQUEST).status == "succeeded"

    assert kinds(db) == ["payment_captured"] * 3
    one_of_everything(db, mock, payment)


@pytest.mark.parametrize("point", CANCEL)
def test_killed_while_canceling_the_wish_is_carried_out(db, real, mock, point):
    """By the sync, or by asking again."""
    payment = real.started()
    killed(db, real, mock, "cancel", point, payment=str(payment.id))

    assert refresh_payment(payment.id, cause=REQUEST).status == "canceled"

    one_of_everything(db, mock, payment)


@pytest.mark.parametrize("point", BOOK_FEE)
def test_killed_while_booking_the_fee_another_run_books_it_once(db, real, mock, point):
    """One fee, one number for it, one for the charge."""
    payment = real.started()
    mock.pay(payment.psp_session_id)
    paid = refresh_payment(payment.id, cause=REQUEST)
    killed(db, real, mock, "book_fee", point, payment=str(payment.id), charge=paid.psp_charge_id)

    book_fee(fee_task(paid))

    assert kinds(db) == FULL
    one_of_everything(db, mock, payment)


def test_every_crash_point_stands_in_the_code_once_and_is_listed():
    """The list is the truth: none is passed that is not in it, none is in it that is not passed."""
    import re

    names = [
        name
        for path in (ROOT / "checkout" / "payments").glob("*.py")
        for name in re.findall(r'crash_point\("([a-z._]+)"\)', path.read_text())
    ]

    assert sorted(names) == sorted(CRASH_POINTS)


def test_a_page_for_another_amount_is_in_review_and_closed(db, real, mock):
    """The PSP opens it for 1.00 more than was asked: one page, a person is called at the next try, nobody can pay it."""
    mock.fault(path="/v1/checkout/sessions", method="POST", kind="wrong_amount", share=1.0, seed=7, times=1)
    with pytest.raises(PspUnavailable):
        real.start(key="k-1")
    mock.clear()
    payment_id = db.value("SELECT id FROM payments")

    assert resume_payment(payment_id, psp=registry.current(), render=real.render, cause=REQUEST) is None

    view = real.view(payment_id)
    assert view.status == "in_review"
    assert db.value("SELECT amount_minor FROM alerts WHERE code = 'amount_mismatch'") == 2590
    args = {"payment": view.public_id}
    close_reviewed_page(ClaimedTask(new_uuid(), "default", "payments.close_page", args, 1, 8, 1))
    pages = mock.sessions_of(view.public_id)
    assert [registry.current().fetch_payment(page["id"]).status for page in pages] == ["expired"]
    assert verify_ledger().holds
