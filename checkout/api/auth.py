"""Who calls, and what they may: a principal and its reach, before anything else of the request is looked at."""

from __future__ import annotations

from typing import Final

from flask import Request, current_app

from checkout.api.context import api_context
from checkout.audit import context as audit_context
from checkout.gate import limited
from checkout.gate.asked import asked, noted
from checkout.identity import tokens
from checkout.identity.access import Forbidden, Principal, Reach
from checkout.identity.authenticate import Unauthenticated, authenticate

SCHEME = "bearer "
REFUSAL = "there is no valid API key or access token in the Authorization header"
MOST_LENGTH = 2_000  # a key has 49 characters, an access token about 600
OF_THE_PERMISSION: Final = "_permission"  # what a view was declared with; pages carry it too

KEPT_FROM: Final = "_kept_from"  # the kind of tenant that a view is not for, whatever its permissions


def require_key() -> None:
    """Runs before every view of a guarded blueprint: who is it, and may they do this at all?

    Raises:
        Unauthenticated: one answer, whatever is wrong with the key or token. RateLimited, MissingScope, Forbidden.
    """
    call = asked()
    if call.method == "OPTIONS":  # which methods there are is no secret
        limited.admit_stranger()
        return
    found = _who(_shown_key(call), call)
    if found is None or _key_in_query(call):
        limited.admit_stranger()
        raise Unauthenticated(REFUSAL)
    known = noted()
    known["principal"] = found
    audit_context.known_as(found.actor, found.role)
    limited.admit(found)
    view = current_app.view_functions[call.endpoint or ""]
    known["reach"] = _narrowed(found.reach(getattr(view, OF_THE_PERMISSION)), getattr(view, KEPT_FROM, None))


def principal() -> Principal:
    """Whoever require_key() let in."""
    found: Principal = noted()["principal"]
    return found


def reach() -> Reach:
    """The rows this call may touch, by the permission of its view."""
    found: Reach = noted()["reach"]
    return found


def _narrowed(found: Reach, kept_from: str | None) -> Reach:
    """Before the body is read: who may not ask is told so, whatever they sent.

    Raises:
        Forbidden: nothing is left of the reach.
    """
    left = found if kept_from is None else found.but(kept_from)
    if not left:
        raise Forbidden(f"this is not for a {kept_from}: it concerns others of the platform too")
    return left


def _who(text: str, call: Request) -> Principal | None:
    """A key has no dots, an access token two."""
    if "." not in text:
        return authenticate(text, ip=call.remote_addr)
    context = api_context()
    return tokens.principal(text, issuer=context.public_url, livemode=context.livemode)


def _shown_key(call: Request) -> str:
    header = call.environ.get("HTTP_AUTHORIZATION", "")
    text = header[len(SCHEME) :].strip() if header[: len(SCHEME)].lower() == SCHEME else ""
    return text if len(text) <= MOST_LENGTH else ""


def _key_in_query(call: Request) -> bool:
    """A query string ends up in histories and logs: a key that stood in one is not taken, beside a header neither."""
    query = call.environ.get("QUERY_STRING", "")
    return bool(query) and ("sk_" in query or "api_key" in query or "access_token" in query)
