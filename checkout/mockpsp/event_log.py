"""Events: retrieve, list. Writing them is `events.py`, carrying them `webhooks.py`."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import lists
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.params import EXPAND, Flag, Many, Record, Text

Json = dict[str, Any]
_UNDELIVERED: Final = "seq in (select seq from deliveries)"


def retrieve(call: Call) -> Json:
    found = required(call.work, "event", call.ids["id"], "id")
    row = call.work.tx.query(
        "select 1 from deliveries join events using (seq) where events.id = ?", [found["id"]]
    ).fetchone()
    return found | {"pending_webhooks": 0 if row is None else 1}


def list_events(call: Call) -> Json:
    params = call.params
    if "type" in params and "types" in params:
        raise InvalidRequest("You may only specify one of these parameters: type, types.", param="types")
    conditions, values = [], []
    if "type" in params:
        conditions.append("type glob ?")
        values.append(params["type"])
    if "types" in params:
        conditions.append(f"type in ({','.join('?' * len(params['types']))})")
        values.extend(params["types"])
    if "delivery_success" in params:
        conditions.append(f"not {_UNDELIVERED}" if params["delivery_success"] else _UNDELIVERED)
    return lists.select_page(call, "event", "/v1/events", conditions, values)


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/v1/events",
        lists.accepts(delivery_success=Flag(), type=Text(100), types=Many(Text(100), most=20)),
        list_events,
        on_accounts=True,
    ),
    Endpoint("GET", "/v1/events/<id>", Record({"expand": EXPAND}), retrieve, on_accounts=True),
)
