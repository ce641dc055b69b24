"""What the PSP moved on a day, in its own file: asked for, made a while later, fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Literal, Protocol

SettlementReportStatus = Literal["pending", "succeeded", "failed"]


@dataclass(frozen=True, slots=True)
class SettlementReport:
    """A report as the PSP shows it now. `file_id` and `size_bytes` are there once it succeeded; `error` where it
    failed, in the PSP's words."""

    id: str
    status: SettlementReportStatus
    file_id: str | None
    size_bytes: int | None
    error: str | None


class TellsSettlement(Protocol):
    """A business day is midnight to midnight, UTC."""

    def request_settlement_report(self, business_on: date, idempotency_key: str) -> SettlementReport:
        """Asks for the day's file. The same key brings back the same report.

        Raises:
            RateLimited: the day's data is not there yet: again later.
            InvalidRequest: this key may not have such reports.
        """
        ...

    def fetch_settlement_report(self, report_id: str) -> SettlementReport: ...

    def download_settlement_report(self, report: SettlementReport, into: BinaryIO) -> int:
        """Writes the file of a report that succeeded, block by block; returns its size in bytes. What was written
        before an error is of no use.

        Raises:
            InvalidRequest: the report has no file, or one that is too large.
            OutcomeUnknown: the file broke off, or is not as long as the report says.
        """
        ...

    def list_settlement_lines(self, business_on: date, into: BinaryIO) -> int:
        """Writes the same lines, as a file of the same columns made by us, from the list of movements: for keys that
        are refused reports. Returns how many. Raises as lists do."""
        ...
