"""The OpenAPI document says what the API does: examples and real answers are validated against it."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checkout.api.error_table import ERRORS
from checkout.events.catalogue import CATALOGUE
from checkout.wording.alert_codes import ALERT_CODES

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def document(client) -> dict[str, Any]:
    return client.get("/openapi.json").get_json()


def operations(document):
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def check(document, schema, value):
    """Validates against a schema of the document: `$ref`s point into it."""
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def answer_schema(document, path, method, status, content_type="application/json"):
    return document["paths"][path][method]["responses"][str(status)]["content"][content_type]["schema"]


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    assert document["servers"][0]["url"] == "https://pay.example"


def test_every_route_of_v1_stands_in_it(app, document):
    """And nothing that does not exist."""
    import re

    routes = {
        (method.lower(), re.sub(r"<([^>]+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert {(method, path) for method, path, _ in operations(document)} == routes
    assert len(routes) >= 8


def test_every_operation_says_what_it_does_and_how_it_fails(document):
    for method, path, operation in operations(document):
        name = f"{method} {path}"
        assert operation["summary"], name
        assert operation["description"], name
        statuses = set(operation["responses"])
        assert {"401", "500", "503"} <= statuses, name
        names_one_in_its_body = name in ("post /v1/payouts", "post /v1/refunds")
        assert ("404" in statuses) == ("{" in path or names_one_in_its_body), name
        for status, response in operation["responses"].items():
            assert "Request-Id" in response["headers"], name
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], name


def test_every_example_fits_its_schema(document):
    examples = 0
    for method, path, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for holder in [*bodies, *operation["responses"].values()]:
            for media in holder.get("content", {}).values():
                shown = [media["example"]] if "example" in media else []
                shown += [each["value"] for each in media.get("examples", {}).values()]
                assert shown, f"{method} {path} has no example"
                for example in shown:
                    check(document, media["schema"], example)
                    examples += 1
    assert examples > 60


def test_every_schema_is_one(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_request_schema_refuses_what_the_api_refuses(document, caller):
    schema = document["paths"]["/v1/payments"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": document["components"]})

    assert validator.is_valid(caller.shop.body())
    for changes in ({"amount": 0}, {"amount": "1"}, {"orders": []}, {"metadata": {"k": 1}}, {"ammount": 1}):
        assert not validator.is_valid(caller.shop.body(**changes)), changes


def test_real_answers_fit(document, caller, db):
    """Created, read, listed, canceled, refused: as documented, with no member more or less than the example."""
    created = caller.create(payment_id="0190c7f4-2b6e-7c1a-9d3f-5a8b7c6d5e4f")
    path = "/v1/payments/{payment_id}"
    db.rows(
        """UPDATE payments SET last_error = '{"code":"card_declined","at":"2026-11-21T10:00:00+00:00"}'"""
    )
    declined = caller.get(f"/v1/payments/{created['id']}").get_json()
    canceled = caller.post(f"/v1/payments/{created['id']}/cancel").get_json()

    check(document, answer_schema(document, "/v1/payments", "post", 201), created)
    check(document, answer_schema(document, path, "get", 200), declined)
    check(document, answer_schema(document, f"{path}/cancel", "post", 200), canceled)
    check(
        document,
        answer_schema(document, "/v1/payments", "get", 200),
        caller.get("/v1/payments").get_json(),
    )
    check(
        document,
        answer_schema(document, "/v1/sellers", "get", 200),
        caller.get("/v1/sellers").get_json(),
    )
    check(
        document,
        answer_schema(document, path, "get", 404, "application/problem+json"),
        caller.get("/v1/payments/pay_x").get_json(),
    )
    example = document["paths"]["/v1/payments"]["post"]["responses"]["201"]["content"]["application/json"][
        "example"
    ]
    assert list(created) == list(example)
    assert list(created["orders"][0]) == list(example["orders"][0])


def test_it_is_kept_by_its_etag(client):
    first = client.get("/openapi.json")

    assert client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_the_reference_lists_every_call_without_javascript(client, document):
    page = unescape(client.get("/docs").get_data(as_text=True))

    assert '<html lang="en">' in page
    for method, path, operation in operations(document):
        assert f"<code>{path}</code>" in page
        assert operation["summary"] in page
        assert method.upper() in page


def test_the_reference_is_served_from_here_alone(client):
    """No address of another host in the page; a policy of its own; no inline script."""
    answer = client.get("/docs")
    page = answer.get_data(as_text=True)

    assert "http://" not in page
    assert "https://" not in page
    assert "<script>" not in page
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "reference.js", "reference.css"):
        assert f"/docs/assets/{name}" in page
        assert client.get(f"/docs/assets/{name}").status_code == 200
    assert client.get("/docs/assets/..%2fdocs.py").status_code == 404


def test_vendored_files_are_as_they_came():
    from hashlib import sha256

    from checkout.api.docs import STATIC

    table = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (STATIC / "VENDOR.md").read_text().splitlines()
        if line.startswith("| swagger")
    ]
    assert len(table) == 5
    for name, _, _, digest in table:
        assert sha256((STATIC / name).read_bytes()).hexdigest() == digest, name


def test_every_code_and_every_event_has_its_page(client):
    """The addresses that stand in a problem's `type`, and those that an alert's page leads to."""
    for code, kind in ERRORS.items():
        page = client.get(f"/docs/errors/{code}")
        assert page.status_code == 200, code
        assert kind.title in unescape(page.get_data(as_text=True)), code
    for type in CATALOGUE:
        assert client.get(f"/docs/events/{type}").status_code == 200, type
    for code, alert in ALERT_CODES.items():
        page = client.get(f"/docs/alerts/{code}")
        assert (page.status_code, alert.first_step in unescape(page.get_data(as_text=True))) == (200, True), (
            code
        )


def test_unknown_pages_are_404(client):
    assert client.get("/docs/errors/nope").status_code == 404
    assert client.get("/docs/events/nope").status_code == 404
    assert client.get("/docs/alerts/nope").status_code == 404
    assert client.get("/docs/alerts").status_code == 200
    assert client.get("/docs/errors").status_code == client.get("/docs/events").status_code == 200
