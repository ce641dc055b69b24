"""The validator finds what it is there to find: each of these errors once went unnoticed somewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.stripe_openapi.validate import object_errors, request_errors, response_errors, spec

SESSIONS = "/v1/checkout/sessions"
FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "stripe" / "fixtures-subset.json"
EVENT = {
    "id": "evt_1", "object": "event", "api_version": None, "created": 1, "data": {"object": {}}, "livemode": False,
    "pending_webhooks": 0, "request": None, "type": "charge.succeeded",
}  # fmt: skip


def test_the_description_is_of_the_version_that_we_speak():
    assert spec()["info"]["version"] == "2026-10-28.endive"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ("payment_method_types[0]=card", "payment_method_types: unknown parameter"),
        ("line_items[0][price_data][unit_amount]=1", "line_items[0][price_data][currency]: missing"),
        ("line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=1.5",
         "line_items[0][price_data][unit_amount]: not an integer: '1.5'"),
        ("mode=donation", "mode: 'donation' is not one of the values that it may have"),
        ("adaptive_pricing[enabled]=0", "adaptive_pricing[enabled]: not a boolean: '0'"),
        ("metadata=x", "metadata: not an object: 'x'"),
        ("expand=line_items", "expand: not an array"),
    ],
)  # fmt: skip
def test_a_bad_request_is_found(form, error):
    assert request_errors("POST", SESSIONS, form) == [error]


@pytest.mark.parametrize(
    "form", ["", "mode=payment&metadata[a]=b&expand[]=line_items", {"mode": "payment"}, [("mode", "payment")], b"mode=payment"]
)  # fmt: skip
def test_a_good_request_is_let_through(form):
    assert request_errors("POST", SESSIONS, form) == []


def test_query_strings_are_checked_alike():
    assert request_errors("GET", SESSIONS, "limit=3&created[gte]=1&status=open") == []
    assert request_errors("GET", SESSIONS, "reference=1") == ["reference: unknown parameter"]


def test_unknown_addresses_are_found():
    assert request_errors("PUT", SESSIONS) == ["PUT /v1/checkout/sessions: no such operation"]
    assert request_errors("GET", "/v1/unknown") == ["GET /v1/unknown: no such operation"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"livemode": None}, "not a boolean"), ({"created": "1"}, "not an integer"), ({"created": True}, "not an integer"),
        ({"type": "charge.eaten"}, "not one of"), ({"colour": "red"}, "unknown member"), ({"data": []}, "not an object"),
    ],
)  # fmt: skip
def test_a_bad_object_is_found(change, error):
    assert object_errors(EVENT) == []

    errors = object_errors(EVENT | change)

    assert len(errors) == 1
    assert error in errors[0]


def test_a_missing_member_is_found():
    incomplete = {name: value for name, value in EVENT.items() if name != "type"}

    assert object_errors(incomplete) == ["event.type: missing"]


def test_an_error_answer_must_be_an_error_object():
    path = "/v1/charges/ch_1"

    assert response_errors("GET", path, 404, {"error": {"type": "invalid_request_error"}}) == []
    assert response_errors("GET", path, 404, {"message": "no"}) == [
        ".error: missing",
        ".message: unknown member",
    ]


@pytest.mark.skipif(not FIXTURES.exists(), reason="Stripe's example objects are not beside this checkout")
@pytest.mark.parametrize("name", ["balance", "balance_transaction", "charge", "customer", "payment_intent"])
def test_stripes_own_examples_pass(name):
    """The examples are older than the description in places; no type, enum or missing member may be amiss."""
    example = json.loads(FIXTURES.read_text())["resources"][name]

    assert [error for error in object_errors(example) if "unknown member" not in error] == []
