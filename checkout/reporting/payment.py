"""What stands around one payment: the PSP's webhooks about it, and who did what to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.db.statement import run
from checkout.identity.access import Reach
from checkout.payments.queries import get_view
from checkout.payments.views import PaymentView

WEBHOOKS_SHOWN: Final = 100
REVIEWS_SHOWN: Final = 200

WEBHOOKS: Final = """
    SELECT i.id, i.event_id, i.type, i.status, i.reason, i.object, i.payload, i.created_at, i.received_at
      FROM inbox_events i
     WHERE i.object = ANY(array_remove(ARRAY[%(session_id)s, %(intent_id)s, %(charge_id)s]::text[], NULL))
     ORDER BY i.created_at, i.received_at LIMIT %(limit)s
"""
PSP_IDS: Final = "SELECT psp_session_id, psp_intent_id, psp_charge_id FROM payments WHERE id = %(id)s"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A message of the PSP as it was received. `payload` is what the PSP wrote: shown redacted."""

    id: UUID
    event_id: str
    type: str
    status: str
    reason: str | None
    object: str | None
    payload: Mapping[str, Any]
    created_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class PspIds:
    session_id: str | None
    intent_id: str | None
    charge_id: str | None


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A payment that waits for a person, with why and for how long."""

    view: PaymentView
    since: datetime
    reasons: tuple[str, ...]


def payment_within(payment_id: UUID, reach: Reach) -> PaymentView:
    """One payment.

    Raises:
        NotFound: there is none, or it is beyond the reach.
    """
    view = get_view(payment_id)
    if not reach.everything and view.storefront_id not in reach.storefronts:
        raise NotFound("no such payment")
    return view


def psp_ids(payment_id: UUID) -> PspIds:
    (row,) = run(PSP_IDS, id=payment_id)
    return PspIds(row.psp_session_id, row.psp_intent_id, row.psp_charge_id)


def webhooks_of(ids: PspIds) -> Sequence[Webhook]:
    """The first 100 webhooks about the PSP's objects of a payment, as they came about."""
    rows = run(
        WEBHOOKS,
        session_id=ids.session_id,
        intent_id=ids.intent_id,
        charge_id=ids.charge_id,
        limit=WEBHOOKS_SHOWN,
    )
    return [Webhook(**row._mapping) for row in rows]


REVIEWS: Final = """
    SELECT p.id, p.review_opened_at AS since,
           ARRAY(SELECT l.detail FROM alerts l WHERE l.payment_id = p.id AND l.status <> 'resolved'
                  ORDER BY l.created_at LIMIT 5) AS reasons
      FROM payments p
     WHERE p.status = 'in_review' AND (%(everything)s OR p.storefront_id = ANY(%(storefronts)s))
     ORDER BY p.review_opened_at, p.id LIMIT %(limit)s
"""


def open_reviews(reach: Reach) -> list[ReviewRow]:
    """The payments in review, the longest waiting first, at most 200."""
    rows = run(REVIEWS, everything=reach.everything, storefronts=list(reach.storefronts), limit=REVIEWS_SHOWN)
    return [ReviewRow(view=get_view(row.id), since=row.since, reasons=tuple(row.reasons)) for row in rows]


def objects_of(view: PaymentView) -> list[str]:
    """The public ids whose audit rows belong on the payment's page."""
    return [view.public_id, *(encode("ord", order.id) for order in view.orders)]
