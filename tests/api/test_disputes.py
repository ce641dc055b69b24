"""Disputes over the API: what each caller sees, a draft of two tabs, documents that leave as attachments, one answer."""

from __future__ import annotations

from io import BytesIO

import pytest

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import decode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.disputes.dispute import lock_dispute
from checkout.disputes.movements import book_movements
from checkout.psp import DisputeMovement
from tests.api.disputed import PDF, disputed
from tests.api.test_document import answer_schema, check
from tests.api.test_payouts import bearer
from tests.api.world import captured, key_of, make_world, token_of

CAUSE = Cause("cli", "test")


@pytest.fixture
def world(caller, stranger):
    return make_world(caller, stranger)


@pytest.fixture
def mine(world):
    return world.ids["own"]


def withdraw(dispute_id, amount, fee=2000):
    """The bank takes it from the captured payment."""
    now = utcnow()
    with atomic() as session:
        dispute = lock_dispute(session, decode("dp", dispute_id))
        moved = DisputeMovement(f"txn_{new_uuid()}", Money(-amount, "EUR"), Money(fee, "EUR"), now)
        book_movements(session, dispute, [moved], cause=CAUSE, now=now)


@pytest.fixture
def of_both(world, caller):
    """24.90 of two sellers' payment are withdrawn, with a fee of 20.00."""
    payment = caller.create()
    captured(payment["id"])
    ids = disputed(payment["id"], payment["orders"][0]["id"])
    run(
        """
        INSERT INTO dispute_orders (dispute_id, order_id, seller_id, fee_borne_by)
        SELECT %(id)s, id, seller_id, 'platform' FROM orders WHERE id = %(order)s
        """,
        id=decode("dp", ids["dispute_id"]),
        order=decode("ord", payment["orders"][1]["id"]),
    )
    withdraw(ids["dispute_id"], 2490)
    return ids["dispute_id"]


def test_finance_sees_all_of_it_and_a_seller_its_own_part(client, db, world, of_both):
    """The platform's fee and the other seller's part are nobody's business but the platform's."""
    path = f"/v1/disputes/{of_both}"
    whole = client.get(path, headers=bearer(token_of(db, "finance", world))).get_json()
    own = client.get(path, headers=bearer(token_of(db, "seller_owner", world))).get_json()

    assert whole["money"] == {"withdrawn": 2490, "reinstated": 0, "fees": 2000, "losses": 0}
    assert [order["withdrawn"] for order in whole["orders"]] == [1500, 990]
    assert (len(whole["movements"]), whole["evidence"]["collected"]["customer_name"]) == (1, "Jo")
    assert (own["amount"], own["money"]) == (
        1500,
        {"withdrawn": 1500, "reinstated": 0, "fees": 0, "losses": 0},
    )
    assert ([order["withdrawn"] for order in own["orders"]], own["movements"], own["evidence"]) == (
        [1500],
        [],
        None,
    )
    document = client.get("/openapi.json").get_json()
    for shown in (whole, own):
        check(document, answer_schema(document, "/v1/disputes/{dispute_id}", "get", 200), shown)


def test_one_of_several_sellers_cannot_answer(client, db, world, of_both):
    """The platform answers for all of them: none of them writes what another one reads."""
    headers = bearer(token_of(db, "seller_owner", world))
    saved = client.put(f"/v1/disputes/{of_both}/evidence", json={"version": 0, "texts": {}}, headers=headers)

    assert (saved.status_code, saved.get_json()["code"]) == (403, "forbidden")


def test_the_only_seller_sees_the_evidence_without_what_the_platform_knows_of_the_shopper(
    client, db, world, mine
):
    """Its own goods and parcels, and not the shopper's address."""
    shown = client.get(
        f"/v1/disputes/{mine['dispute_id']}", headers=bearer(token_of(db, "seller_owner", world))
    ).get_json()

    assert "product_description" in shown["evidence"]["collected"]
    assert "jo@example.org" not in str(shown)


def test_a_seller_neither_reads_nor_loses_what_the_platform_wrote_of_the_shopper(client, db, world, mine):
    """The platform names the shopper in the draft; the seller adds its words without seeing that, and it stays."""
    path = f"/v1/disputes/{mine['dispute_id']}"
    finance, seller = (bearer(token_of(db, role, world)) for role in ("finance", "seller_owner"))
    person = {"customer_email_address": "jo.private@example.org", "billing_address": "Elm Row 1"}
    client.put(f"{path}/evidence", json={"version": 0, "texts": person}, headers=finance)

    shown = client.get(path, headers=seller).get_json()
    words = {"uncategorized_text": "handed over in person"}
    saved = client.put(f"{path}/evidence", json={"version": 1, "texts": words}, headers=seller)

    assert (shown["evidence"]["version"], shown["evidence"]["texts"]) == (1, {})
    assert saved.status_code == 200
    assert client.get(path, headers=finance).get_json()["evidence"]["texts"] == person | words
    assert client.get(path, headers=seller).get_json()["evidence"]["texts"] == words


