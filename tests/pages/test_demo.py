"""The demo shop: a cart of two sellers' goods, checked out through the public API like any storefront's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from flask.testing import FlaskClient

from checkout.pages.demo_cart import CartCookie
from checkout.pages.demo_goods import GOODS, SELLERS

API = "http://localhost/v1/payments"
HOSTED = "http://localhost:8100/pay/cs_test_1"
OPEN = {
    "status": "awaiting_shopper",
    "next_action": {"type": "redirect", "url": HOSTED},
    "status_url": "/s/x",
}


@pytest.fixture(autouse=True)
def _seeded(data_dir: Path) -> Iterator[None]:
    """What `flask demo seed` writes."""
    sellers = [{"id": f"sel_{index}", "name": seller.name} for index, seller in enumerate(SELLERS)]
    demo = {"base_url": "http://localhost", "api_key": "sk_test_1_secret", "sellers": sellers}
    (data_dir / "demo.json").write_text(json.dumps(demo))
    yield
    (data_dir / "demo.json").unlink(missing_ok=True)


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def sent(api: responses.RequestsMock, index: int = 0) -> dict[str, Any]:
    body = api.calls[index].request.body
    assert body is not None
    return dict(json.loads(body))


def fill_cart(client: FlaskClient, *skus: str) -> None:
    for sku in skus:
        assert client.post("/demo/cart", data={"add": sku}).status_code == 303


def test_the_shop_shows_both_sellers_goods(client: FlaskClient) -> None:
    page = client.get("/demo").text

    assert [f">Add {good.name}<" in page for good in GOODS] == [True] * len(GOODS)
    assert "Checkout</button>" not in page


def test_a_cart_adds_up(client: FlaskClient) -> None:
    fill_cart(client, "MUG", "TEA", "TEA")

    page = client.get("/demo").text

    assert '<data value="3480">34.80\N{NO-BREAK SPACE}EUR</data>' in page
    client.post("/demo/cart", data={"remove": "TEA"})
    assert "2 × Tea" not in client.get("/demo").text


def test_checkout_sends_what_a_storefront_sends_and_leads_to_the_psp(
    client: FlaskClient, api: responses.RequestsMock
) -> None:
    """One payment of 24.90 EUR with an order for each seller, and on to the hosted page."""
    api.post(API, json=OPEN, status=201)
    fill_cart(client, "MUG", "TEA")

    answer = client.post("/demo/checkout", data={"email": "jo@example.org"})

    assert (answer.status_code, answer.headers["Location"]) == (303, HOSTED)
    body = sent(api)
    assert (body["amount"], body["currency"]) == (2490, "EUR")
    assert [(order["seller"], order["amount"]) for order in body["orders"]] == [
        ("sel_0", 1500),
        ("sel_1", 990),
    ]
    assert body["orders"][0]["lines"] == [{"sku": "MUG", "name": "Mug", "quantity": 1, "unit_amount": 1500}]
    assert (body["return_url"], body["cancel_url"]) == (
        "http://localhost/demo/thanks",
        "http://localhost/demo",
    )
    assert api.calls[0].request.headers["Authorization"] == "Bearer sk_test_1_secret"


def test_the_form_may_end_at_the_psp(client: FlaskClient) -> None:
    """form-action holds for redirects too: without the PSP's origin the browser would stop at the button."""
    policy = client.get("/demo").headers["Content-Security-Policy"]

    (allowed,) = re.findall(r"form-action ([^;]+)", policy)
    assert {"'self'", "http://localhost:8100"} <= set(allowed.split())


def test_a_second_click_asks_for_the_same_payment(client: FlaskClient, api: responses.RequestsMock) -> None:
    """Another key each time, the same payment_id: one payment."""
    api.post(API, json=OPEN, status=201)
    fill_cart(client, "MUG")

    client.post("/demo/checkout")
    client.post("/demo/checkout")

    keys = [call.request.headers["Idempotency-Key"] for call in api.calls]
    assert sent(api, 0)["payment_id"] == sent(api, 1)["payment_id"]
    assert keys[0] != keys[1]


