"""Refunds from a file that was stopped, put right and sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from checkout.core.clock import utcnow
from checkout.identity.access import EVERYTHING
from checkout.refunds.refund_bulk import preview_refunds, refund_bulk
from tests.refunds.conftest import CAUSE


@pytest.fixture
def send(desk):
    def send(*rows, act=refund_bulk, principal="key:1"):
        data = "\n".join(("payment,amount,currency", *rows)).encode()
        outcomes = act(data, principal=principal, reach=EVERYTHING, psp=desk.psp, cause=CAUSE)
        return [outcome.status if outcome.code is None else outcome.code for outcome in outcomes]

    return send


@pytest.fixture
def rows(desk):
    return [f"{desk.paid(1500).public_id},5.00,EUR" for _ in range(3)]


def test_a_file_that_was_put_right_refunds_nothing_twice(desk, rows, send):
    """Three rows of 5.00, the third with a slip; sent again with it put right, only the third is new."""
    assert send(rows[0], rows[1], rows[2].replace("5.00", "5.000")) == [
        "refunded",
        "refunded",
        "invalid_format",
    ]
    assert send(*rows, act=preview_refunds) == ["refunded_before", "refunded_before", "would_refund"]
    assert send(*rows) == ["refunded_before", "refunded_before", "refunded"]
    assert desk.db.value("SELECT sum(amount_refunded_minor) FROM payments") == 1500


def test_the_same_row_twice_in_one_file_is_two_refunds(desk, rows, send):
    """Somebody wrote it twice on purpose; the same file again changes nothing."""
    assert send(rows[0], rows[0]) == ["refunded", "refunded"]
    assert send(rows[0], rows[0]) == ["unchanged", "unchanged"]


def test_another_amount_another_caller_and_another_day_are_other_refunds(desk, rows, send):
    assert send(rows[0]) == ["refunded"]
    assert send(rows[0].replace("5.00", "2.00")) == ["refunded"]
    assert send(rows[0], principal="key:2") == ["refunded"]
    with time_machine.travel(utcnow() + timedelta(hours=25)):
        assert send(rows[0].replace("5.00", "5.0")) == ["refund_exceeds_captured"]
        assert send(rows[0].replace("5.00", "2.0")) == ["refunded"]


def test_what_failed_may_be_sent_again_in_another_file(desk, rows, send):
    assert send(rows[0]) == ["refunded"]
    desk.db.rows("UPDATE refunds SET status = 'failed'")
    assert send(rows[0].replace("5.00", "5.0")) == ["refunded"]
