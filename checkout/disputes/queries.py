"""Reads of disputes, for the API, the pages and the commands. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.disputes.dispute import COLUMNS, Dispute, dispute_of
from checkout.disputes.views import AnswerView, DisputeView, Movement, OrderPart, Step
from checkout.identity.access import Reach
from checkout.orders.recharge_losses import charged_for

# A storefront sees the disputes of its payments, a seller those that touch its orders.
WITHIN: Final = """
    (%(everything)s
     OR EXISTS (SELECT FROM dispute_orders t WHERE t.dispute_id = d.id AND t.seller_id = ANY(%(sellers)s::uuid[]))
     OR EXISTS (SELECT FROM payments p WHERE p.id = d.payment_id AND p.storefront_id = ANY(%(storefronts)s::uuid[])))
"""
LISTED: Final = f"""
    SELECT {COLUMNS} FROM disputes d
     WHERE {WITHIN}
       AND (%(seller_id)s::uuid IS NULL OR EXISTS (
            SELECT FROM dispute_orders t WHERE t.dispute_id = d.id AND t.seller_id = %(seller_id)s))
       AND (%(payment_id)s::uuid IS NULL OR payment_id = %(payment_id)s)
       AND (%(status)s::text IS NULL OR status = %(status)s)
       AND (%(due_before)s::timestamptz IS NULL OR (
            evidence_due_at < %(due_before)s AND status IN ('warning', 'needs_response', 'appeal_needs_response')))
"""
NEWEST: Final = f"{LISTED} ORDER BY created_at DESC, id DESC LIMIT %(limit)s"
OLDER: Final = f"""{LISTED} AND (created_at, id) < (%(edge_at)s, %(edge_id)s)
     ORDER BY created_at DESC, id DESC LIMIT %(limit)s"""
NEWER: Final = f"""{LISTED} AND (created_at, id) > (%(edge_at)s, %(edge_id)s)
     ORDER BY created_at, id LIMIT %(limit)s"""

PARTS: Final = """
    SELECT t.order_id, t.seller_id, sel.name AS seller_name, t.fee_borne_by, t.recharged_minor, o.amount_minor,
           coalesce((SELECT sum(p.amount_minor) FROM dispute_movements m
                       JOIN dispute_parts p ON p.psp = m.psp AND p.number = m.number
                      WHERE m.dispute_id = t.dispute_id AND p.order_id = t.order_id), 0)::bigint AS part_minor
      FROM dispute_orders t
      JOIN orders o ON o.id = t.order_id
      JOIN sellers sel ON sel.id = t.seller_id
     WHERE t.dispute_id = %(id)s ORDER BY o.position
"""
MOVEMENTS: Final = """
    SELECT number, amount_minor, fee_minor, losses_minor, moved_at FROM dispute_movements
     WHERE dispute_id = %(id)s ORDER BY moved_at, number
"""
STEPS: Final = """
    SELECT from_status, to_status, cause, at FROM dispute_transitions WHERE dispute_id = %(id)s ORDER BY version
"""
ANSWERS: Final = """
    SELECT kind, round, status, refusal, created_at, ended_at FROM dispute_answers
     WHERE dispute_id = %(id)s ORDER BY created_at, id
"""
OWN_AMOUNTS: Final = """
    SELECT d.id,
           %(everything)s OR p.storefront_id = ANY(%(storefronts)s::uuid[]) OR NOT EXISTS (
               SELECT FROM dispute_orders t WHERE t.dispute_id = d.id AND NOT t.seller_id = ANY(%(sellers)s::uuid[])
           ) AS is_whole,
           coalesce((SELECT sum(part.amount_minor)
                       FROM dispute_movements m
                       JOIN dispute_parts part ON part.psp = m.psp AND part.number = m.number
                       JOIN orders o ON o.id = part.order_id
                      WHERE m.dispute_id = d.id AND part.amount_minor > 0
                        AND o.seller_id = ANY(%(sellers)s::uuid[])), 0)::bigint AS taken_minor
      FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE d.id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class DisputeFilter:
    """Which disputes a list shows; None does not filter. `due_before` finds only those that wait for an answer."""

    seller_id: UUID | None = None
    payment_id: UUID | None = None
    status: str | None = None
    due_before: datetime | None = None


