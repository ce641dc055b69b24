"""The control API's part for money back: refunds made in the PSP's own dashboard, and what a bank says of refunds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from checkout.mockpsp import refund_course
from checkout.mockpsp.control_body import BadControl, body, text, whole
from checkout.mockpsp.control_money_out import MAX_AMOUNT
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.refunds import REASONS, charge_named
from checkout.mockpsp.work import Work

Json = dict[str, Any]
_REFUND_ACTIONS: Final[dict[str, Callable[[Work, str], None]]] = {
    "succeed": refund_course.succeed,
    "fail": refund_course.fail,
    "require_action": refund_course.require_action,
}


def _refund(psp: Psp) -> Json:
    """A refund made in the dashboard; with `refund`, the bank's word about one that there is."""
    given = body()
    with psp.work() as work:
        if "refund" in given:
            return _move_refund(work, given)
        params: Json = {name: text(given, name) for name in ("charge", "payment_intent") if name in given}
        if "amount" in given:
            params["amount"] = whole(given, "amount", None, low=1, high=MAX_AMOUNT)
        if "reason" in given:
            if given["reason"] not in REASONS:
                raise BadControl(f"reason must be one of {', '.join(REASONS)}")
            params["reason"] = given["reason"]
        return refund_course.make(work, charge_named(work, params), params)


def _move_refund(work: Work, given: Json) -> Json:
    action, refund_id = given.get("action"), text(given, "refund")
    if action not in tuple(_REFUND_ACTIONS):
        raise BadControl(f"action must be one of {', '.join(_REFUND_ACTIONS)}")
    if work.tx.get("refund", refund_id) is None:
        raise BadControl("no such refund")
    _REFUND_ACTIONS[action](work, refund_id)
    return work.tx.get("refund", refund_id) or {}


ROUTES: Final[tuple[tuple[str, str, Callable[[Psp], Json]], ...]] = (("POST", "/refunds", _refund),)
