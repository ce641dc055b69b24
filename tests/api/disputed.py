"""A dispute for tests of who may do what: of one order of a payment, waiting for an answer, with a document."""

from __future__ import annotations

from datetime import timedelta

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import decode, encode, new_uuid
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.disputes import files

CAUSE = Cause("cli", "test")
PDF = "%PDF-1.7 a delivery slip"


def disputed(payment: str, order: str) -> dict[str, str]:
    """The ids of a dispute that touches this order alone, and of the document in it."""
    id, payment_id = new_uuid(), decode("pay", payment)
    run(
        """
        INSERT INTO disputes (id, payment_id, psp, psp_dispute_id, psp_charge_id, kind, status, amount_minor, currency,
                              reason, evidence_due_at, opened_at, created_at, updated_at)
        VALUES (%(id)s, %(payment)s, 'stripe', %(psp_id)s, 'ch_1', 'chargeback', 'needs_response', 1500, 'EUR',
                'product_not_received', %(due)s, %(now)s, %(now)s, %(now)s)
        """,
        id=id,
        payment=payment_id,
        psp_id=f"dp_{id.hex}",
        due=utcnow() + timedelta(days=7),
        now=utcnow(),
    )
    run(
        """
        INSERT INTO dispute_orders (dispute_id, order_id, seller_id, fee_borne_by)
        SELECT %(id)s, id, seller_id, 'platform' FROM orders WHERE id = %(order)s
        """,
        id=id,
        order=decode("ord", order),
    )
    new = files.prepare(id, field="receipt", name="slip.pdf", content=PDF.encode(), cause=CAUSE)
    with atomic() as session:
        file_id = files.store_file(session, new, cause=CAUSE)
    return {"dispute_id": encode("dp", id), "evidence_file_id": encode("file", file_id)}
