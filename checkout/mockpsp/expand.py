"""`expand[]`: puts the object where its id stood. Which members can be expanded stands in one table."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.store import parse
from checkout.mockpsp.work import Work

Json = dict[str, Any]
MAX_DEPTH: Final = 4

# object → member → the kind of object that its id names
_REFERENCES: Final[dict[str, dict[str, str]]] = {
    "checkout.session": {"payment_intent": "payment_intent", "customer": "customer"},
    "payment_intent": {"latest_charge": "charge", "customer": "customer"},
    "charge": {
        "balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "customer": "customer",
    },
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "balance_transaction": {"source": "source"},
    "transfer": {"balance_transaction": "balance_transaction", "destination": "account"},
    "transfer_reversal": {"balance_transaction": "balance_transaction", "transfer": "transfer"},
    "payout": {
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
    },
}
# What a balance transaction can come from, by the beginning of its source's id.
_SOURCES: Final = {
    "ch": "charge",
    "du": "dispute",
    "po": "payout",
    "pyr": "refund",
    "re": "refund",
    "tr": "transfer",
    "trr": "transfer_reversal",
}
_SHOWN: Final = 10  # of an embedded list; the address beside it has them all


def expand(work: Work, thing: Json, paths: list[str]) -> Json:
    """The answer with the objects in place of their ids; what the store holds stays as it is.

    Raises:
        InvalidRequest: the member does not exist, cannot be expanded, or lies too deep.
    """
    for path in paths:
        parts = path.split(".")
        if len(parts) > MAX_DEPTH + (parts[0] == "data"):
            raise InvalidRequest(
                f"You cannot expand more than {MAX_DEPTH} levels of a property.", param="expand"
            )
        if thing.get("object") != "list":
            thing = _expanded(work, thing, parts, path)
        elif parts[0] == "data" and len(parts) > 1:
            thing = thing | {"data": [_expanded(work, item, parts[1:], path) for item in thing["data"]]}
        else:
            raise _refusal(path)
    return thing


def _expanded(work: Work, thing: Json, parts: list[str], path: str) -> Json:
    name, rest = parts[0], parts[1:]
    if (thing["object"], name) in _EMBEDDED and not rest:
        items, url = _EMBEDDED[thing["object"], name](work, thing["id"])
        first = {"object": "list", "data": items[:_SHOWN], "has_more": len(items) > _SHOWN, "url": url}
        return thing | {name: first}
    kind = _REFERENCES.get(thing["object"], {}).get(name)
    if kind is None:
        raise _refusal(path)
    inner = thing[name]
    if isinstance(inner, str):
        inner = _referred(work, kind, inner)
    if rest and isinstance(inner, dict):
        inner = _expanded(work, inner, rest, path)
    return thing | {name: inner}


def _lines(work: Work, session_id: str) -> tuple[list[Json], str]:
    lines: list[Json] = work.tx.private("checkout.session", session_id).get("line_items", [])
    return lines, f"/v1/checkout/sessions/{session_id}/line_items"


def _refunds(work: Work, charge_id: str) -> tuple[list[Json], str]:
    rows = work.tx.query(
        "select body from refunds where charge = ? order by seq desc limit ?", [charge_id, _SHOWN + 1]
    )
    return [parse(row[0]) for row in rows], f"/v1/charges/{charge_id}/refunds"


_EMBEDDED: Final = {("checkout.session", "line_items"): _lines, ("charge", "refunds"): _refunds}


def _referred(work: Work, kind: str, object_id: str) -> Json | str | None:
    if kind != "source":
        return work.tx.get(kind, object_id)
    source = _SOURCES.get(object_id.partition("_")[0])
    return object_id if source is None else work.tx.get(source, object_id)


def _refusal(path: str) -> InvalidRequest:
    return InvalidRequest(
        f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead.",
        param="expand",
    )
