"""The control API /_mock/*: how a test acts as the shopper, sets faults and modes, moves the clock, reads the truth.

JSON, on the loopback interface alone, and never through a proxy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, request

from checkout.mockpsp import (
    cards,
    control_balance,
    control_disputes,
    control_money_back,
    control_money_out,
    journal,
    shopper,
    signals,
)
from checkout.mockpsp.control_body import BadControl, body, whole
from checkout.mockpsp.errors import StripeError
from checkout.mockpsp.faults import BadFault
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.shopper import Answer, NoSuchSession, Wish
from checkout.mockpsp.signals import BadSignal
from checkout.mockpsp.store import dumps
from checkout.mockpsp.ticker import run_due
from checkout.mockpsp.webhooks import Mode

Json = dict[str, Any]
MAX_DELAY_SECONDS: Final = 86_400
MAX_ADVANCE_SECONDS: Final = 10 * 366 * 86_400
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


def register(app: Flask, psp: Psp) -> None:
    control = Blueprint("control", __name__, url_prefix="/_mock")
    control.before_request(_only_loopback)
    for error in (BadControl, BadFault, BadSignal, NoSuchSession, StripeError):
        control.register_error_handler(error, _refusal)

    def route(method: str, rule: str, act: Callable[[Psp], Json]) -> None:
        control.add_url_rule(
            rule,
            f"{method} {rule}",
            lambda: Response(dumps(act(psp)), mimetype="application/json"),
            methods=[method],
        )

    route("POST", "/pay", _pay)
    route("GET", "/journal", _journal)
    route("GET", "/faults", lambda psp: {"faults": psp.faults.shown()})
    route("POST", "/faults", _add_fault)
    route("DELETE", "/faults", lambda psp: {"cleared": psp.faults.clear()})
    route("GET", "/webhooks", _webhooks)
    route("POST", "/webhooks", _set_mode)
    route("POST", "/webhooks/deliver", lambda psp: {"delivered": psp.webhooks.deliver_held()})
    route("POST", "/webhooks/send", lambda psp: signals.send(psp, body()))
    route("GET", "/clock", _clock)
    route("POST", "/clock", _advance)
    for method, rule, act in (
        *control_money_out.ROUTES,
        *control_money_back.ROUTES,
        *control_disputes.ROUTES,
        *control_balance.ROUTES,
    ):
        route(method, rule, act)
    app.register_blueprint(control)


def _only_loopback() -> None:
    address = request.remote_addr or ""
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        loopback = False
    if not loopback or any(name in request.headers for name in _FORWARDED):
        abort(403)


def _refusal(error: Exception) -> Response:
    return Response(dumps({"error": str(error)}), 422, mimetype="application/json")


def _pay(psp: Psp) -> Json:
    given = body()
    session_id = given.get("session")
    if not isinstance(session_id, str):
        raise BadControl("session must be the id of a session")
    if given.get("three_d_secure") not in (None, *Answer):
        raise BadControl(f"three_d_secure must be one of {', '.join(Answer)}")
    wish = shopper.wish_of(given)
    if wish == Wish():
        raise BadControl("say what to pay with: card, iban, wallet, or action")
    step = shopper.act(psp, session_id, wish)
    return {"outcome": step.outcome.result.value, "redirect_url": step.redirect_url} | (
        {"decline_code": step.outcome.decline.decline_code or step.outcome.decline.code}
        if step.outcome.decline is not None
        else {}
    )


def _journal(psp: Psp) -> Json:
    after = request.args.get("after", "0")
    if not after.isdigit():
        raise BadControl("after must be a whole number")
    with psp.store.snapshot() as connection:
        return {"entries": journal.entries(connection, after=int(after))}


def _add_fault(psp: Psp) -> Json:
    return psp.faults.add(body()).shown()


def _webhooks(psp: Psp) -> Json:
    return {"mode": psp.webhooks.mode.value, "waiting": psp.webhooks.waiting()}


def _set_mode(psp: Psp) -> Json:
    given = body()
    if given.get("mode") not in tuple(Mode):
        raise BadControl(f"mode must be one of {', '.join(Mode)}")
    psp.webhooks.set_mode(
        Mode(given["mode"]),
        times=whole(given, "times", 2, low=1, high=100),
        seconds=_seconds(given),
        seed=whole(given, "seed", 0, low=0, high=2**63),
        pays_with=cards.card(str(given["card"])) if given.get("card") is not None else None,
    )
    return _webhooks(psp)


def _clock(psp: Psp) -> Json:
    return {"now": psp.clock.now(), "advance_seconds": psp.clock.advance_seconds}


def _advance(psp: Psp) -> Json:
    """What falls due on the way has happened when this answers; its webhooks follow."""
    seconds = whole(body(), "advance_seconds", None, low=0, high=MAX_ADVANCE_SECONDS)
    psp.advance_clock(seconds)
    run_due(psp)
    return _clock(psp)


def _seconds(body: Json) -> float:
    value = body.get("seconds", 5)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_DELAY_SECONDS:
        raise BadControl(f"seconds must be a number between 0 and {MAX_DELAY_SECONDS}")
    return value