def dispute_within(text: str, reach: Reach) -> UUID:
    """A dispute by its "dp_…" id, where its payment's storefront or one of its orders' sellers lies within the reach.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    dispute_id = decode("dp", text)
    rows = run(f"SELECT 1 FROM disputes d WHERE d.id = %(id)s AND {WITHIN}", id=dispute_id, **_reach(reach))
    if not rows:
        raise NotFound("no such dispute")
    return dispute_id


def view_dispute(session: Session, dispute_id: UUID, reach: Reach) -> DisputeView:
    """One dispute as the caller's transaction sees it, with the parts that lie within the reach.

    Raises:
        NotFound: there is none.
    """
    row = execute(session, f"SELECT {COLUMNS} FROM disputes WHERE id = %(id)s", id=dispute_id).first()
    if row is None:
        raise NotFound("no such dispute")
    dispute = dispute_of(row)
    storefront_id = execute(
        session, "SELECT storefront_id FROM payments WHERE id = %(id)s", id=dispute.payment_id
    ).scalar_one()
    sees_all = reach.holds(storefront_id=storefront_id)
    rows = execute(session, PARTS, id=dispute_id).all()
    paid = {
        name: each.amount.amount_minor
        for name, each in charged_for(session, dispute.public_id, dispute.currency).items()
    }

    def money(minor: int) -> Money:
        return Money(minor, dispute.currency)

    return DisputeView(
        dispute=dispute,
        storefront_id=storefront_id,
        parts=[
            OrderPart(
                order_id=part.order_id,
                seller_id=part.seller_id,
                seller_name=part.seller_name,
                order_amount=money(part.amount_minor),
                amount=money(part.part_minor + paid.get(encode("ord", part.order_id), 0)),
                fee=money(part.recharged_minor),
                fee_borne_by=part.fee_borne_by,
            )
            for part in rows
            if sees_all or part.seller_id in reach.sellers
        ],
        seller_count=len({part.seller_id for part in rows}),
        movements=[
            Movement(m.number, money(m.amount_minor), money(m.fee_minor), money(m.losses_minor), m.moved_at)
            for m in execute(session, MOVEMENTS, id=dispute_id)
        ],
        steps=[Step(**step._mapping) for step in execute(session, STEPS, id=dispute_id)],
        answers=[AnswerView(**answer._mapping) for answer in execute(session, ANSWERS, id=dispute_id)],
        losses_paid=money(sum(paid.values())),
    )


def list_disputes(
    filters: DisputeFilter,
    reach: Reach,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    before: tuple[datetime, UUID] | None = None,
) -> Sequence[Dispute]:
    """A page of disputes, newest first; an edge is the (created_at, id) of the row a page ends at."""
    assert after is None or before is None, "a page has one edge"
    parameters: dict[str, Any] = {**asdict(filters), **_reach(reach), "limit": limit}
    edge = after or before
    if edge is None:
        return [dispute_of(row) for row in run(NEWEST, **parameters)]
    parameters |= {"edge_at": edge[0], "edge_id": edge[1]}
    if after is not None:
        return [dispute_of(row) for row in run(OLDER, **parameters)]
    return [dispute_of(row) for row in reversed(run(NEWER, **parameters))]


def own_amounts(disputes: Sequence[Dispute], reach: Reach) -> dict[UUID, Money]:
    """What of each dispute concerns the caller: all of it, or what was taken from its orders where others' are in it."""
    rows = run(
        OWN_AMOUNTS,
        ids=[dispute.id for dispute in disputes],
        everything=reach.everything,
        sellers=list(reach.sellers),
        storefronts=list(reach.storefronts),
    )
    own = {row.id: row for row in rows}
    return {
        dispute.id: dispute.amount
        if own[dispute.id].is_whole
        else Money(own[dispute.id].taken_minor, dispute.currency)
        for dispute in disputes
    }


def latest_of(payment_ids: Sequence[UUID]) -> dict[UUID, Dispute]:
    """The newest dispute of each payment that has any."""
    if not payment_ids:
        return {}
    rows = run(
        f"""
        SELECT DISTINCT ON (payment_id) {COLUMNS} FROM disputes WHERE payment_id = ANY(%(ids)s)
         ORDER BY payment_id, opened_at DESC, id DESC
        """,
        ids=list(payment_ids),
    )
    return {row.payment_id: dispute_of(row) for row in rows}


def disputes_of_payment(payment_id: UUID) -> Sequence[Dispute]:
    """Those of one payment, the newest first."""
    rows = run(
        f"SELECT {COLUMNS} FROM disputes WHERE payment_id = %(id)s ORDER BY opened_at DESC, id DESC",
        id=payment_id,
    )
    return [dispute_of(row) for row in rows]


def answers_alone(session: Session, dispute_id: UUID, reach: Reach) -> bool:
    """Whether the caller may see and write the evidence: whoever sees the payment, or the only seller in it. Of several
    sellers none may read what another one writes: for them the platform answers."""
    row = execute(
        session,
        """
        SELECT p.storefront_id, array_agg(DISTINCT t.seller_id) AS sellers
          FROM disputes d JOIN payments p ON p.id = d.payment_id
          LEFT JOIN dispute_orders t ON t.dispute_id = d.id
         WHERE d.id = %(id)s GROUP BY p.storefront_id
        """,
        id=dispute_id,
    ).one()
    return reach.holds(storefront_id=row.storefront_id) or (
        len(row.sellers) == 1 and row.sellers[0] in reach.sellers
    )


def sees_payment(dispute_id: UUID, reach: Reach) -> bool:
    """Whether the caller sees the payment, and who paid it: the platform and its storefront."""
    rows = run(
        "SELECT p.storefront_id FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE d.id = %(id)s",
        id=dispute_id,
    )
    return bool(rows) and reach.holds(storefront_id=rows[0].storefront_id)


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "everything": reach.everything,
        "sellers": list(reach.sellers),
        "storefronts": list(reach.storefronts),
    }
