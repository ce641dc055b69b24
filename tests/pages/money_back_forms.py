"""What is sent from the pages of money back, each form once and successfully."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from checkout.core.ids import encode
from tests.conftest import Database
from tests.pages.money_back import key, new_bank, new_desk
from tests.pages.people import send, signed_in, somebody, token_in

Act = Callable[[FlaskClient, Database], TestResponse]
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


def _disputed(client: FlaskClient, db: Database, role: str) -> str:
    """The page of a new dispute of one seller, opened by somebody of the role."""
    bank = new_bank(db)
    told = bank.told(bank.paid(1500))
    at = {"seller_id": bank.shop.ada} if role.startswith("seller") else {}
    signed_in(client, somebody(db, role, **at))
    desk = "seller" if at else "admin"
    return f"/{desk}/disputes/{bank.now(told).public_id}"


def save_evidence(role: str) -> Act:
    def act(client: FlaskClient, db: Database) -> TestResponse:
        page = _disputed(client, db, role)
        return send(client, page, f"{page}/evidence", version="0", uncategorized_text="Signed for.")

    return act


def add_document(role: str) -> Act:
    def act(client: FlaskClient, db: Database) -> TestResponse:
        page = _disputed(client, db, role)
        token = token_in(client.get(page).text)
        form = {"csrf_token": token, "field": "receipt", "file": (BytesIO(b"%PDF-1.7"), "slip.pdf")}
        return client.post(f"{page}/files", data=form, headers={"Origin": "http://localhost"})

    return act


def submit(role: str) -> Act:
    def act(client: FlaskClient, db: Database) -> TestResponse:
        page = _disputed(client, db, role)
        send(client, page, f"{page}/evidence", version="0", uncategorized_text="Signed for.")
        return send(client, f"{page}/submit", f"{page}/submit", version="1", form_key=key())

    return act


def accept(role: str) -> Act:
    def act(client: FlaskClient, db: Database) -> TestResponse:
        page = _disputed(client, db, role)
        return send(client, f"{page}/accept", f"{page}/accept", typed="15.00", form_key=key())

    return act


def give_credit(client: FlaskClient, db: Database) -> TestResponse:
    customer = encode("cus", new_desk(db).paid(1500).shopper_id)
    signed_in(client, somebody(db, "finance"))
    page = f"/admin/customers/{customer}/credit"
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    form = {"amount": "5", "currency": "EUR", "until": until, "reason": "Late parcel"}
    return send(client, page, page, form_key=key(), **form)


def refund_file(client: FlaskClient, db: Database) -> TestResponse:
    data = f"payment\n{new_desk(db).paid(1500).public_id}\n".encode()
    signed_in(client, somebody(db, "finance"))
    content, digest = b64encode(data).decode(), sha256(data).hexdigest()
    page = "/admin/refunds/upload"
    return send(client, page, page, do="refund", content=content, digest=digest)


def _of_disputes(desk: str, role: str) -> dict[str, tuple[str, Act]]:
    return {
        f"/{desk}/disputes/<dispute>/evidence": ("dispute.evidence_save", save_evidence(role)),
        f"/{desk}/disputes/<dispute>/files": ("dispute.file_add", add_document(role)),
        f"/{desk}/disputes/<dispute>/submit": ("dispute.submit", submit(role)),
        f"/{desk}/disputes/<dispute>/accept": ("dispute.accept", accept(role)),
    }


FORMS = {
    **_of_disputes("admin", "finance"),
    **_of_disputes("seller", "seller_owner"),
    "/admin/customers/<customer>/credit": ("wallet.credit", give_credit),
    "/admin/orders/<order>/cancel": ("order.cancel", cancel),
    "/admin/payments/<payment>/refund": ("refund.request", refund),
    "/admin/refunds/upload": ("refund.request", refund_file),
    "/seller/orders/<order>/refund": ("refund.request", refund_own),
}
