"""What a client may send that is wrong: each has its code, a pointer, and never a 5xx."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout.api.body import JSON_LIMIT_BYTES

CARD = "4242 4242 4242 4242"


def send(caller, raw: bytes | str, content_type="application/json", **headers):
    return caller.client.post(
        "/v1/payments",
        data=raw,
        content_type=content_type,
        headers={"Authorization": f"Bearer {caller.shop.key}", "Idempotency-Key": "k", **headers},
    )


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The body with one member replaced: "orders/0/amount"."""
    *parents, last = path.split("/")
    place: Any = body
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[int(last) if isinstance(place, list) else last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("amount", 24.9, "invalid_type"),
        ("amount", 2490.0, "invalid_type"),
        ("amount", "2490", "invalid_type"),
        ("amount", True, "invalid_type"),
        ("amount", None, "null"),
        ("amount", 0, "out_of_range"),
        ("amount", -1, "out_of_range"),
        ("amount", 100_000_000, "out_of_range"),
        ("amount", 10**29, "out_of_range"),
        ("currency", "eur", "unknown_currency"),
        ("currency", "XXX", "unknown_currency"),
        ("currency", 978, "invalid_type"),
        ("orders", [], "invalid_length"),
        ("orders", {}, "invalid_type"),
        ("orders", "x", "invalid_type"),
        ("orders/0", 7, "invalid_type"),
        ("orders/0/amount", 1e3, "invalid_type"),
        ("orders/0/seller", None, "null"),
        ("orders/0/seller", ["x"], "invalid_type"),
        ("orders/0/logistics_fee", -1, "out_of_range"),
        ("orders/0/lines/0/quantity", 0, "out_of_range"),
        ("orders/0/lines/0/name", "", "invalid_length"),
        ("orders/0/lines/0/name", "   ", "blank"),
        ("orders/0/lines/0/name", "a\nb", "invalid_characters"),
        ("orders/0/lines/0/kind", "gift", "not_an_option"),
        ("orders/0/estimated_delivery/from", "2026-02-30", "invalid_format"),
        ("orders/0/estimated_delivery/to", "2026-11-30", "out_of_range"),
        ("orders/0/tax_collected_by", "nobody", "not_an_option"),
        ("customer", None, "null"),
        ("customer/email", "jojo", "invalid_format"),
        ("customer/email", "jo@exa mple.org", "invalid_format"),
        ("customer/email", "jo@example.org\r\nBcc: x@example.org", "invalid_characters"),
        ("customer/country", "Germany", "invalid_length"),
        ("customer/locale", "de_DE", "invalid_format"),
        ("payment_id", "pay_x", "invalid_length"),
        ("payment_id", "0190c7f4-a111-7aa1-8aa1-11111111111g", "invalid_format"),
        ("metadata", [], "invalid_type"),
        ("metadata", {"k": 1}, "invalid_type"),
        ("metadata", {"k": "v" * 501}, "invalid_length"),
        ("metadata", {"k" * 41: "v"}, "invalid_length"),
        ("metadata", {str(n): "v" for n in range(51)}, "invalid_length"),
        ("return_url", 5, "invalid_type"),
        ("return_url", "x" * 3000, "invalid_length"),
    ],
)
def test_a_wrong_member_is_pointed_at(caller, path, value, code):
    """422 invalid_parameter, the pointer to the member, and nothing written."""
    answer = caller.post("/v1/payments", changed(caller.shop.body(), path, value))

    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_parameter"), problem
    found = {error["pointer"]: error["code"] for error in problem["errors"]}
    near = [pointer for pointer in found if pointer.startswith(f"/{path}") or f"/{path}".startswith(pointer)]
    assert near, found
    assert code in found.values()


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("ammount", "did you mean amount?"),
        ("orders/0/refrence", "did you mean reference?"),
        ("customer/mail", "did you mean email?"),
        ("a~b/c", "is not a known field"),
    ],
)
def test_an_unknown_member_is_refused_with_a_hint(caller, path, hint):
    body = caller.shop.body()
    if path == "a~b/c":
        body["a~b/c"] = 1
        path = "a~0b~1c"
    else:
        changed(body, path, "x")

    answer = caller.post("/v1/payments", body)

    (error,) = answer.get_json()["errors"]
    assert (answer.status_code, error["code"], error["pointer"]) == (422, "unknown_field", f"/{path}")
    assert hint in error["detail"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"nul",
        b'{"a":1,"a":1}',
        b'{"amount":NaN}',
        b'{"amount":Infinity}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\u0000"}',
        b'{"a":"\x00"}',
        b"\xef\xbb\xbf{}",
        b"[" * 60_000,
        b"[" * 33 + b"]" * 33,
        b'{"amount":' + b"9" * 5_000 + b"}",
        b"{} {}",
        b"{'a':1}",
    ],
)
def test_what_is_no_json_is_400(caller, raw):
    answer = send(caller, raw)

    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"1", b"null", b"true"])
def test_what_is_no_object_is_422(caller, raw):
    answer = send(caller, raw)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_parameter")


def test_a_large_body_is_413_before_it_is_parsed(caller):
    body = b'{"a":"' + b"x" * JSON_LIMIT_BYTES + b'"}'

    answer = send(caller, body)

    assert (answer.status_code, answer.get_json()["code"]) == (413, "payload_too_large")