def test_a_draft_of_another_tab_is_not_overwritten(client, db, world, mine):
    """409 with the version that stands."""
    path, headers = f"/v1/disputes/{mine['dispute_id']}/evidence", bearer(token_of(db, "finance", world))
    first = client.put(path, json={"version": 0, "texts": {"service_date": "2 Nov"}}, headers=headers)
    second = client.put(path, json={"version": 0, "texts": {"service_date": "3 Nov"}}, headers=headers)

    assert (first.status_code, first.get_json()["version"]) == (200, 1)
    assert (second.status_code, second.get_json()["code"], second.get_json()["version"]) == (
        409,
        "evidence_changed",
        1,
    )


def test_a_document_leaves_as_an_attachment_alone(client, db, world, mine):
    """Never shown as a page of this host, whatever it is."""
    path = f"/v1/disputes/{mine['dispute_id']}/files"
    headers = bearer(token_of(db, "finance", world))
    form = {"file": (BytesIO(PDF.encode()), "../../<b>slip</b>.html"), "field": "refund_policy"}
    stored = client.post(path, data=form, headers=headers).get_json()
    answer = client.get(f"{path}/{stored['id']}", headers=headers)

    assert (stored["name"], stored["media_type"]) == ("b.pdf", "application/pdf")
    assert answer.data == PDF.encode()
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''b.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"field": "receipt"}, "/file"),
        ({"file": b"%PDF-1"}, "/field"),
        ({"file": b"%PDF-1", "field": "no_such"}, "/field"),
        ({"file": b"MZ", "field": "receipt"}, "/file"),
        ({"file": b"%PDF-1", "field": "service_date"}, "/field"),
    ],
)
def test_a_form_that_breaks_a_rule_is_named(client, db, world, mine, data, pointer):
    """Which part, and why: never a fault of ours."""
    form = {name: (BytesIO(value), "a.pdf") if name == "file" else value for name, value in data.items()}
    answer = client.post(
        f"/v1/disputes/{mine['dispute_id']}/files",
        data=form,
        content_type="multipart/form-data",
        headers=bearer(token_of(db, "finance", world)),
    )

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_it_is_submitted_once_and_the_same_key_replays(client, db, world, mine):
    """Byte for byte under the same key; another key learns that it is answered."""
    path, token = f"/v1/disputes/{mine['dispute_id']}/submit", token_of(db, "finance", world)
    key = {**bearer(token), "Idempotency-Key": "k1"}
    first, again = (client.post(path, json={}, headers=key) for _ in range(2))
    other = client.post(path, json={}, headers=bearer(token))

    assert (first.status_code, first.get_json()["answers"][0]["status"]) == (200, "requested")
    assert first.get_json()["evidence"] is None
    assert (other.status_code, other.get_json()["reason"]) == (409, "answered")
    assert (again.status_code, again.data) == (200, first.data)
    assert db.value("SELECT count(*) FROM dispute_answers") == 1


def test_a_person_gives_up_only_shortly_after_a_second_factor(client, db, world, mine):
    """There is no way back: a desk that was left open is not enough."""
    token = token_of(db, "finance", world)
    db.rows("UPDATE token_families SET second_factor_at = NULL")
    path = f"/v1/disputes/{mine['dispute_id']}/accept"

    refused = client.post(path, json={}, headers=bearer(token))

    assert (refused.status_code, refused.get_json()["code"]) == (403, "step_up_required")
    assert db.value("SELECT count(*) FROM dispute_answers") == 0


def test_the_list_is_filtered(client, db, world, mine):
    """By status, seller, payment and what is due; a seller's list holds its own."""
    headers = bearer(token_of(db, "finance", world))

    def found(query, who=headers):
        return {item["id"] for item in client.get(f"/v1/disputes{query}", headers=who).get_json()["data"]}

    others = {world.ids["storefront"]["dispute_id"], world.ids["seller"]["dispute_id"]}
    assert found("") == {mine["dispute_id"], *others}
    assert found("?status=won") == set()
    assert found(f"?payment={world.ids['storefront']['payment_id']}") == {
        world.ids["storefront"]["dispute_id"]
    }
    assert found(f"?seller={world.ids['seller']['seller_id']}") == {world.ids["seller"]["dispute_id"]}
    assert found("?due_before=2020-01-01T00:00:00Z") == set()
    own = found("", bearer(key_of(world, "seller", {"disputes:read"})))
    assert own == {mine["dispute_id"], world.ids["storefront"]["dispute_id"]}


def test_a_payment_shows_its_newest_dispute(client, db, world, of_both):
    """In the member that was always there."""
    headers = bearer(token_of(db, "finance", world))
    payment = client.get(f"/v1/disputes/{of_both}", headers=headers).get_json()["payment"]
    shown = client.get(f"/v1/payments/{payment}", headers=headers).get_json()["dispute"]
    timeline = client.get(f"/v1/payments/{payment}/timeline", headers=headers).get_json()

    assert (shown["id"], shown["status"], shown["amount"]) == (of_both, "needs_response", 1500)
    assert "dispute_withdrawn" in str(timeline)
    moved = client.get(f"/v1/transactions?payment={payment}", headers=headers).get_json()["data"]
    assert of_both in {row["dispute"] for row in moved}
