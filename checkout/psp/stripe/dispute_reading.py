"""Disputes as Stripe shows them, read into ours. Evidence is not read: it tells of persons, and we wrote it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast, get_args

from checkout.psp.port import Dispute, DisputeMovement, DisputeStatus
from checkout.psp.stripe.balance import balance_transaction_of
from checkout.psp.stripe.reading import (
    Object,
    Unreadable,
    boolean,
    integer,
    listed,
    moment,
    money,
    nested,
    optional_text,
    reference_id,
    text,
)

NO_ANSWER_TAKEN: Final = (None, 0)  # evidence_details.due_by where the bank hears no answer


def dispute_of(made: Object) -> Dispute:
    """A dispute, whether its charge and intent are expanded or only named.

    Raises:
        Unreadable: a field is not what it should be, the status is unknown, or the movements do not add up.
    """
    status, charge_id = text(made, "status"), reference_id(made, "charge")
    if status not in get_args(DisputeStatus):
        raise Unreadable("an unknown status of a dispute")
    if charge_id is None:
        raise Unreadable("charge is missing")
    details, means = nested(made, "evidence_details"), nested(made, "payment_method_details")
    method = optional_text(means, "type")
    return Dispute(
        id=text(made, "id"),
        charge_id=charge_id,
        intent_id=reference_id(made, "payment_intent"),
        amount=money(made, "amount"),
        status=cast("DisputeStatus", status),
        reason=text(made, "reason"),
        network_reason_code=_network_reason(made, nested(means, method) if method else {}),
        evidence_due_at=_due(details),
        has_evidence=boolean(details, "has_evidence"),
        submission_count=integer(details, "submission_count"),
        past_due=boolean(details, "past_due"),
        charge_is_refundable=boolean(made, "is_charge_refundable"),
        method=method,
        movements=tuple(_movement(item) for item in listed(made, "balance_transactions")),
        created_at=moment(made, "created"),
    )


def _network_reason(made: Object, of_method: Object) -> str | None:
    """Cards have it beside the reason or among the card's details; Klarna and PayPal call theirs reason_code."""
    return (
        optional_text(made, "network_reason_code")
        or optional_text(of_method, "network_reason_code")
        or optional_text(of_method, "reason_code")
    )


def _due(details: Object) -> datetime | None:
    return None if details.get("due_by") in NO_ANSWER_TAKEN else moment(details, "due_by")


def _movement(item: Object) -> DisputeMovement:
    made = balance_transaction_of(item)
    if made.net != made.amount - made.fee:
        raise Unreadable("a movement that does not add up")
    return DisputeMovement(number=made.id, amount=made.amount, fee=made.fee, created_at=made.created_at)
