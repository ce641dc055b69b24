"""What is sent from the pages of money back, each form once and successfully."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Database
from tests.pages.money_back import key, new_desk
from tests.pages.people import send, signed_in, somebody

REFUND = {"by": "all", "reason": "requested_by_customer", "shown": "1500"}


def refund(client: FlaskClient, db: Database) -> TestResponse:
    payment = new_desk(db).paid(1500)
    signed_in(client, somebody(db, "finance"))
    page = f"/admin/payments/{payment.public_id}/refund"
    return send(client, page, page, form_key=key(), **REFUND)


def refund_own(client: FlaskClient, db: Database) -> TestResponse:
    desk = new_desk(db)
    payment = desk.paid(1500)
    signed_in(client, somebody(db, "seller_owner", seller_id=desk.shop.ada))
    page = f"/seller/orders/{payment.orders[0].public_id}/refund"
    return send(client, page, page, form_key=key(), **REFUND)


def cancel(client: FlaskClient, db: Database) -> TestResponse:
    payment = new_desk(db).paid(1500)
    signed_in(client, somebody(db, "operator"))
    page = f"/admin/orders/{payment.orders[0].public_id}/cancel"
    return send(client, page, page, form_key=key())


FORMS = {
    "/admin/orders/<order>/cancel": ("order.cancel", cancel),
    "/admin/payments/<payment>/refund": ("refund.request", refund),
    "/seller/orders/<order>/refund": ("refund.request", refund_own),
}
