"""How payouts and schedules look in the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from checkout.api.representations import moment
from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.payouts.eligibility import Terms
from checkout.payouts.payout import Payout
from checkout.payouts.queries import ItemView, PayoutView
from checkout.payouts.schedule import PayoutDate, Schedule, in_words
from checkout.payouts.words import FAILURES, WAITING, waits_for


def payout_json(view: PayoutView, timezone: str) -> dict[str, Any]:
    return {
        **summary_json(view.payout, timezone),
        "item_count": view.item_count,
        "items": [_item(item) for item in view.items],
        "timeline": [
            {"status": step.to_status, "at": moment(step.at), "cause": step.cause} for step in view.steps
        ],
    }


def summary_json(payout: Payout, timezone: str) -> dict[str, Any]:
    return {
        "id": payout.public_id,
        "object": "payout",
        "seller": encode("sel", payout.seller_id),
        "amount": payout.amount.amount_minor,
        "currency": payout.currency,
        "currency_exponent": exponent(payout.currency),
        "fee": payout.fee.amount_minor,
        "carried": payout.carried.amount_minor,
        "status": payout.status,
        "kind": payout.kind,
        "period": payout.period.isoformat() if payout.period else None,
        "bank_last4": payout.bank_last4,
        "terms": _terms(payout.terms),
        "expected_on": payout.expected_on.isoformat() if payout.expected_on else None,
        "timezone": timezone,
        "created_at": moment(payout.created_at),
        "sent_at": _moment_or_none(payout.sent_at),
        "arrived_at": _moment_or_none(payout.arrived_at),
        "failure": _in_words(payout.failure_code, FAILURES),
        "waiting_because": _in_words(waits_for(payout), WAITING),
    }


def schedule_json(
    seller_id: UUID, currency: str, schedule: Schedule, coming: Sequence[PayoutDate], timezone: str
) -> dict[str, Any]:
    return {
        "object": "payout_schedule",
        "seller": encode("sel", seller_id),
        "currency": currency,
        "currency_exponent": exponent(currency),
        "rhythm": schedule.rhythm,
        "weekday": schedule.weekday if schedule.rhythm == "weekly" else None,
        "day_of_month": schedule.day_of_month if schedule.rhythm == "monthly" else None,
        "minimum": schedule.minimum_minor,
        "in_words": in_words(schedule),
        "next": [
            {
                "period": day.period.isoformat(),
                "on": day.on.isoformat(),
                "timezone": timezone,
                "moved_because": day.moved_because,
            }
            for day in coming
        ],
    }


def _item(item: ItemView) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "order": encode("ord", item.order_id) if item.order_id else None,
        "amount": item.amount.amount_minor,
        "entry": encode("jrn", item.entry_id) if item.entry_id else None,
    }


def _terms(terms: Terms | None) -> dict[str, Any] | None:
    if terms is None:
        return None
    return {
        "version": terms.version,
        "minimum": terms.minimum_minor,
        "step": terms.step_minor,
        "fee_bps": terms.fee_bps,
        "fee_minimum": terms.fee_minimum_minor,
    }


def _in_words(code: str | None, words: dict[str, str]) -> dict[str, str] | None:
    return {"code": code, "message": words[code]} if code else None


def _moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
