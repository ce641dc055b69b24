"""Unknown outcomes end: the same request under the same key inside its window, a look-up after it, never a new key."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from checkout import tasks
from checkout.core import clock
from checkout.core.money import Money
from checkout.payments.close_page import close_reviewed_page
from checkout.payments.errors import PspUnavailable
from checkout.payments.resume import resume
from checkout.privacy import erase_person
from checkout.psp import Contradicted, InvalidRequest, OutcomeUnknown, Unavailable
from tests.payments.conftest import REQUEST, history
from tests.payments.fake_psp import lost_answer, lost_request
from tests.payments.test_sync import later, task


def unknown(shop, db, *faults, key="k-1"):
    """A payment whose registration was not answered; returns its id."""
    shop.psp.faults = list(faults) or [lost_answer()]
    with pytest.raises(PspUnavailable):
        shop.start(key=key)
    return db.value("SELECT id FROM payments")


def run_resume(shop, payment_id):
    """The staged task runs; the seconds it is parked for, or None when it is done."""
    try:
        resume(task("payments.resume", payment=shop.view(payment_id).public_id), render=shop.render)
    except tasks.Park as wait:
        return wait.after_seconds
    return None


@pytest.mark.parametrize("fault", [lost_answer, lost_request])
def test_the_task_settles_what_nobody_retries_and_answers_the_key(db, shop, fault):
    """The same request under the same key: one page; the key's answer waits for a retry that may come days later."""
    payment_id = unknown(shop, db, fault())

    assert run_resume(shop, payment_id) is None

    assert shop.view(payment_id).status == "awaiting_shopper"
    assert len(shop.psp.sessions) == 1
    assert shop.psp.wires[0] == shop.psp.wires[1]
    replayed = shop.start(key="k-1")
    assert (replayed.status, replayed.replayed) == (201, True)
    assert json.loads(replayed.body)["url"] == "https://psp.example/pay/cs_test_1"


def test_it_is_tried_again_after_5_15_60_and_300_seconds(db, shop):
    """And a person is called after the third attempt, once, until the PSP answers."""
    payment_id = unknown(shop, db, *[lost_request() for _ in range(6)])

    waits = [run_resume(shop, payment_id) for _ in range(5)]

    assert waits == [15, 60, 300, 300, 300]
    assert db.rows("SELECT code, status, severity FROM alerts") == [
        {"code": "payment_unknown", "status": "open", "severity": "high"}
    ]
    assert run_resume(shop, payment_id) is None
    assert db.value("SELECT status FROM alerts") == "resolved"


def test_after_the_keys_window_it_is_looked_up_and_never_sent_again(db, shop):
    """25 hours later the PSP may have forgotten the key: found by our reference."""
    payment_id = unknown(shop, db, lost_answer())
    later(25 * 3600)

    assert run_resume(shop, payment_id) is None

    assert shop.view(payment_id).status == "awaiting_shopper"
    assert shop.view(payment_id).hosted_url == "https://psp.example/pay/cs_test_1"
    assert shop.psp.count("register") == 1
    assert shop.psp.count("find") == 1


def test_not_there_counts_only_when_it_is_said_twice_a_minute_apart(db, shop):
    """The PSP never heard of it: failed after the second look, orders canceled."""
    payment_id = unknown(shop, db, lost_request())
    later(25 * 3600)
    assert run_resume(shop, payment_id) == 60
    assert shop.view(payment_id).status == "unknown"
    assert run_resume(shop, payment_id) > 0
    assert shop.view(payment_id).status == "unknown"

    later(25 * 3600 + 61)
    assert run_resume(shop, payment_id) is None

    view = shop.view(payment_id)
    assert (view.status, view.last_error.code) == ("failed", "never_registered")
    assert shop.psp.count("register") == 1
    assert shop.start(key="k-1").status == 424


def test_a_retry_by_key_after_the_window_does_not_send_again_either(db, shop):
    """The same guard stands behind a late retry."""
    unknown(shop, db, lost_answer())
    later(25 * 3600)

    assert shop.start(key="k-1").status == 201
    assert shop.psp.count("register") == 1


def test_a_repeat_that_is_refused_looks_for_the_page_of_the_first_attempt(db, shop):
    """The first attempt was executed; the repeat is refused, for its time has passed: the page is found, not failed."""
    payment_id = unknown(shop, db, lost_answer(), ("before", InvalidRequest("expires_at is in the past")))

    assert run_resume(shop, payment_id) is None

    assert shop.view(payment_id).status == "awaiting_shopper"


def test_a_repeat_that_is_refused_and_not_there_has_failed(db, shop):
    """The first was never executed, the repeat is refused: failed."""
    payment_id = unknown(shop, db, lost_request(), ("before", InvalidRequest("expires_at is in the past")))

    assert run_resume(shop, payment_id) is None
    assert shop.view(payment_id).status == "failed"


def test_a_psp_that_repeats_its_failure_for_a_day_is_asked_otherwise(db, shop):
    """It keeps a 500 under the key: after four attempts a look-up finds the page all the same."""
    payment_id = unknown(shop, db, lost_answer(), *[lost_request() for _ in range(9)])
    waits = 0
    while run_resume(shop, payment_id) is not None:
        waits += 1

    assert waits == 3
    assert shop.view(payment_id).status == "awaiting_shopper"


