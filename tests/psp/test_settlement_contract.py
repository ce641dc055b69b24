"""What every adapter must do with settlement reports, over the wire to the mock PSP, and when the wire fails."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest

from checkout.core.money import Money
from checkout.mockpsp.server import running_mock
from checkout.psp import (
    CreateRefund,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    SettlementReport,
)
from checkout.psp.stripe import settlement
from tests.psp.conftest import MockPsp, adapter_at
from tests.psp.stub import http

DAY = 86_400


@pytest.fixture
def night(tmp_path, request_of):
    """A mock in which 24.90 EUR and 12.340 KWD were paid and 5.00 given back; and the day after it."""
    with running_mock(tmp_path / "mock.sqlite3") as running:
        mock = MockPsp(running, adapter_at(running.base))
        now = running.psp.clock.now()
        mock.control("POST", "clock", {"advance_seconds": DAY - now % DAY + DAY // 2})
        noon = datetime.fromtimestamp(running.psp.clock.now(), UTC)
        today = noon.date()
        for amount in (Money(2490, "EUR"), Money(12340, "KWD")):
            request = request_of(amount=amount, expires_at=noon + timedelta(hours=1))
            session = mock.adapter.register_payment(request).session_id
            mock.pay(session, card="4242424242424242")
            if amount.currency == "EUR":
                charge = mock.adapter.fetch_payment(session).charge
                intent = charge and charge.intent_id
                refund = CreateRefund("re_1", request.reference, "k", str(intent), None, Money(500, "EUR"))
                mock.adapter.create_refund(refund)
        mock.control("POST", "clock", {"advance_seconds": DAY})
        yield mock, today


def succeeded(mock, day) -> SettlementReport:
    asked = mock.adapter.request_settlement_report(day, "report:1")
    assert (asked.status, asked.file_id) == ("pending", None)
    mock.control("POST", "clock", {"advance_seconds": 3})
    return mock.adapter.fetch_settlement_report(asked.id)


def rows(content: io.BytesIO):
    names = ("balance_transaction_id", "currency", "gross", "fee", "net", "reporting_category", "source_id",
             "payment_metadata[payment]", "refund_metadata[refund]", "created_utc")  # fmt: skip
    return sorted(
        tuple(row[name] for name in names) for row in csv.DictReader(io.StringIO(content.getvalue().decode()))
    )


def test_a_days_report_is_asked_for_made_and_downloaded(night):
    """Three movements; the same key brings back the same report; its file is as long as it says."""
    mock, day = night
    report = succeeded(mock, day)
    content = io.BytesIO()

    assert (
        mock.adapter.download_settlement_report(report, content)
        == report.size_bytes
        == len(content.getvalue())
    )
    assert mock.adapter.request_settlement_report(day, "report:1").id == report.id
    assert {row[1:5] for row in rows(content)} == {
        ("eur", "24.90", "1.02", "23.88"),
        ("kwd", "12.340", "0.458", "11.882"),
        ("eur", "-5.00", "0.00", "-5.00"),
    }
    assert mock.adapter.capabilities.settlement_formats == ("balance_change_from_activity.itemized.3",)


def test_the_method_of_each_charge_is_asked_for(night):
    """What a charge may cost depends on it: in the report as in the list."""
    mock, day = night
    downloaded, listed = io.BytesIO(), io.BytesIO()
    mock.adapter.download_settlement_report(succeeded(mock, day), downloaded)
    mock.adapter.list_settlement_lines(day, listed)
    for content in (downloaded, listed):
        told = csv.DictReader(io.StringIO(content.getvalue().decode()))
        charges = [row["payment_method_type"] for row in told if row["reporting_category"] == "charge"]
        assert charges == ["card", "card"]


def test_the_list_of_movements_has_the_same_lines(night):
    """For a key that is refused reports: the same numbers, amounts, names and times, row by row."""
    mock, day = night
    downloaded, listed = io.BytesIO(), io.BytesIO()
    mock.adapter.download_settlement_report(succeeded(mock, day), downloaded)

    assert mock.adapter.list_settlement_lines(day, listed) == 3

    of_payment = 7  # a refund's line names its payment only in Stripe's own file
    assert [row[:of_payment] + row[8:] for row in rows(listed)] == [
        row[:of_payment] + row[8:] for row in rows(downloaded)
    ]
    charges = [row[of_payment] for row in rows(listed) if row[5] == "charge"]
    assert charges == [row[of_payment] for row in rows(downloaded) if row[5] == "charge"]
    assert all(charges)
    assert not listed.closed


def test_a_day_that_has_not_passed_is_asked_for_later(night):
    """Its data is not there: no refusal, but another time."""
    mock, day = night
    with pytest.raises(RateLimited) as later:
        mock.adapter.request_settlement_report(day + timedelta(days=5), "report:2")
    assert later.value.retry_after_seconds == settlement.NOT_YET_SECONDS


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "drop_response"}, OutcomeUnknown),
        ({"kind": "status", "status": 503}, OutcomeUnknown),
        ({"kind": "status", "status": 429}, RateLimited),
        ({"kind": "status", "status": 404}, InvalidRequest),
    ],
)
def test_a_download_that_fails_says_how(night, fault, error):
    """The connection ends, the PSP is away, in a hurry, or knows no such file."""
    mock, day = night
    report = succeeded(mock, day)
    mock.control("POST", "faults", {"path": f"/v1/files/{report.file_id}/contents", "method": "GET", **fault})

    with pytest.raises(error):
        mock.adapter.download_settlement_report(report, io.BytesIO())


def test_a_file_that_is_shorter_or_larger_than_agreed_is_not_taken(night, monkeypatch):
    """Other bytes than announced; and more than a file may have."""
    mock, day = night
    report = succeeded(mock, day)
    other = SettlementReport(report.id, "succeeded", report.file_id, 7, None)
    with pytest.raises(OutcomeUnknown):
        mock.adapter.download_settlement_report(other, io.BytesIO())

    monkeypatch.setattr(settlement, "MAX_REPORT_BYTES", 100)
    unsaid = SettlementReport(report.id, "succeeded", report.file_id, None, None)
    with pytest.raises(InvalidRequest):
        mock.adapter.download_settlement_report(unsaid, io.BytesIO())


def test_an_answer_about_another_day_is_not_believed(stub):
    """The report that comes back is of an interval that nobody asked for."""
    answer = {
        "id": "frr_1", "object": "reporting.report_run", "status": "pending", "result": None, "error": None,
        "parameters": {"interval_start": 1, "interval_end": 2},
    }  # fmt: skip
    stub.answers(http(200, answer))
    with pytest.raises(OutcomeUnknown):
        adapter_at(stub.base).request_settlement_report(date(2026, 3, 14), "report:1")


def test_a_report_without_a_file_is_not_downloaded(stub):
    """Nothing is sent."""
    with pytest.raises(InvalidRequest):
        adapter_at(stub.base).download_settlement_report(
            SettlementReport("frr_1", "failed", None, None, "no data"), io.BytesIO()
        )
    assert stub.requests == []
