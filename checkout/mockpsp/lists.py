"""Cursor lists: newest first, `starting_after` and `ending_before` name an object, `created` bounds."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp.call import Call
from checkout.mockpsp.errors import InvalidRequest, NoSuchObject
from checkout.mockpsp.params import EXPAND, RANGE, Record, Shape, Text, Whole
from checkout.mockpsp.store import Json, Transaction, parse
from checkout.mockpsp.tables import KINDS

DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 100
_COMPARISONS: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def accepts(**filters: Shape) -> Record:
    """The parameters of a list with these filters."""
    return Record(
        {
            "created": RANGE,
            "ending_before": Text(200),
            "expand": EXPAND,
            "limit": Whole(1, MAX_LIMIT),
            "starting_after": Text(200),
            **filters,
        }
    )


def page(call: Call, kind: str, url: str, *, filters: tuple[str, ...]) -> Json:
    """One page of a kind's objects, filtered by columns that bear the parameters' names."""
    conditions = [f"{name} = ?" for name in filters if name in call.params]
    values: list[Any] = [call.params[name] for name in filters if name in call.params]
    return select_page(call, kind, url, conditions, values)


def select_page(call: Call, kind: str, url: str, conditions: list[str], values: list[Any]) -> Json:
    params, tx = call.params, call.work.tx
    conditions, values = list(conditions), list(values)
    if KINDS[kind].of_account:
        conditions.append("coalesce(account, '') = ?")
        values.append(call.work.account)
    _bound_created(params.get("created"), conditions, values)
    if "starting_after" in params and "ending_before" in params:
        raise InvalidRequest("You can only specify one of these parameters: ending_before, starting_after.")
    backwards = "ending_before" in params
    if "starting_after" in params:
        conditions.append("seq < ?")
        values.append(_place(tx, kind, params["starting_after"], "starting_after"))
    if backwards:
        conditions.append("seq > ?")
        values.append(_place(tx, kind, params["ending_before"], "ending_before"))
    limit = params.get("limit", DEFAULT_LIMIT)
    where = f"where {' and '.join(conditions)}" if conditions else ""
    rows = tx.query(
        f"select body from {KINDS[kind].table} {where} order by seq {'asc' if backwards else 'desc'} limit ?",
        [*values, limit + 1],
    ).fetchall()
    data = [parse(row[0]) for row in rows[:limit]]
    if backwards:
        data.reverse()
    return {"object": "list", "data": data, "has_more": len(rows) > limit, "url": url}


def of(data: list[Json], url: str) -> Json:
    return {"object": "list", "data": data, "has_more": False, "url": url}


def _bound_created(created: Any, conditions: list[str], values: list[Any]) -> None:
    if created is None:
        return
    if isinstance(created, int):
        conditions.append("created = ?")
        values.append(created)
        return
    for name, bound in created.items():
        conditions.append(f"created {_COMPARISONS[name]} ?")
        values.append(bound)


def _place(tx: Transaction, kind: str, object_id: str, param: str) -> int:
    row = tx.query(f"select seq from {KINDS[kind].table} where id = ?", [object_id]).fetchone()
    if row is None:
        raise NoSuchObject(KINDS[kind].noun, object_id, param)
    return int(row[0])
