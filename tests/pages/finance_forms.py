"""What finance sends from its pages, each form once and successfully."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from checkout import approvals
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.payouts.holds import hold_payouts
from checkout.payouts.payout import Payout
from checkout.payouts.request import request_payout
from checkout.psp import registry
from tests.conftest import Database
from tests.pages.people import CAUSE, send, signed_in, somebody
from tests.pages.selling import new_seller, released
from tests.payouts.fake_psp import FakePsp

WAITING = "/finance/payouts"


def _large(client: FlaskClient, db: Database) -> Payout:
    """20,000.00, which a second person, the one signed in, decides."""
    psp = FakePsp()
    registry.use(psp)
    seller = new_seller(db)
    released(db, seller, 2_000_000, commission=0, logistics=0)
    signed_in(client, somebody(db, "finance_approver"))
    return request_payout(seller_id=seller, currency="EUR", method="standard", psp=psp, cause=CAUSE)


def approve(client: FlaskClient, db: Database) -> TestResponse:
    return send(client, WAITING, f"{WAITING}/{_large(client, db).public_id}/approve")


def reject(client: FlaskClient, db: Database) -> TestResponse:
    return send(client, WAITING, f"{WAITING}/{_large(client, db).public_id}/reject", reason="Not expected")


def decide(client: FlaskClient, db: Database) -> TestResponse:
    with atomic() as session:
        id = approvals.propose(session, kind="test.thing", subject="po_x", proposal={}, proposer=CAUSE)
    signed_in(client, somebody(db, "finance_approver"))
    page = "/finance/approvals"
    return send(client, page, f"{page}/{encode('apr', id)}", decision="reject", note="Not expected")


def hold(client: FlaskClient, db: Database) -> TestResponse:
    seller = encode("sel", new_seller(db))
    signed_in(client, somebody(db, "finance"))
    return send(
        client, f"/admin/sellers/{seller}", f"/finance/sellers/{seller}/hold", reason="Goods are not real"
    )


def release(client: FlaskClient, db: Database) -> TestResponse:
    seller_id = new_seller(db)
    with atomic() as session:
        hold_payouts(session, seller_id, reason="Goods are not real", cause=CAUSE)
    seller = encode("sel", seller_id)
    signed_in(client, somebody(db, "finance"))
    return send(client, f"/admin/sellers/{seller}", f"/finance/sellers/{seller}/release", reason="They are")


FORMS = {
    "/finance/approvals/<approval>": ("approval.reject", decide),
    "/finance/payouts/<payout>/approve": ("approval.approve", approve),
    "/finance/payouts/<payout>/reject": ("approval.reject", reject),
    "/finance/sellers/<seller>/hold": ("payouts.hold", hold),
    "/finance/sellers/<seller>/release": ("payouts.release", release),
}
