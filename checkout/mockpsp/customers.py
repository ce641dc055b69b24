"""Customers: create, retrieve, update, delete, list."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import lists, shapes
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.params import EXPAND, Many, Metadata, Record, Text

Json = dict[str, Any]
KIND: Final = "customer"

_ADDRESS: Final = Record(
    {name: Text(may_be_empty=True) for name in ("city", "country", "line1", "line2", "postal_code", "state")}
)
FIELDS: Final = Record(
    {
        "address": _ADDRESS,
        "description": Text(may_be_empty=True),
        "email": Text(512, may_be_empty=True),
        "expand": EXPAND,
        "metadata": Metadata(),
        "name": Text(256, may_be_empty=True),
        "phone": Text(20, may_be_empty=True),
        "preferred_locales": Many(Text(20)),
    }
)
_SIMPLE: Final = ("address", "description", "email", "name", "phone", "preferred_locales")


def create(call: Call) -> Json:
    _check_email(call.params)
    created = shapes.customer(_emptied(call.params), number=1, now=call.work.now)
    call.work.tx.insert(created)
    call.work.emit("customer.created", created, lane=created["id"])
    return created


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["customer"], "id")


def update(call: Call) -> Json:
    """Metadata is merged, an empty value removes its key; other members are replaced."""
    _check_email(call.params)
    found = retrieve(call)
    if found.get("deleted"):
        raise InvalidRequest(
            f"No such customer: '{found['id']}'", code="resource_missing", param="id", status=404
        )
    given = _emptied(call.params)
    found |= {name: given[name] for name in _SIMPLE if name in given}
    if "metadata" in given:
        merged = found["metadata"] | given["metadata"]
        found["metadata"] = {key: value for key, value in merged.items() if value}
    call.work.tx.update(found)
    call.work.emit("customer.updated", found, lane=found["id"])
    return found


def delete(call: Call) -> Json:
    found = retrieve(call)
    gone = {"id": found["id"], "object": KIND, "deleted": True}
    call.work.tx.run("delete from customers where id = ?", [found["id"]])
    call.work.emit("customer.deleted", found, lane=found["id"])
    return gone


def list_customers(call: Call) -> Json:
    return lists.page(call, KIND, "/v1/customers", filters=("email",))


def _check_email(params: Json) -> None:
    email = params.get("email")
    if email and "@" not in email:
        raise InvalidRequest(f"Invalid email address: {email[:100]}", code="email_invalid", param="email")


def _emptied(params: Json) -> Json:
    return {name: None if value == "" else value for name, value in params.items()}


ENDPOINTS: Final = (
    Endpoint("POST", "/v1/customers", FIELDS, create),
    Endpoint("GET", "/v1/customers", lists.accepts(email=Text(512)), list_customers),
    Endpoint("GET", "/v1/customers/<customer>", Record({"expand": EXPAND}), retrieve),
    Endpoint("POST", "/v1/customers/<customer>", FIELDS, update),
    Endpoint("DELETE", "/v1/customers/<customer>", Record({}), delete),
)
