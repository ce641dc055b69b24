"""What a checkout session takes and refuses, and how it ends."""

from __future__ import annotations

import time

import pytest
import requests
import stripe

from checkout.mockpsp import resources
from checkout.mockpsp.params import Either, Flag, Many, Metadata, Record, Text, Whole
from tests.mockpsp.conftest import session_form, session_params
from tests.mockpsp.harness import API_KEY
from tests.stripe_openapi import validate

VERSION = {"Stripe_Version": "2026-10-28.endive"}
SESSIONS = "/v1/checkout/sessions"


def error(response):
    body = response.json()["error"]
    return response.status_code, body.get("code"), body.get("param")


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"payment_method_types[0]": "card"}, "parameter_unknown", "payment_method_types"),
        ({"line_items[0][price_data][colour]": "red"}, "parameter_unknown", "line_items[0][price_data][colour]"),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"success_url": ""}, "parameter_invalid_empty", "success_url"),
        ({"success_url": "not a url"}, "url_invalid", "success_url"),
        ({"mode": "subscription"}, None, "mode"),
        ({"line_items[0][quantity]": "two"}, "parameter_invalid_integer", "line_items[0][quantity]"),
        ({"line_items[0][price_data][unit_amount]": "10.9"}, "parameter_invalid_integer", None),
        ({"line_items[0][price_data][unit_amount]": "49"}, "amount_too_small", None),
        ({"line_items[0][price_data][unit_amount]": "99999999", "line_items[0][quantity]": "2"}, "amount_too_large", None),
        ({"line_items[0][price_data][currency]": "xxx"}, None, "line_items[0][price_data][currency]"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"customer": "cus_unknown"}, "resource_missing", "customer"),
        ({"locale": "tlh"}, None, "locale"),
        ({"client_reference_id": "x" * 201}, None, "client_reference_id"),
        ({f"metadata[{'k' * 41}]": "1"}, None, None),
        ({"metadata[k]": "v" * 501}, None, "metadata[k]"),
        ({f"metadata[{number}]": "1" for number in range(51)}, None, "metadata"),
        ({"expand[0]": "shipping"}, None, "expand"),
    ],
)  # fmt: skip
def test_what_stripe_refuses_is_refused(post_once, changes, code, param):
    form = {name: value for name, value in (session_form() | changes).items() if value is not None}

    status, got_code, got_param = error(post_once(SESSIONS, form, **VERSION))

    assert status == (404 if code == "resource_missing" else 400)
    assert got_code == code
    assert param is None or got_param == param


def test_without_a_version_unknown_parameters_are_let_through(post_once):
    """As for an account on an old default version; the mock then ignores them."""
    form = session_form() | {"payment_method_types[0]": "card"}

    assert post_once(SESSIONS, form).status_code == 200
    assert error(post_once(SESSIONS, form, **VERSION)) == (400, "parameter_unknown", "payment_method_types")


@pytest.mark.parametrize("version", ["2027-01-01.future", "latest", ""])
def test_a_version_that_does_not_exist_is_refused(post_once, version):
    assert post_once(SESSIONS, session_form(), Stripe_Version=version).status_code == 400


@pytest.mark.parametrize(
    ("amount", "currency", "refusal"),
    [
        (50, "eur", None), (49, "eur", "amount_too_small"), (30, "gbp", None), (29, "gbp", "amount_too_small"),
        (50, "jpy", None), (49, "jpy", "amount_too_small"), (12340, "kwd", None),
        (12345, "kwd", "parameter_invalid_integer"), (12345, "bhd", "parameter_invalid_integer"),
        (500, "isk", None), (550, "isk", "parameter_invalid_integer"), (550, "ugx", "parameter_invalid_integer"),
    ],
)  # fmt: skip
def test_amounts_follow_the_currencys_smallest_charge_and_step(post_once, amount, currency, refusal):
    response = post_once(SESSIONS, session_form(amount, currency))

    assert response.json().get("error", {}).get("code") == refusal


def test_the_total_is_the_sum_of_the_lines(client):
    params = session_params()
    params["line_items"] = [
        {
            "price_data": {"currency": "EUR", "unit_amount": 750, "product_data": {"name": "Mug"}},
            "quantity": 2,
        },
        {"price_data": {"currency": "eur", "unit_amount": 990, "product_data": {"name": "Tea"}}},
    ]

    session = client.v1.checkout.sessions.create(params)

    assert (session.amount_total, session.currency, session.status) == (2490, "eur", "open")