def test_another_cart_is_another_payment(client: FlaskClient, api: responses.RequestsMock) -> None:
    api.post(API, json=OPEN, status=201)
    fill_cart(client, "MUG")
    client.post("/demo/checkout")
    fill_cart(client, "TEA")

    client.post("/demo/checkout")

    assert sent(api, 0)["payment_id"] != sent(api, 1)["payment_id"]


@pytest.mark.parametrize(
    "first",
    [
        {"json": {**OPEN, "status": "expired"}, "status": 200},
        {"json": {"code": "payment_id_in_use"}, "status": 409},
    ],
)
def test_a_cart_whose_payment_has_ended_gets_a_new_one(
    client: FlaskClient, api: responses.RequestsMock, first: dict[str, Any]
) -> None:
    api.post(API, **first)
    api.post(API, json=OPEN, status=201)
    fill_cart(client, "MUG")

    answer = client.post("/demo/checkout")

    assert answer.headers["Location"] == HOSTED
    assert sent(api, 0)["payment_id"] != sent(api, 1)["payment_id"]


def test_a_payment_that_goes_on_without_us_leads_to_its_status(
    client: FlaskClient, api: responses.RequestsMock
) -> None:
    api.post(API, json={"status": "processing", "next_action": None, "status_url": "http://localhost/s/t"})
    fill_cart(client, "MUG")

    assert client.post("/demo/checkout").headers["Location"] == "http://localhost/s/t"


def test_an_unavailable_psp_keeps_the_cart_and_says_so(
    client: FlaskClient, api: responses.RequestsMock
) -> None:
    """503 with the reason; the next click is the same payment."""
    api.post(API, json={"code": "psp_unavailable", "detail": "The PSP does not answer."}, status=503)
    fill_cart(client, "MUG")

    answer = client.post("/demo/checkout")

    assert answer.status_code == 503
    assert 'role="alert"' in answer.text
    assert "The PSP does not answer." in answer.text
    assert "1 × Mug" in answer.text


@pytest.mark.parametrize("failure", [requests.ConnectionError("refused"), requests.Timeout("8 s")])
def test_an_api_that_does_not_answer_is_no_fault(
    client: FlaskClient, api: responses.RequestsMock, failure: Exception
) -> None:
    api.post(API, body=failure)
    fill_cart(client, "MUG")

    assert client.post("/demo/checkout").status_code == 503


def test_an_empty_cart_stays_in_the_shop(client: FlaskClient) -> None:
    assert client.post("/demo/checkout").headers["Location"] == "/demo"


def test_a_shop_that_was_not_seeded_says_what_to_run(client: FlaskClient, data_dir: Path) -> None:
    (data_dir / "demo.json").unlink()
    fill_cart(client, "MUG")

    assert "flask demo seed" in client.post("/demo/checkout").text


@pytest.mark.parametrize("form", [{}, {"add": "NOPE"}, {"add": "<script>"}, {"remove": ""}])
def test_goods_that_do_not_exist_are_refused(client: FlaskClient, form: dict[str, str]) -> None:
    assert client.post("/demo/cart", data=form).status_code == 400


@pytest.mark.parametrize("text", ["", "x.y.z", "é", "eyJpdGVtcyI6W119.AAAA", "." * 5000])
def test_a_cart_that_was_tampered_with_is_empty(text: str) -> None:
    assert CartCookie("key").read(text).quantities == {}


def test_a_cart_signed_with_another_key_is_empty() -> None:
    cart = CartCookie("key").read("").with_one_more("MUG")

    assert CartCookie("key").read(CartCookie("key").write(cart)) == cart
    assert CartCookie("other").read(CartCookie("key").write(cart)).quantities == {}


def test_one_good_is_bounded() -> None:
    cart = CartCookie("key").read("")
    for _ in range(30):
        cart = cart.with_one_more("MUG")

    assert cart.quantities == {"MUG": 20}


def test_thanks_empties_the_cart_and_escapes_what_it_shows(client: FlaskClient) -> None:
    fill_cart(client, "MUG")

    page = client.get("/demo/thanks?payment=<b>pay_1</b>").text

    assert "&lt;b&gt;pay_1&lt;/b&gt;" in page
    assert "1 × Mug" not in client.get("/demo").text


def test_the_start_page_is_the_shop(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/demo"
