"""What stands behind an id that somebody has in hand and that is no payment's own: a refund's, a dispute's, a parcel's, a
request's, an event's of the PSP. And payouts, by our id or the PSP's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from checkout.core.ids import MalformedId, decode, encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.identity.access import Reach

MOST: Final = 100

OF_OBJECTS: Final = """
    SELECT payment_id FROM refunds WHERE id = %(re)s::uuid OR psp_refund_id = %(text)s
    UNION SELECT payment_id FROM disputes WHERE id = %(dp)s::uuid OR psp_dispute_id = %(text)s
    UNION SELECT o.payment_id FROM shipments s JOIN orders o ON o.id = s.order_id WHERE s.id = %(shp)s::uuid
    LIMIT %(limit)s
"""
OF_REQUEST: Final = """
    SELECT DISTINCT object FROM audit_log WHERE request_id = %(text)s AND object LIKE 'pay\\_%%' LIMIT %(limit)s
"""
OF_EVENT: Final = """
    SELECT p.id FROM inbox_events i
      JOIN payments p ON i.object IN (p.psp_session_id, p.psp_intent_id, p.psp_charge_id)
     WHERE i.event_id = %(text)s LIMIT %(limit)s
"""
PAYOUTS: Final = """
    SELECT p.id, p.seller_id, p.status, p.amount_minor, p.currency, sel.name AS seller_name
      FROM payouts p JOIN sellers sel ON sel.id = p.seller_id
     WHERE (%(everything)s OR p.seller_id = ANY(%(sellers)s))
       AND (p.id = %(id)s::uuid OR p.psp_transfer_id = %(text)s OR p.psp_payout_id = %(text)s
            OR p.psp_reversal_id = %(text)s)
     ORDER BY p.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class FoundPayout:
    id: UUID
    seller_id: UUID
    status: str
    amount: Money
    seller_name: str

    @property
    def public_id(self) -> str:
        return encode("po", self.id)

    @property
    def seller_public_id(self) -> str:
        return encode("sel", self.seller_id)


def payments_behind(text: str) -> list[UUID]:
    """The payments that the id belongs to, whoever asks: what of them is shown is the asker's reach. At most 100."""
    if text.startswith("req_"):
        return [decode("pay", row.object) for row in run(OF_REQUEST, text=text, limit=MOST)]
    if text.startswith("evt_"):
        return [row.id for row in run(OF_EVENT, text=text, limit=MOST)]
    own = {prefix: own_id(prefix, text) for prefix in ("re", "dp", "shp")}
    return [row.payment_id for row in run(OF_OBJECTS, text=text, limit=MOST, **own)]


def find_payouts(text: str, reach: Reach, *, limit: int) -> Sequence[FoundPayout]:
    """By our id, or the PSP's id of its transfer, its bank payout or its reversal; newest first."""
    rows = run(
        PAYOUTS,
        text=text,
        id=own_id("po", text),
        everything=reach.everything,
        sellers=list(reach.sellers),
        limit=limit,
    )
    return [
        FoundPayout(row.id, row.seller_id, row.status, Money(row.amount_minor, row.currency), row.seller_name)
        for row in rows
    ]


def own_id(prefix: str, text: str) -> UUID | None:
    """The id that the text is, however it is cased; None where it is none of that kind."""
    try:
        return decode(prefix, text.lower())
    except MalformedId:
        return None
