"""Checkout Sessions: create, retrieve, list, expire, line items. Paying one is `attempts.py`."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from checkout.mockpsp import lists, shapes
from checkout.mockpsp.attempts import attempt
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.captures import make_intent
from checkout.mockpsp.currency_rules import check_currency, check_total
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.params import EXPAND, Flag, Many, Metadata, Record, Text, Whole
from checkout.mockpsp.webhooks import Mode
from checkout.mockpsp.work import Work

Json = dict[str, Any]
KIND: Final = "checkout.session"
SHORTEST_SECONDS: Final = 30 * 60
LONGEST_SECONDS: Final = 24 * 3600
LOCALES: Final = tuple(
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR "
    "ro ru sk sl sv th tr vi zh zh-HK zh-TW".split()
)

_PRODUCT: Final = Record(
    {
        "name": Text(250),
        "description": Text(1000),
        "images": Many(Text(2048), most=8),
        "metadata": Metadata(),
        "tax_code": Text(50),
    },
    required=("name",),
)
_PRICE: Final = Record(
    {
        "currency": Text(20),
        "product": Text(200),
        "product_data": _PRODUCT,
        "tax_behavior": Text(choices=("exclusive", "inclusive", "unspecified")),
        "unit_amount": Whole(0, 99_999_999),
    },
    required=("currency", "unit_amount"),
)
_LINE: Final = Record(
    {"price_data": _PRICE, "quantity": Whole(1, 999_999), "metadata": Metadata()}, required=("price_data",)
)
_INTENT_DATA: Final = Record(
    {
        "capture_method": Text(choices=("automatic", "automatic_async")),
        "description": Text(1000),
        "metadata": Metadata(),
        "receipt_email": Text(800),
        "statement_descriptor": Text(22),
        "statement_descriptor_suffix": Text(22),
        "transfer_group": Text(500),
    }
)
CREATE: Final = Record(
    {
        "adaptive_pricing": Record({"enabled": Flag()}),
        "cancel_url": Text(),
        "client_reference_id": Text(200),
        "currency": Text(20),
        "customer": Text(200),
        "customer_creation": Text(choices=("always", "if_required")),
        "customer_email": Text(800),
        "expand": EXPAND,
        "expires_at": Whole(0),
        "line_items": Many(_LINE),
        "locale": Text(choices=LOCALES),
        "metadata": Metadata(),
        "mode": Text(choices=("payment", "setup", "subscription")),
        "payment_intent_data": _INTENT_DATA,
        "submit_type": Text(choices=("auto", "book", "donate", "pay", "subscribe")),
        "success_url": Text(),
        "ui_mode": Text(choices=("elements", "embedded_page", "form", "hosted_page")),
    },
    required=("success_url",),
)


def create(call: Call) -> Json:
    params, work = call.params, call.work
    _check_mode(params)
    for name in ("success_url", "cancel_url"):
        _check_url(params.get(name), name)
    if "customer_email" in params and "@" not in params["customer_email"]:
        raise InvalidRequest(
            f"Invalid email address: {params['customer_email'][:100]}",
            code="email_invalid",
            param="customer_email",
        )
    if "customer" in params:
        required(work, "customer", params["customer"], "customer")
    currency, amount = _total(params)
    items = [shapes.line_item(line, currency, work.now) for line in params["line_items"]]
    checkout = shapes.session(
        params=params,
        amount=amount + call.amount_error,
        currency=currency,
        url_base=call.psp.settings.public_base,
        now=work.now,
        expires_at=_expires_at(params.get("expires_at"), work.now),
    )
    private = {
        "line_items": items,
        "payment_intent_data": params.get("payment_intent_data", {}),
        "idempotency_key": work.idempotency_key,
    }
    work.tx.insert(checkout, private=private)
    return _with_news_before_the_answer(call, checkout)


def _with_news_before_the_answer(call: Call, checkout: Json) -> Json:
    """In the mode before_response the shop hears of the session, or even of its payment, before it is answered."""
    webhooks = call.psp.webhooks
    if webhooks.mode is not Mode.BEFORE_RESPONSE:
        return checkout
    call.work.emit("payment_intent.created", make_intent(call.work, checkout), lane=checkout["id"])
    answer = dict(checkout)
    if webhooks.pays_with is not None:
        attempt(call.work, checkout["id"], webhooks.pays_with)
    return answer


def _check_mode(params: Json) -> None:
    mode = params.get("mode", "payment" if "line_items" in params else None)
    if mode is None:
        raise InvalidRequest("Missing required param: mode.", code="parameter_missing", param="mode")
    if mode != "payment":
        raise InvalidRequest(f"The mock PSP does not offer mode={mode}.", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise InvalidRequest(f"The mock PSP does not offer ui_mode={params['ui_mode']}.", param="ui_mode")
    if not params.get("line_items"):
        raise InvalidRequest(
            "Missing required param: line_items.", code="parameter_missing", param="line_items"
        )


def _check_url(url: str | None, param: str) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidRequest("Not a valid URL", code="url_invalid", param=param)


def _total(params: Json) -> tuple[str, int]:
    currencies = set()
    for index, line in enumerate(params["line_items"]):
        where = f"line_items[{index}][price_data]"
        price = line["price_data"]
        if ("product" in price) == ("product_data" in price):
            raise InvalidRequest(
                "You must specify exactly one of these parameters: product, product_data.", param=where
            )
        currencies.add(check_currency(price["currency"], f"{where}[currency]"))
    if len(currencies) > 1:
        raise InvalidRequest("All line items must have the same currency.", param="line_items")
    currency = currencies.pop()
    amount = sum(line["price_data"]["unit_amount"] * line.get("quantity", 1) for line in params["line_items"])
    check_total(amount, currency)
    return currency, amount


def _expires_at(asked: int | None, now: int) -> int:
    if asked is None:
        return now + LONGEST_SECONDS
    if asked < now + SHORTEST_SECONDS:
        raise InvalidRequest(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
        )
    if asked > now + LONGEST_SECONDS:
        raise InvalidRequest(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return asked


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["session"], "session")


def list_sessions(call: Call) -> Json:
    return lists.page(call, KIND, "/v1/checkout/sessions", filters=("customer", "payment_intent", "status"))


def line_items(call: Call) -> Json:
    session_id = call.ids["session"]
    required(call.work, KIND, session_id, "session")
    items = call.work.tx.private(KIND, session_id)["line_items"]
    limit = call.params.get("limit", lists.DEFAULT_LIMIT)
    start = 0
    if "starting_after" in call.params:
        ids = [item["id"] for item in items]
        start = (
            ids.index(call.params["starting_after"]) + 1 if call.params["starting_after"] in ids else len(ids)
        )
    page = lists.of(items[start : start + limit], f"/v1/checkout/sessions/{session_id}/line_items")
    return page | {"has_more": len(items) > start + limit}


def expire(call: Call) -> Json:
    """The merchant ends an open session; a payment that is on its way cannot be called back."""
    checkout = retrieve(call)
    if checkout["status"] != "open":
        raise InvalidRequest(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Session has a status of '
            f"`{checkout['status']}`.",
            param="session",
        )
    if not expire_open_session(call.work, checkout):
        raise InvalidRequest(
            "This Checkout Session cannot be expired: its payment is processing.", param="session"
        )
    return checkout


def expire_open_session(work: Work, checkout: Json) -> bool:
    """Ends a session and its intent; False when its payment is on its way."""
    intent_id = checkout["payment_intent"]
    intent = work.tx.get("payment_intent", intent_id) if intent_id is not None else None
    if intent is not None and intent["status"] in ("processing", "succeeded"):
        return False
    checkout |= {"status": "expired", "url": None}
    work.tx.update(checkout)
    if intent is not None and intent["status"] != "canceled":
        intent |= {
            "status": "canceled",
            "canceled_at": work.now,
            "cancellation_reason": "expired",
            "next_action": None,
        }
        work.tx.update(intent)
        work.emit("payment_intent.canceled", intent, lane=checkout["id"])
    work.emit("checkout.session.expired", checkout, lane=checkout["id"])
    return True


_ONLY_EXPAND: Final = Record({"expand": EXPAND})
_ROOT: Final = "/v1/checkout/sessions"
ENDPOINTS: Final = (
    Endpoint("POST", _ROOT, CREATE, create),
    Endpoint(
        "GET",
        _ROOT,
        lists.accepts(
            customer=Text(200),
            payment_intent=Text(200),
            status=Text(choices=("complete", "expired", "open")),
        ),
        list_sessions,
    ),
    Endpoint("GET", f"{_ROOT}/<session>", _ONLY_EXPAND, retrieve),
    Endpoint("POST", f"{_ROOT}/<session>/expire", _ONLY_EXPAND, expire),
    Endpoint(
        "GET",
        f"{_ROOT}/<session>/line_items",
        Record(
            {
                "ending_before": Text(200),
                "expand": EXPAND,
                "limit": Whole(1, lists.MAX_LIMIT),
                "starting_after": Text(200),
            }
        ),
        line_items,
    ),
)
