"""Searching by whatever somebody has in hand: ids of the PSP, of requests, of what belongs to a payment."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from checkout import approvals, audit
from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.db.session import atomic
from tests.conftest import Database
from tests.pages.people import signed_in, somebody
from tests.pages.seed import seed
from tests.pages.selling import new_seller, paid_out, released
from tests.payouts.fake_psp import FakePsp

REQUEST = "req_01m7zgvp7kffx9f0nrzky399df"


def found(client: FlaskClient, text: str) -> str:
    """What is on the page, or the path that an exact id leads to."""
    answer = client.get("/search", query_string={"q": text})
    return answer.headers["Location"] if answer.status_code == 303 else answer.text


@pytest.fixture
def payment(db: Database) -> str:
    """One with all the PSP's ids, a webhook, and a request in the audit log."""
    id = seed(
        db,
        status="succeeded",
        columns={"psp_session_id": "cs_7", "psp_intent_id": "pi_7", "psp_charge_id": "ch_7"},
    )
    db.rows(
        "INSERT INTO inbox_events (id, psp, event_id, type, livemode, payload, object, created_at, received_at)"
        " VALUES (%(id)s, 'stripe', 'evt_7', 'charge.succeeded', false, '{}', 'ch_7', now(), now())",
        id=new_uuid(),
    )
    with atomic() as session:
        audit.record(
            session, actor="cli:jo", action="payment.create", object=encode("pay", id), request_id=REQUEST
        )
    return encode("pay", id)


@pytest.mark.parametrize("text", ["cs_7", "pi_7", "ch_7", "evt_7", REQUEST])
def test_a_payment_is_found_by_the_psps_ids_and_its_request(client, db, payment, text):
    """And by nobody whose shop it is not; an id that is like it finds nothing."""
    signed_in(client, somebody(db, "finance"))
    assert f"/admin/payments/{payment}" in found(client, text)
    assert "Nothing found" in found(client, f"{text[:-1]}0")

    signed_in(client, somebody(db, "developer"))
    assert "Nothing found" in found(client, text)


def test_a_request_leads_to_the_audit_log_those_who_may_read_it(client, db, payment):
    """Where it touched nothing else, straight to the payment; otherwise to the rows it wrote."""
    with atomic() as session:
        audit.record(session, actor="cli:jo", action="user.create", object="usr_x", request_id="req_0")
    signed_in(client, somebody(db, "auditor"))

    assert "/admin/audit?request=req_0" in found(client, "req_0")
    signed_in(client, somebody(db, "operator"))
    assert "/admin/audit" not in found(client, "req_0").partition("<main")[2]


def test_what_belongs_to_a_payment_leads_to_it(client, db):
    """A parcel, as one of several things that have ids of their own."""
    payment = seed(db, status="succeeded")
    order = db.value("SELECT id FROM orders WHERE payment_id = %(id)s AND position = 0", id=payment)
    shipment = new_uuid()
    db.rows(
        "INSERT INTO shipments (id, order_id, carrier, tracking_number, cause, shipped_at)"
        " VALUES (%(id)s, %(order)s, 'DHL', 'JD-1', 'test', now())",
        id=shipment,
        order=order,
    )
    signed_in(client, somebody(db, "operator"))

    assert found(client, encode("shp", shipment)) == f"/admin/payments/{encode('pay', payment)}"


def test_a_payout_is_found_by_our_id_and_the_psps(client, db):
    """By its seller's people too, and by no other seller's."""
    ada, bao = new_seller(db), new_seller(db, "Bao Tea")
    released(db, ada)
    payout = paid_out(ada, FakePsp())
    transfer = db.value("SELECT psp_transfer_id FROM payouts")
    there = f"/seller/payouts/{payout.public_id}?seller={encode('sel', ada)}"

    for role, at in (("finance", {}), ("seller_staff", {"seller_id": ada})):
        signed_in(client, somebody(db, role, **at))
        assert found(client, payout.public_id) == there
        assert there in found(client, transfer)
    signed_in(client, somebody(db, "seller_staff", seller_id=bao))
    for text in (payout.public_id, transfer):
        assert "Nothing found" in found(client, text)


def test_other_ids_lead_to_their_pages(client, db):
    """An account, a seller, a proposal: for those who may see them; the id of nothing finds nothing."""
    who, seller = somebody(db, "auditor"), encode("sel", new_seller(db))
    with atomic() as session:
        id = approvals.propose(
            session, kind="test.thing", subject="po_x", proposal={}, proposer=Cause("cli", "jo")
        )
    signed_in(client, who)

    assert found(client, who.public_id) == f"/admin/users/{who.public_id}"
    assert found(client, seller.upper()) == f"/admin/sellers/{seller}"
    assert found(client, encode("apr", id)) == f"/finance/approvals#{encode('apr', id)}"
    for prefix in ("usr", "sel", "apr", "stm", "key", "pay", "po", "re"):
        assert "Nothing found" in found(client, encode(prefix, new_uuid()))
    signed_in(client, somebody(db, "seller_staff"))
    for text in (who.public_id, encode("apr", id), seller):
        assert "Nothing found" in found(client, text)


def test_it_says_what_cannot_be_searched_for(client, db):
    """Of a card nothing is stored: neither its number nor its last digits find anything."""
    signed_in(client, somebody(db, "operator"))

    assert "Nothing of a card is stored here, not its last digits either" in found(client, "")
    assert "Nothing of a card is stored here" in found(client, "4242")
    assert "looks like a card number" in found(client, "4242 4242 4242 4242")