def test_a_chunked_body_is_bounded_too(caller):
    """Without a Content-Length the stream itself is."""
    import io

    answer = caller.client.post(
        "/v1/payments",
        input_stream=io.BytesIO(b"x" * (JSON_LIMIT_BYTES + 10)),
        content_type="application/json",
        headers={
            "Authorization": f"Bearer {caller.shop.key}",
            "Idempotency-Key": "k",
            "Transfer-Encoding": "chunked",
        },
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/jsonp",
        "",
    ],
)
def test_another_content_type_is_415(caller, content_type):
    answer = send(caller, json.dumps(caller.shop.body()), content_type=content_type)

    assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_media_type")


def test_a_compressed_body_is_415(caller):
    answer = send(caller, b"x", **{"Content-Encoding": "gzip"})

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "path",
    [
        "metadata/note",
        "orders/0/reference",
        "orders/0/lines/0/name",
        "customer/name",
        "return_url",
        "payment_id",
    ],
)
def test_a_card_number_is_refused_anywhere_and_not_repeated(caller, db, path):
    answer = caller.post("/v1/payments", changed(caller.shop.body(), path, f"card {CARD}"))

    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "card_data_not_accepted")
    assert problem["errors"][0]["pointer"] == f"/{path}"
    assert "4242" not in answer.get_data(as_text=True)
    assert db.value("SELECT count(*) FROM payments") == 0


@pytest.mark.parametrize(
    "raw",
    [
        b'{"metadata":{"4242-4242-4242-4242":"x"}}',
        b'{"amount":4242424242424242}',
        b'{"metadata":{"n":"\\u0034242424242424242"}}',
    ],
)
def test_a_card_number_is_refused_in_every_disguise(caller, raw):
    answer = send(caller, raw)

    assert answer.get_json()["code"] == "card_data_not_accepted"


def test_a_card_number_is_refused_as_key_and_as_filter(caller):
    as_key = caller.post("/v1/payments", caller.shop.body(), key="4242424242424242")
    as_filter = caller.get("/v1/payments?reference=4242%204242%204242%204242")

    assert as_key.get_json()["code"] == as_filter.get_json()["code"] == "card_data_not_accepted"


def test_a_uuid_of_digits_is_no_card_number(caller):
    """Its tail passes the Luhn check; it is an id all the same."""
    payment_id = "01234567-0123-4123-8424-242424242424"

    assert caller.create(payment_id=payment_id)["payment_id"] == payment_id


def test_random_identifiers_are_no_card_numbers(caller):
    """Hexadecimal keys and references hold long runs of digits by chance."""
    token = "a4242424242424242bcdef0123456789"

    assert (
        caller.create(key=token, metadata={"cart": token, "trace": f"cart-{token}"})["metadata"]["cart"]
        == token
    )


@pytest.mark.parametrize(
    "text",
    [
        f"x{CARD}",
        "no4242424242424242",
        "4242-4242-4242-4242-abcdef",
        "deadbeef 4242424242424242",
        "4242424242424242",
    ],
)
def test_a_card_number_beside_letters_is_one(caller, text):
    answer = caller.post("/v1/payments", caller.shop.body(metadata={"note": text}))

    assert answer.get_json()["code"] == "card_data_not_accepted"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 2491}, "order_amounts_do_not_add_up"),
        ({"return_url": "https://evil.example/"}, "return_url_not_allowed"),
        ({"return_url": "https://shop.example.evil.example/"}, "return_url_not_allowed"),
        ({"return_url": "https://shop.example@evil.example/"}, "return_url_not_allowed"),
        ({"return_url": "https://shop.example:8443/"}, "return_url_not_allowed"),
        ({"return_url": "https://shop.example\\@evil.example/"}, "return_url_not_allowed"),
        ({"return_url": "//shop.example/"}, "return_url_not_allowed"),
        ({"return_url": "javascript:alert(1)"}, "return_url_not_allowed"),
        ({"return_url": "http://shop.example/"}, "return_url_not_allowed"),
        ({"cancel_url": "https://sub.shop.example/"}, "return_url_not_allowed"),
    ],
)
def test_rules_of_the_domain_keep_their_codes(caller, changes, code):
    answer = caller.post("/v1/payments", caller.shop.body(**changes))

    assert (answer.status_code, answer.get_json()["code"]) == (422, code)


def test_an_unknown_seller_is_not_payable(caller):
    for seller in ("sel_01jd2k8wz5e8p9c4m6h7r3t1vx", "nobody"):
        answer = caller.post("/v1/payments", changed(caller.shop.body(), "orders/0/seller", seller))

        assert (answer.status_code, answer.get_json()["code"]) == (422, "seller_not_payable")


def test_a_step_and_a_minimum(caller):
    orders = [{"seller": caller.shop.sellers[0], "amount": 1005}]
    step = caller.post("/v1/payments", caller.shop.body(currency="KWD", amount=1005, orders=orders))
    small = caller.post(
        "/v1/payments", caller.shop.body(amount=10, orders=[{"seller": caller.shop.sellers[0], "amount": 10}])
    )

    assert step.get_json()["code"] == "amount_step"
    assert small.get_json()["code"] == "amount_too_small"
