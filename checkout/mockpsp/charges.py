"""Charges: retrieve, list."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import lists
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.params import EXPAND, Record, Text

Json = dict[str, Any]


def retrieve(call: Call) -> Json:
    return required(call.work, "charge", call.ids["charge"], "charge")


def list_charges(call: Call) -> Json:
    return lists.page(call, "charge", "/v1/charges", filters=("customer", "payment_intent", "transfer_group"))


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/charges",
        lists.accepts(customer=Text(200), payment_intent=Text(200), transfer_group=Text(500)),
        list_charges,
    ),
    Endpoint("GET", "/v1/charges/<charge>", Record({"expand": EXPAND}), retrieve),
)
