"""What a call of the alerts names: which ones, whose, and other things' ids. A mistake is told at its place."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from checkout.api.auth import principal
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import decode, encode
from checkout.reconciliation.lists import AlertFilters
from checkout.reporting import alert_people

NOBODY: Final = ""


def filters_of(query: dict[str, Any]) -> AlertFilters:
    """
    Raises:
        InvalidParameter: an id of another kind; a least or largest amount of no currency.
    """
    for name in ("minimum", "maximum"):
        if name in query and "currency" not in query:
            raise InvalidParameter.at("/currency", f"is required with {name}", "required")
    return AlertFilters(
        psp=query.get("psp"),
        business_on=query.get("business_on"),
        code=query.get("code"),
        severity=query.get("severity"),
        status=query.get("status"),
        assignee=_whose(query["assignee"]) if "assignee" in query else None,
        age=query.get("age"),
        currency=query.get("currency"),
        minimum_minor=query.get("minimum"),
        maximum_minor=query.get("maximum"),
        run_id=_id("run", query.get("run"), "/run"),
        seller_id=_id("sel", query.get("seller"), "/seller"),
        due_by=query.get("due_by"),
        parent_id=_id("alr", query.get("cause"), "/cause"),
    )


def own_id(prefix: str, text: str, pointer: str) -> UUID:
    """
    Raises:
        InvalidParameter: it is no id of that kind.
    """
    try:
        return decode(prefix, text)
    except NotFound as error:
        raise InvalidParameter.at(pointer, f"is no {prefix}_ id", "invalid_format") from error


def assignee_of(text: str | None, *, pointer: str = "/assignee") -> str:
    """Whoever asks, where nobody is named.

    Raises:
        InvalidParameter: not somebody active who works on alerts.
    """
    if text is None:
        return principal().actor
    actor = f"person:{encode('usr', own_id('usr', text, pointer))}"
    if actor not in alert_people.workers():
        raise InvalidParameter.at(pointer, "is nobody who works on alerts")
    return actor


def _whose(text: str) -> str:
    if text == "me":
        return principal().actor
    return NOBODY if text == "none" else f"person:{encode('usr', own_id('usr', text, '/assignee'))}"


def _id(prefix: str, text: str | None, pointer: str) -> UUID | None:
    return None if text is None else own_id(prefix, text, pointer)
