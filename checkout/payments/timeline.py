"""A payment's timeline: every transition, fact, event, ledger entry, alert and email of it and its orders, oldest
first. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from checkout.core.ids import encode
from checkout.db.statement import run
from checkout.payments.queries import get_view

LIMIT: Final = 1_000  # a payment has some dozens; a bound all the same

# What one moment of one transaction did is told in this order.
KINDS: Final = ("transition", "fact", "ledger_entry", "event", "alert", "notification")

DISPUTES: Final = "SELECT id FROM disputes WHERE payment_id = %(id)s ORDER BY opened_at, id"
REFUNDS: Final = "SELECT id FROM refunds WHERE payment_id = %(id)s ORDER BY created_at, id"
TIMELINE: Final = """
    SELECT 'transition' AS kind, t.at, %(public_id)s AS object, t.to_status AS name, t.cause, t.version::bigint AS n,
           jsonb_build_object('from', t.from_status, 'to', t.to_status) AS data
      FROM payment_transitions t WHERE t.payment_id = %(id)s
    UNION ALL
    SELECT 'transition', t.at, o.public_id, t.to_status, t.cause, t.version,
           jsonb_build_object('from', t.from_status, 'to', t.to_status)
      FROM unnest(%(order_ids)s::uuid[], %(order_public_ids)s::text[]) AS o (id, public_id)
      JOIN order_transitions t ON t.order_id = o.id
    UNION ALL
    SELECT 'transition', t.at, r.public_id, t.to_status, t.cause, t.version,
           jsonb_build_object('from', t.from_status, 'to', t.to_status)
      FROM unnest(%(refund_ids)s::uuid[], %(refund_public_ids)s::text[]) AS r (id, public_id)
      JOIN refund_transitions t ON t.refund_id = r.id
    UNION ALL
    SELECT 'transition', t.at, d.public_id, t.to_status, t.cause, t.version,
           jsonb_build_object('from', t.from_status, 'to', t.to_status)
      FROM unnest(%(dispute_ids)s::uuid[], %(dispute_public_ids)s::text[]) AS d (id, public_id)
      JOIN dispute_transitions t ON t.dispute_id = d.id
    UNION ALL
    SELECT 'fact', f.at, %(public_id)s, f.kind, f.cause, 0,
           jsonb_build_object('psp_id', f.source_key, 'amount', f.amount_minor, 'currency', f.currency)
      FROM payment_facts f WHERE f.payment_id = %(id)s
    UNION ALL
    SELECT 'event', e.created_at, e.object, e.type, e.cause, e.sequence, e.data || jsonb_build_object('id', e.id)
      FROM events e WHERE e.object = ANY(%(objects)s)
    UNION ALL
    SELECT 'ledger_entry', j.recorded_at, j.source, j.kind, j.cause, j.sequence, jsonb_build_object(
               'id', j.id, 'effective_at', j.effective_at, 'postings', (
                   SELECT jsonb_agg(jsonb_build_object('account', a.kind, 'owner', a.owner, 'order_id', p.order_id,
                                                       'amount', p.amount_minor, 'currency', p.currency)
                                    ORDER BY p.id)
                     FROM postings p JOIN ledger_accounts a ON a.id = p.account_id WHERE p.entry_id = j.id))
      FROM journal_entries j WHERE j.source = ANY(%(objects)s)
    UNION ALL
    SELECT 'alert', l.created_at, l.subject, l.code, NULL, 0, jsonb_build_object(
               'id', l.id, 'severity', l.severity, 'status', l.status, 'detail', l.detail,
               'amount', l.amount_minor, 'currency', l.currency)
      FROM alerts l WHERE l.payment_id = %(id)s
    UNION ALL
    SELECT 'notification', COALESCE(m.sent_at, m.created_at), m.object, m.template, NULL, 0,
           jsonb_build_object('channel', 'email', 'sent_at', m.sent_at)
      FROM emails m WHERE m.object = ANY(%(objects)s)
    LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened. `object` is the public id it happened to; `data` is plain JSON with public ids."""

    at: datetime
    kind: str
    name: str
    object: str
    cause: str | None
    data: Mapping[str, Any]


def timeline(payment_id: UUID, *, storefront_id: UUID | None = None) -> list[TimelineItem]:
    """All of a payment's story.

    Raises:
        NotFound: there is none, or it is another storefront's.
    """
    view = get_view(payment_id, storefront_id=storefront_id)
    refunds = [row.id for row in run(REFUNDS, id=view.id)]
    disputes = [row.id for row in run(DISPUTES, id=view.id)]
    rows = run(
        TIMELINE,
        id=view.id,
        public_id=view.public_id,
        order_ids=[order.id for order in view.orders],
        order_public_ids=[order.public_id for order in view.orders],
        refund_ids=refunds,
        refund_public_ids=[encode("re", id) for id in refunds],
        dispute_ids=disputes,
        dispute_public_ids=[encode("dp", id) for id in disputes],
        objects=[
            view.public_id,
            *(order.public_id for order in view.orders),
            *(encode("re", id) for id in refunds),
            *(encode("dp", id) for id in disputes),
        ],
        limit=LIMIT,
    )
    rows = sorted(rows, key=lambda row: (row.at, KINDS.index(row.kind), row.n))
    return [
        TimelineItem(row.at, row.kind, row.name, row.object, row.cause, _public(row.kind, row.data))
        for row in rows
    ]


_PREFIX_OF_KIND: Final = {"event": "evt", "ledger_entry": "jrn", "alert": "alr"}


def _public(kind: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ids as they are shown outside."""
    shown = dict(data)
    if kind in _PREFIX_OF_KIND:
        shown["id"] = encode(_PREFIX_OF_KIND[kind], UUID(shown["id"]))
    if kind == "ledger_entry":
        shown["postings"] = [_posting(posting) for posting in shown["postings"] or ()]
    return shown


def _posting(document: Mapping[str, Any]) -> dict[str, Any]:
    posting = dict(document)
    order_id = posting.pop("order_id")
    return {**posting, "order": encode("ord", UUID(order_id)) if order_id else None}