def test_lines_of_two_currencies_are_refused(post_once):
    form = session_form() | {
        "line_items[1][price_data][currency]": "usd",
        "line_items[1][price_data][unit_amount]": "100",
        "line_items[1][price_data][product_data][name]": "Tea",
    }

    assert post_once(SESSIONS, form).status_code == 400


@pytest.mark.parametrize(("seconds", "status"), [(1790, 400), (1860, 200), (86_390, 200), (86_500, 400)])
def test_a_session_lives_from_30_minutes_to_24_hours(post_once, seconds, status):
    form = session_form() | {"expires_at": str(int(time.time()) + seconds)}

    assert post_once(SESSIONS, form).status_code == status


def test_a_session_expires_by_the_mocks_clock(client, new_session, pay, control, shop):
    """Its intent ends with it, the shop is told, and nobody can pay it any more."""
    session = new_session(expires_at=int(time.time()) + 3600)
    pay(session, "4000000000000002")
    shop.wait_for(2)

    control("POST", "/clock", {"advance_seconds": 3601})

    expired = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (expired.status, expired.url, expired.payment_intent.status) == ("expired", None, "canceled")
    assert shop.wait_for(4)[2:] == ["payment_intent.canceled", "checkout.session.expired"]
    assert pay(session, "4242424242424242")["outcome"] == "expired"


def test_an_expired_or_paid_session_cannot_be_expired(client, new_session, pay):
    paid, ended = new_session(), new_session()
    pay(paid, "4242424242424242")
    client.v1.checkout.sessions.expire(ended.id)

    for session in (paid, ended):
        with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions with a status in"):
            client.v1.checkout.sessions.expire(session.id)


def test_a_session_is_paid_once(new_session, pay, client):
    """The second click finds the money taken and takes none."""
    session = new_session()

    outcomes = [pay(session, "4242424242424242")["outcome"] for _ in range(3)]

    assert outcomes == ["succeeded"] * 3
    assert len(client.v1.charges.list().data) == 1


def test_a_declined_session_stays_open_for_another_card(new_session, pay, client):
    session = new_session()
    pay(session, "4000000000009995")

    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert pay(session, "4242424242424242")["outcome"] == "succeeded"
    assert [charge.status for charge in client.v1.charges.list().data] == ["succeeded", "failed"]


def test_unknown_addresses_answer_as_stripe_does(standing):
    with requests.Session() as session:
        response = session.get(
            f"{standing.base}/v1/unknown", headers={"Authorization": f"Bearer {API_KEY}"}, timeout=30
        )

    assert response.status_code == 404
    assert response.json()["error"]["message"].startswith("Unrecognized request URL (GET: /v1/unknown).")


@pytest.mark.parametrize(
    "key", ["", "Bearer ", "Bearer pk_test_12345678", "Bearer sk_live_12345678", "Basic !!"]
)
def test_without_a_test_key_nothing_is_answered(standing, key):
    with requests.Session() as session:
        response = session.get(
            f"{standing.base}/v1/balance", headers={"Authorization": key} if key else {}, timeout=30
        )

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"]


def test_every_parameter_that_the_mock_takes_is_stripes():
    """Nothing is accepted here that Stripe would refuse."""
    strange = []
    for endpoint in resources.ENDPOINTS:
        path = endpoint.rule.replace("<", "x").replace(">", "")
        for name, example in _examples(endpoint.accepts):
            errors = validate.request_errors(endpoint.method, path, {name: example})
            strange.extend(error for error in errors if "unknown" in error or "not a" in error)

    assert strange == []


def _examples(shape, name=""):
    """Every leaf of a shape with a value that it takes."""
    match shape:
        case Record():
            for key, inner in shape.fields.items():
                yield from _examples(inner, f"{name}[{key}]" if name else key)
        case Many():
            yield from _examples(shape.item, f"{name}[0]")
        case Either():
            yield name, "1"
            yield from _examples(shape.record, name)
        case Metadata():
            yield f"{name}[key]", "value"
        case Text():
            for choice in shape.choices or ("text",):
                yield name, choice
        case Whole():
            yield name, "1"
        case Flag():
            yield name, "true"
