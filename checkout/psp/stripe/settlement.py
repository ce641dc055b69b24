"""Stripe's settlement reports: run, looked at, downloaded; or the same lines, made from the list of balance transactions.

After docs.stripe.com/reports/report-types and docs.stripe.com/reports/api.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, BinaryIO, Final

from checkout.core.currencies import exponent
from checkout.core.money import Money
from checkout.psp.errors import InvalidRequest, OutcomeUnknown, RateLimited
from checkout.psp.port.settlement import SettlementReport, SettlementReportStatus
from checkout.psp.stripe.calls import Calls, believing, path_id
from checkout.psp.stripe.reading import (
    Object,
    Unreadable,
    integer,
    moment,
    money,
    nested,
    optional_text,
    text,
)

RUNS: Final = "/v1/reporting/report_runs"
FILES: Final = "/v1/files"
REPORT_TYPE: Final = "balance_change_from_activity.itemized.3"
COLUMNS: Final = (
    "balance_transaction_id", "created_utc", "available_on_utc", "currency", "gross", "fee", "net",
    "reporting_category", "source_id", "description", "customer_facing_amount", "customer_facing_currency",
    "charge_id", "payment_intent_id", "payment_method_type", "transfer_group", "payment_metadata[payment]", "refund_metadata[refund]",
)  # fmt: skip
MAX_REPORT_BYTES: Final = 1024**3  # a million rows are some 250 MB
MAX_PAGES_OF_MOVEMENTS: Final = 20_000
NOT_YET_SECONDS: Final = 1_800  # Stripe makes a day's data available within hours of its end
INTERVAL_END: Final = "parameters[interval_end]"
LEFT_OUT: Final = frozenset({"payout", "payout_reversal"})  # of reports of activity
_STATUSES: Final[Mapping[str, SettlementReportStatus]] = {
    "pending": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
}


class Settlement(Calls):
    """The adapter's part that tells what was settled."""

    def request_settlement_report(self, business_on: date, idempotency_key: str) -> SettlementReport:
        start, end = _bounds(business_on)
        wire = {
            "report_type": REPORT_TYPE,
            "parameters[interval_start]": str(start),
            INTERVAL_END: str(end),
            "parameters[timezone]": "Etc/UTC",
            **{f"parameters[columns][{n}]": name for n, name in enumerate(COLUMNS)},
        }
        try:
            answer = self._client.post(RUNS, wire, key=idempotency_key)
        except InvalidRequest as error:
            if error.detail.endswith(INTERVAL_END):
                raise RateLimited(
                    "the day's data is not there yet", retry_after_seconds=NOT_YET_SECONDS
                ) from None
            raise
        with believing():
            parameters = nested(answer, "parameters")
            if (integer(parameters, "interval_start"), integer(parameters, "interval_end")) != (start, end):
                raise Unreadable("a report of another day")
            return _report(answer)

    def fetch_settlement_report(self, report_id: str) -> SettlementReport:
        answer = self._client.get(f"{RUNS}/{path_id(report_id)}")
        with believing():
            if text(answer, "id") != report_id:
                raise Unreadable("another report")
            return _report(answer)

    def download_settlement_report(self, report: SettlementReport, into: BinaryIO) -> int:
        if report.file_id is None:
            raise InvalidRequest("the report has no file", psp_code=report.status)
        if (report.size_bytes or 0) > MAX_REPORT_BYTES:
            raise InvalidRequest(f"a report of more than {MAX_REPORT_BYTES} bytes", psp_code="file_size")
        # The address is made here, not taken from the answer: the key goes nowhere else.
        path = f"{FILES}/{path_id(report.file_id)}/contents"
        size = self._client.download(path, into, most_bytes=MAX_REPORT_BYTES)
        if report.size_bytes is not None and size != report.size_bytes:
            raise OutcomeUnknown(f"a file of {size} bytes where {report.size_bytes} were announced")
        return size

    def list_settlement_lines(self, business_on: date, into: BinaryIO) -> int:
        start, end = _bounds(business_on)
        during = {"created[gte]": str(start), "created[lt]": str(end), "expand[0]": "data.source"}
        text_file = io.TextIOWrapper(into, encoding="utf-8", newline="", write_through=True)
        writer = csv.DictWriter(text_file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        count = 0
        for row in self._rows(during):
            writer.writerow(row)
            count += 1
        text_file.detach()  # the caller's file stays open
        return count

    def _rows(self, during: Mapping[str, str]) -> Iterator[dict[str, str]]:
        for item in self._pages("/v1/balance_transactions", during, MAX_PAGES_OF_MOVEMENTS):
            with believing():
                category = text(item, "reporting_category")
                row = None if category in LEFT_OUT else _row(item, category)
            if row is not None:
                yield row


def _report(run: Object) -> SettlementReport:
    status = _STATUSES.get(text(run, "status"))
    if status is None:
        raise Unreadable("an unknown status of a report")
    result = nested(run, "result")
    return SettlementReport(
        id=text(run, "id"),
        status=status,
        file_id=text(result, "id") if result else None,
        size_bytes=integer(result, "size") if result else None,
        error=optional_text(run, "error"),
    )


def _row(item: Object, category: str) -> dict[str, str]:
    source = item.get("source")
    thing: Object = source if isinstance(source, Mapping) else {}
    is_charge = thing.get("object") == "charge"
    metadata, method = nested(thing, "metadata"), nested(thing, "payment_method_details")
    return {
        "balance_transaction_id": text(item, "id"),
        "created_utc": _time(moment(item, "created")),
        "available_on_utc": _time(moment(item, "available_on")),
        "currency": text(item, "currency"),
        **{
            column: _major(money(item, name))
            for column, name in (("gross", "amount"), ("fee", "fee"), ("net", "net"))
        },
        "reporting_category": category,
        "source_id": str(thing.get("id") or source or ""),
        "charge_id": str(thing.get("id") if is_charge else _id(thing.get("charge"))),
        "payment_intent_id": _id(thing.get("payment_intent")),
        "payment_method_type": str(method.get("type") or ""),
        "transfer_group": str(thing.get("transfer_group") or ""),
        "payment_metadata[payment]": str(metadata.get("payment", "")) if is_charge else "",
        "refund_metadata[refund]": str(metadata.get("refund", "")),
    }


def _id(named: Any) -> str:
    return str(named.get("id") if isinstance(named, Mapping) else named or "")


def _major(amount: Money) -> str:
    places = exponent(amount.currency)
    digits = str(abs(amount.amount_minor)).rjust(places + 1, "0")
    written = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{written}" if amount.amount_minor < 0 else written


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _bounds(business_on: date) -> tuple[int, int]:
    start = datetime.combine(business_on, time.min, tzinfo=UTC)
    return int(start.timestamp()), int((start + timedelta(days=1)).timestamp())
