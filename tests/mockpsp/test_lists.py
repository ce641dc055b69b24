"""Cursor lists and expansion, as the SDK pages through them."""

from __future__ import annotations

import pytest
import requests
import stripe


def test_paging_forward_and_back_sees_each_object_once(client, new_session):
    made = [new_session().id for _ in range(7)]
    sessions = client.v1.checkout.sessions

    forward = [session.id for session in sessions.list({"limit": 3}).auto_paging_iter()]
    back = [
        session.id for session in sessions.list({"limit": 3, "ending_before": made[0]}).auto_paging_iter()
    ]

    assert forward == made[::-1]
    assert back == made[1:]


def test_a_list_stays_stable_while_objects_are_made(client, new_session):
    made = [new_session().id for _ in range(4)]
    first = client.v1.checkout.sessions.list({"limit": 2})
    new_session()

    second = client.v1.checkout.sessions.list({"limit": 2, "starting_after": first.data[-1].id})

    assert [session.id for session in (*first.data, *second.data)] == made[::-1]
    assert (first.has_more, second.has_more) == (True, False)


def test_created_bounds(client, new_session, control):
    old = new_session()
    control("POST", "/clock", {"advance_seconds": 3600})
    new = new_session()
    sessions = client.v1.checkout.sessions

    def found(bounds):
        return [session.id for session in sessions.list({"created": bounds}).data]

    assert found({"gte": new.created}) == [new.id]
    assert found({"gt": new.created}) == []
    assert found({"lt": new.created}) == [old.id]
    assert found(old.created) == [old.id]


def test_events_by_type(client, new_session, pay):
    pay(new_session(), "4242424242424242")

    def types(**filters):
        return [event.type for event in client.v1.events.list(filters).data]

    assert types(type="charge.*") == ["charge.succeeded"]
    assert types(types=["payment_intent.succeeded", "charge.failed"]) == ["payment_intent.succeeded"]
    with pytest.raises(stripe.InvalidRequestError):
        types(type="charge.*", types=["charge.failed"])


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "starting_after=cs_unknown", "starting_after=a&ending_before=b",
     "expand[]=payment_intent", "expand[]=data.a.b.c.d.e", "status=lost", "created[near]=1"],
)  # fmt: skip
def test_a_list_that_makes_no_sense_is_refused(standing, query):
    headers = {"Authorization": "Bearer sk_test_123456", "Stripe-Version": "2026-10-28.endive"}
    with requests.Session() as session:
        response = session.get(f"{standing.base}/v1/checkout/sessions?{query}", headers=headers, timeout=30)

    assert response.status_code in (400, 404)
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_expansion_four_levels_deep_leaves_the_store_as_it_was(client, new_session, pay):
    session = new_session()
    pay(session, "4242424242424242")
    deep = "payment_intent.latest_charge.balance_transaction.source"

    expanded = client.v1.checkout.sessions.retrieve(session.id, {"expand": [deep]})
    plain = client.v1.checkout.sessions.retrieve(session.id)

    assert expanded.payment_intent.latest_charge.balance_transaction.source.object == "charge"
    assert plain.payment_intent == expanded.payment_intent.id


def test_expansion_while_expiring_does_not_change_what_is_kept(client, new_session, pay):
    """The answer carries the intent, the stored session still only its id."""
    session = new_session()
    pay(session, "4000000000000002")

    answer = client.v1.checkout.sessions.expire(session.id, {"expand": ["payment_intent"]})

    assert answer.payment_intent.status == "canceled"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_intent == answer.payment_intent.id
