"""How disputes look in the API. A seller among several sees its own parts, and never what the platform pays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from checkout.api.representations import moment
from checkout.core.clock import utcnow
from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.disputes.dispute import Dispute
from checkout.disputes.draft import Draft
from checkout.disputes.evidence import Evidence
from checkout.disputes.fields import EvidenceField, checklist
from checkout.disputes.files import File
from checkout.disputes.views import AnswerView, DisputeView, Movement, OrderPart
from checkout.disputes.words import STATES, reason_in_words
from checkout.wording.deadlines import time_left


def dispute_json(
    view: DisputeView, amount: Money, evidence: Evidence | None, *, shows_platform: bool
) -> dict[str, Any]:
    """`amount`: what of it concerns the caller. `evidence` None: the caller may not see it."""
    return {
        **summary_json(view.dispute, amount),
        "money": _money(view) if shows_platform else _own_money(view),
        "orders": [_part(part) for part in view.parts],
        "movements": [_movement(m) for m in view.movements] if shows_platform else [],
        "checklist": [_wanted(field, evidence) for field in checklist(view.dispute.reason)],
        "evidence": None if evidence is None else evidence_json(evidence),
        "answers": [_answer(answer) for answer in view.answers],
        "timeline": [
            {"status": step.to_status, "at": moment(step.at), "cause": step.cause} for step in view.steps
        ],
    }


def summary_json(dispute: Dispute, amount: Money) -> dict[str, Any]:
    due_at = dispute.evidence_due_at
    return {
        "id": dispute.public_id,
        "object": "dispute",
        "payment": encode("pay", dispute.payment_id),
        "kind": dispute.kind,
        "status": dispute.status,
        "status_in_words": STATES[dispute.status],
        "reason": dispute.reason,
        "reason_in_words": reason_in_words(dispute.reason),
        "network_reason_code": dispute.network_reason_code,
        "amount": amount.amount_minor,
        "currency": amount.currency,
        "currency_exponent": exponent(amount.currency),
        "evidence_due_at": _moment_or_none(due_at),
        "due_in_words": time_left(due_at, utcnow()) if due_at else None,
        "past_due": dispute.past_due,
        "opened_at": moment(dispute.opened_at),
        "closed_at": _moment_or_none(dispute.closed_at),
        "created_at": moment(dispute.created_at),
    }


def of_payment_json(dispute: Dispute | None) -> dict[str, Any] | None:
    """The payment's member `dispute`: its newest one."""
    if dispute is None:
        return None
    return {
        "id": dispute.public_id,
        "kind": dispute.kind,
        "status": dispute.status,
        "reason": dispute.reason,
        "amount": dispute.amount.amount_minor,
        "currency": dispute.currency,
        "evidence_due_at": _moment_or_none(dispute.evidence_due_at),
    }


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    return {
        **draft_json(evidence.draft),
        "texts": dict(evidence.draft.texts),
        "collected": dict(evidence.collected),
        "files": [file_json(file) for file in evidence.files],
    }


def draft_json(draft: Draft) -> dict[str, Any]:
    return {
        "object": "dispute_evidence",
        "version": draft.version,
        "updated_at": _moment_or_none(draft.updated_at),
        "erased": draft.is_erased,
    }


def file_json(file: File) -> dict[str, Any]:
    return {
        "id": file.public_id,
        "object": "dispute_file",
        "field": file.field,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size_bytes,
        "created_at": moment(file.created_at),
    }


def _money(view: DisputeView) -> dict[str, int]:
    return {
        "withdrawn": view.withdrawn.amount_minor,
        "reinstated": view.reinstated.amount_minor,
        "fees": view.fees.amount_minor,
        "losses": view.losses.amount_minor,
    }


def _own_money(view: DisputeView) -> dict[str, int]:
    """What the seller bears of it now."""
    return {
        "withdrawn": sum(part.amount.amount_minor for part in view.parts),
        "reinstated": 0,
        "fees": sum(part.fee.amount_minor for part in view.parts),
        "losses": 0,
    }


def _part(part: OrderPart) -> dict[str, Any]:
    return {
        "order": part.public_id,
        "seller": encode("sel", part.seller_id),
        "amount": part.order_amount.amount_minor,
        "withdrawn": part.amount.amount_minor,
        "fee": part.fee.amount_minor,
        "fee_borne_by": part.fee_borne_by,
    }


def _movement(movement: Movement) -> dict[str, Any]:
    return {
        "number": movement.number,
        "amount": movement.amount.amount_minor,
        "fee": movement.fee.amount_minor,
        "losses": movement.losses.amount_minor,
        "at": moment(movement.at),
    }


def _wanted(field: EvidenceField, evidence: Evidence | None) -> dict[str, Any]:
    return {
        "field": field.name,
        "asks": field.asks,
        "kind": "file" if field.is_file else "text",
        "filled_by": _filled_by(field, evidence) if evidence else None,
    }


def _filled_by(field: EvidenceField, evidence: Evidence) -> str | None:
    texts: Mapping[str, str] = evidence.draft.texts
    if field.name in texts or any(file.field == field.name for file in evidence.files):
        return "person"
    return "platform" if field.name in evidence.collected else None


def _answer(answer: AnswerView) -> dict[str, Any]:
    return {
        "kind": answer.kind,
        "round": answer.round,
        "status": answer.status,
        "refusal": answer.refusal,
        "created_at": moment(answer.created_at),
        "ended_at": _moment_or_none(answer.ended_at),
    }


def _moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
