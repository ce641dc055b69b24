"""No input that a client can send gives a 5xx, and what is accepted was meant to be.

Generated from the document, then from a list of what has broken other servers. The PSP in memory never fails here,
so every 5xx would be ours.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks  # noqa: F401 - registers them
from werkzeug.datastructures import Headers

from checkout.core.ids import decode
from checkout.identity.roles import SCOPES
from tests.api.test_matrix import CALLS
from tests.api.world import World, token_of

PROBLEM = "application/problem+json"
# For each operation and mode: the places below are searched more deeply. 50 take ten minutes: make it so before a release.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))

FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


def acceptable(answer) -> bool:
    """2xx and 3xx, or a problem below 500."""
    return answer.status_code < 400 or (answer.status_code < 500 and answer.content_type == PROBLEM)


@pytest.fixture(scope="session")
def schema(one_app):
    """Read once a worker: schemathesis looks through our modules for words to try, which takes a second."""
    return schemathesis.openapi.from_wsgi("/openapi.json", one_app)


# The matrix holds a line for every call with a permission; these ask for none.
OPERATIONS = [
    *(
        (
            *name.replace("<", "{").replace(">", "}").split(" "),
            None if "storefront" in call.not_for else call.permission,
        )
        for name, call in CALLS.items()
    ),
    ("POST", "/v1/auth/token", None),
    ("POST", "/v1/auth/refresh", None),
]


@pytest.fixture
def credential_for(caller, db) -> Callable[[str | None], str]:
    """The storefront's key, or an admin's token for what no program or no storefront may do."""
    world = World(storefront=caller.shop.storefront.id, seller=decode("sel", caller.shop.sellers[0]), ids={})
    return lambda permission: caller.shop.key if permission in SCOPES else token_of(db, "admin", world)


@pytest.mark.parametrize(("method", "path", "permission"), OPERATIONS)
def test_what_the_document_generates_gives_no_5xx(schema, app, credential_for, method, path, permission):
    """Fitting and unfitting input, for every operation; answers as the document says."""
    operation, credential = schema[path][method], credential_for(permission)
    # Generated path parameters may lead to other routes.
    expected = {*operation.definition.raw["responses"], "404", "405"}

    def send(case):
        app.extensions["checkout_limits"].forget()
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {credential}"}
        answer = case.call()
        assert answer.status_code < 500, answer.text
        assert answer.headers["request-id"][0].startswith("req_")
        if answer.status_code >= 400:
            assert answer.headers["content-type"][0] == PROBLEM, answer.text
            assert str(answer.status_code) in expected, f"{answer.status_code} is not documented"

    for mode in schemathesis.GenerationMode:
        FUZZ(given(case=operation.as_strategy(generation_mode=mode))(send))()


def test_all_operations_are_fuzzed(schema):
    """A new operation joins the list above."""
    documented = {
        (method.upper(), path)
        for path, item in schema.raw_schema["paths"].items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    }

    assert documented == {(method, path) for method, path, _ in OPERATIONS}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    inside: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        inside = [found for key, item in value.items() for found in paths_of(item, (*path, key))]
    elif isinstance(value, list):
        inside = [found for n, item in enumerate(value) for found in paths_of(item, (*path, n))]
    return [path, *inside]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


def test_any_json_in_any_place_gives_no_5xx(caller):
    """A good body with one place replaced by anything that JSON can say, and some that it cannot."""
    body = caller.shop.body(payment_id=str(uuid4()))
    places = paths_of(body)

    @settings(FUZZ, max_examples=300)
    @given(place=st.sampled_from(places), value=ANY_JSON)
    def send(place, value):
        raw = json.dumps(put(body, place, value)).encode("utf-8", "surrogatepass")
        answer = caller.client.post(
            "/v1/payments",
            data=raw,
            content_type="application/json",
            headers={"Authorization": f"Bearer {caller.shop.key}", "Idempotency-Key": str(uuid4())},
        )
        assert acceptable(answer), answer.get_data(as_text=True)

    send()


def test_any_bytes_give_no_5xx(caller):
    @settings(FUZZ, max_examples=200)
    @given(
        raw=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    )
    def send(raw):
        for path in ("/v1/payments", "/webhooks/stripe"):
            answer = caller.client.post(
                path,
                data=raw,
                content_type="application/json",
                headers={
                    "Authorization": f"Bearer {caller.shop.key}",
                    "Idempotency-Key": "k",
                    "Stripe-Signature": "t=1,v1=00",
                },
            )
            assert 400 <= answer.status_code < 500, (path, raw)

    send()


def test_any_query_gives_no_5xx(caller):
    names = st.sampled_from(
        [
            "limit",
            "after",
            "before",
            "status",
            "currency",
            "created_from",
            "created_before",
            "seller",
            "reference",
            "x",
        ]
    )

    @settings(FUZZ, max_examples=200)
    @given(pairs=st.lists(st.tuples(names, st.text(max_size=30)), max_size=3))
    def send(pairs):
        answer = caller.client.get(
            "/v1/payments", query_string=pairs, headers={"Authorization": f"Bearer {caller.shop.key}"}
        )
        assert acceptable(answer), answer.get_data(as_text=True)

    send()


def test_any_path_gives_no_5xx(caller):
    @settings(FUZZ, max_examples=200)
    @given(
        head=st.sampled_from(
            ["/", "/v1/", "/v1/payments/", "/v1/orders/", "/v1/sellers/", "/docs/", "/s/", "/docs/errors/"]
        ),
        tail=st.text(max_size=40)
        | st.binary(max_size=20).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw)),
        method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"]),
    )
    def send(head, tail, method):
        from urllib.parse import quote

        path = head + quote(tail.encode("utf-8", "surrogatepass"), safe="%/")
        answer = caller.client.open(
            path, method=method, headers={"Authorization": f"Bearer {caller.shop.key}"}
        )
        assert answer.status_code < 500, (method, path)

    send()


NASTY_HEADERS = [
    ("Authorization", "Bearer " + "x" * 8_000),
    ("Authorization", "Bearer \x00"),
    ("Authorization", "Digest username=x"),
    ("Idempotency-Key", "x" * 8_000),
    ("Idempotency-Key", '"'),
    ("Idempotency-Key", "\x7f"),
    ("If-None-Match", "W/" + '"x",' * 2_000),
    ("If-None-Match", "\\"),
    ("Content-Type", "application/json; charset=\x00"),
    ("Content-Type", 'application/json; charset="utf-8'),
    ("Content-Type", "/"),
    ("Content-Length", "-1"),
    ("Content-Length", "x"),
    ("Content-Length", "99999999999999999999"),
    ("Content-Encoding", "gzip, br"),
    ("Transfer-Encoding", "gzip"),
    ("Accept", "text/html;q=" + "9" * 400),
    ("Accept", "\x00"),
    ("Accept-Language", "x" * 5_000),
    ("Accept-Encoding", "gzip;q=nan"),
    ("Cookie", "=;=;" * 500),
    ("Range", "bytes=9-1"),
    ("Expect", "200-maybe"),
    ("Stripe-Signature", "t=" + "9" * 400 + ",v1=x"),
    ("Stripe-Signature", "t=\u0661,v1=x"),
    ("X-Forwarded-For", "x" * 5_000),
    ("Request-Id", "\x00"),
]


@pytest.mark.parametrize(("name", "value"), NASTY_HEADERS)
def test_nasty_headers_give_no_5xx(caller, name, value):
    payment = caller.create()
    for method, path, raw in [
        ("GET", f"/v1/payments/{payment['id']}", b""),
        ("POST", "/v1/payments", json.dumps(caller.shop.body()).encode()),
        ("POST", f"/v1/payments/{payment['id']}/cancel", b"{}"),
        ("POST", "/webhooks/stripe", b"{}"),
        ("GET", "/docs/assets/reference.js", b""),
        ("GET", "/nowhere", b""),
    ]:
        good = {
            "Authorization": f"Bearer {caller.shop.key}",
            "Idempotency-Key": str(uuid4()),
            "Content-Type": "application/json",
        }
        headers = Headers({key: text for key, text in good.items() if key != name})
        environ = {f"HTTP_{name.upper().replace('-', '_')}": value}
        if name in ("Content-Type", "Content-Length"):
            environ = {name.upper().replace("-", "_"): value}

        answer = caller.client.open(path, method=method, data=raw, headers=headers, environ_overrides=environ)

        assert answer.status_code < 500, (method, path, answer.get_data(as_text=True))
