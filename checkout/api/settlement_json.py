"""Settlement files, runs and differences as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final
from uuid import UUID

from checkout.api.representations import moment
from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.reconciliation.lists import AlertView, RunView
from checkout.reconciliation.night.report import Report
from checkout.reconciliation.queries import SettlementFile
from checkout.reconciliation.settled import Settled

ZONE: Final = "UTC"  # a PSP's day

EMPTY: Final = Report([], 0, 0, 0, 0, 0, 0, {}, {}, {}, 0).as_json()


def file_json(file: SettlementFile) -> dict[str, Any]:
    return {
        "id": file.public_id,
        "object": "settlement_file",
        "psp": file.psp,
        "business_on": file.business_on.isoformat(),
        "timezone": ZONE,
        "account": file.account,
        "batch": file.batch,
        "format": file.format,
        "name": file.name,
        "sha256": file.sha256,
        "size": file.size_bytes,
        "status": file.status,
        "rows_total": file.rows_total,
        "rows_kept": file.rows_kept,
        "rows_rejected": file.rows_rejected,
        "totals": file.totals,
        "errors": file.errors,
        "received_at": moment(file.received_at),
    }


def run_json(found: RunView) -> dict[str, Any]:
    return {
        "id": encode("run", found.id),
        "object": "reconciliation_run",
        "psp": found.psp,
        "business_on": found.business_on.isoformat(),
        "timezone": ZONE,
        "status": found.status,
        "started_at": moment(found.started_at.astimezone(UTC)),
        "finished_at": moment(found.finished_at.astimezone(UTC)) if found.finished_at else None,
        **(found.report or EMPTY),
    }


def alert_json(alert: AlertView) -> dict[str, Any]:
    return {
        "id": encode("alr", alert.id),
        "object": "reconciliation_alert",
        "code": alert.code,
        "severity": alert.severity,
        "status": alert.status,
        "psp": alert.psp,
        "business_on": alert.business_on.isoformat(),
        "timezone": ZONE,
        "difference": alert.difference.amount_minor,
        "currency": alert.difference.currency,
        "currency_exponent": exponent(alert.difference.currency),
        "ours": alert.ours_minor,
        "theirs": alert.theirs_minor,
        "payment": _id("pay", alert.payment_id),
        "entry": _id("jrn", alert.entry_id),
        "file": _id("file", alert.file_id),
        "line": alert.line,
        "psp_number": alert.number or None,
        "psp_source": alert.source_id or None,
        "detail": alert.detail,
        "resolution": alert.resolution,
        "assignee": alert.assignee,
        "due_on": alert.due_on.isoformat() if alert.due_on else None,
        "age_days": alert.age_days,
        "cause": _id("alr", alert.parent_id),
        "last_note": alert.last_note,
        "created_at": moment(alert.created_at),
    }


def of_payment_settled(rows: Sequence[Settled]) -> dict[str, Any]:
    """The payment's member `settlement`: the first row of the PSP's files that tells of it."""
    if not rows:
        return {"status": "not_settled"}
    first = rows[0]
    return {
        "status": "settled",
        "file": first.file,
        "line": first.line,
        "settled_on": first.business_on.isoformat(),
        "gross": first.gross.amount_minor,
        "fee": first.fee.amount_minor,
        "net": first.net.amount_minor,
        "currency": first.net.currency,
        "currency_exponent": exponent(first.net.currency),
    }


def _id(prefix: str, id: UUID | None) -> str | None:
    return encode(prefix, id) if id else None