def test_a_psp_that_is_away_leaves_a_created_payment_to_be_continued(db, shop):
    """Connection refused: nothing executed, still created, the task tries until it works."""
    shop.psp.down = Unavailable("refused")
    with pytest.raises(PspUnavailable):
        shop.start(key="k-1")
    payment_id = db.value("SELECT id FROM payments")
    assert run_resume(shop, payment_id) > 0
    shop.psp.down = None

    assert run_resume(shop, payment_id) is None
    assert history(db, payment_id) == ["created", "awaiting_shopper"]


def test_a_task_for_a_payment_that_is_settled_ends_quietly(db, shop):
    """The request itself was faster."""
    payment = shop.started()

    assert run_resume(shop, payment.id) is None
    assert shop.psp.count("register") == 1


def test_the_refusal_is_stored_under_the_key_by_the_task_too(db, shop):
    """The request's process died before its second transaction; the PSP refuses: the retry hears 424."""
    shop.psp.faults = [
        ("before", Unavailable("refused")),
        ("before", InvalidRequest("no such currency", psp_code="currency")),
    ]
    with pytest.raises(PspUnavailable):
        shop.start(key="k-1")
    payment_id = db.value("SELECT id FROM payments")

    assert run_resume(shop, payment_id) is None

    assert shop.start(key="k-1").status == 424


def test_a_refresh_settles_an_unknown_payment(db, shop):
    """Asked by the status page's button."""
    from checkout.payments import refresh_payment
    from tests.payments.conftest import REQUEST

    payment_id = unknown(shop, db, lost_answer())

    assert refresh_payment(payment_id, cause=REQUEST).status == "awaiting_shopper"


def test_the_next_check_is_known_to_the_shopper(db, shop):
    """The status page says when we ask again."""
    payment_id = unknown(shop, db, lost_answer(), ("before", OutcomeUnknown("again")))

    assert shop.view(payment_id).next_sync_at - clock.utcnow() <= timedelta(seconds=5)


def test_a_page_for_another_amount_is_in_review_at_the_next_try(db, shop):
    """Asked for 24.90, the PSP opened a page for 25.90: five seconds later a person is called, and the page is closed
    before anybody pays it."""
    payment_id = unknown(shop, db, ("after", Contradicted("25.90 EUR", session_id="cs_test_1")))
    shop.psp.becomes("cs_test_1", "open", amount=Money(2590, "EUR"))
    assert db.value("SELECT due_at - created_at FROM tasks WHERE kind = 'payments.resume'") < timedelta(
        seconds=10
    )
    shop.psp.faults = [("after", Contradicted("25.90 EUR", session_id="cs_test_1"))]

    assert run_resume(shop, payment_id) is None

    view = shop.view(payment_id)
    assert (view.status, view.psp_session_id) == ("in_review", "cs_test_1")
    assert db.rows("SELECT code, amount_minor, currency FROM alerts") == [
        {"code": "amount_mismatch", "amount_minor": 2590, "currency": "EUR"}
    ]
    close_reviewed_page(task("payments.close_page", payment=view.public_id))
    assert shop.psp.sessions["cs_test_1"].status == "expired"
    assert shop.view(payment_id).status == "in_review"
    assert json.loads(shop.start(key="k-1").body)["status"] == "in_review"


def test_an_answer_that_lied_about_the_amount_changes_nothing(db, shop):
    """The page itself asks for 24.90: the shopper goes there."""
    payment_id = unknown(shop, db, ("after", Contradicted("25.90 EUR", session_id="cs_test_1")))
    shop.psp.faults = [("after", Contradicted("25.90 EUR", session_id="cs_test_1"))]

    assert run_resume(shop, payment_id) is None

    assert shop.view(payment_id).status == "awaiting_shopper"
    assert db.value("SELECT count(*) FROM alerts") == 0


def test_a_created_payment_whose_repeat_is_refused_is_looked_up_first(db, shop):
    """The first process was killed after the PSP had opened the page, and the PSP has forgotten the key since: it
    refuses the repeat. The page is there all the same, and the payment is not failed beside it."""
    shop.psp.faults = [("after", SystemExit())]
    with pytest.raises(SystemExit):
        shop.start(key="k-1")
    payment_id = db.value("SELECT id FROM payments WHERE status = 'created'")
    shop.psp.faults = [("before", InvalidRequest("expires_at is too soon"))]

    assert run_resume(shop, payment_id) is None

    assert shop.view(payment_id).status == "awaiting_shopper"


def test_a_task_for_an_ended_payment_whose_shopper_was_erased_ends_and_answers_the_key(db, shop):
    """9.90 was never registered and has failed; the shopper is erased before the parked task looks again."""
    payment_id = unknown(shop, db, lost_request())
    db.rows("UPDATE payments SET status = 'failed' WHERE id = %(id)s", id=payment_id)
    erase_person("jo@example.org", reason="asked for by letter", cause=REQUEST)

    assert run_resume(shop, payment_id) is None

    assert db.value("SELECT count(*) FROM idempotency_keys WHERE finished_at IS NULL") == 0
