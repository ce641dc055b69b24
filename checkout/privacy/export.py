"""All that is kept of a person, as one document that can be handed to them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.disputes.forget import export_evidence
from checkout.payments.queries import get_view
from checkout.payments.views import PaymentView
from checkout.privacy.subject import shoppers_of
from checkout.shoppers import open_person
from checkout.wallets.queries import wallets_of


def export_person(subject: str, *, cause: Cause) -> dict[str, Any]:
    """Details, payments with their orders, and the emails that were sent. Times are aware, amounts in minor units.

    The payment service provider keeps records of its own: each payment names the one it was made with.

    Raises:
        NotFound: nobody is known by the subject.
    """
    ids = shoppers_of(subject)
    found = [_shopper(id) for id in ids]
    with atomic() as session:
        for id in ids:
            audit.record(session, actor=str(cause), action="privacy.export", object=encode("cus", id))
    return {"shoppers": found, "as_of": utcnow()}


def _shopper(id: UUID) -> dict[str, Any]:
    (row,) = run(
        "SELECT storefront_id, key_sealed, details, created_at FROM shoppers WHERE id = %(id)s", id=id
    )
    details = open_person(id, row.key_sealed, row.details)
    payments = run("SELECT id FROM payments WHERE shopper_id = %(id)s ORDER BY id", id=id)
    emails = run(
        "SELECT template, object, created_at, sent_at FROM emails WHERE shopper_id = %(id)s ORDER BY created_at",
        id=id,
    )
    return {
        "id": encode("cus", id),
        "storefront": encode("sto", row.storefront_id),
        "email": details.email if details else None,
        "name": details.name if details else None,
        "locale": details.locale if details else None,
        "country": details.country if details else None,
        "created_at": row.created_at,
        "store_credit": [
            {
                "currency": wallet.currency,
                "free": wallet.free.amount_minor,
                "held": wallet.held.amount_minor,
                "credits": [
                    {
                        "id": credit.public_id,
                        "free": credit.free.amount_minor,
                        "expires_at": credit.expires_at,
                    }
                    for credit in wallet.credits
                ],
            }
            for wallet in wallets_of(id)
        ],
        "payments": [_payment(get_view(payment.id)) for payment in payments],
        "emails": [dict(email._mapping) for email in emails],
    }


def _payment(view: PaymentView) -> dict[str, Any]:
    return {
        "id": view.public_id,
        "status": view.status,
        "amount": view.amount.amount_minor,
        "amount_refunded": view.amount_refunded.amount_minor,
        "currency": view.currency,
        "method": view.method,
        "psp": view.psp,
        "psp_session": view.psp_session_id,
        "metadata": dict(view.metadata),
        "return_url": view.return_url,
        "cancel_url": view.cancel_url,
        "created_at": view.created_at,
        "disputes": export_evidence(view.id),
        "orders": [
            {
                "id": order.public_id,
                "seller": order.seller_name,
                "reference": order.reference,
                "status": order.status,
                "amount": order.amount.amount_minor,
                "lines": [
                    {
                        "name": line.name,
                        "quantity": line.quantity,
                        "unit_amount": line.unit_amount.amount_minor,
                    }
                    for line in order.lines
                ],
            }
            for order in view.orders
        ],
    }
