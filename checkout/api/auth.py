"""Who calls: the Bearer key of a request, turned into a principal before anything else is looked at."""

from __future__ import annotations

from flask import g, request

from checkout.identity.authenticate import Principal, Unauthenticated, authenticate

SCHEME = "bearer "
REFUSAL = "there is no valid API key in the Authorization header"
MOST_LENGTH = 200  # a key has 49 characters


def require_key() -> None:
    """Runs before every view of a blueprint that serves storefronts.

    Raises:
        Unauthenticated: one answer, whatever is wrong with the key.
    """
    if request.method == "OPTIONS":
        return  # which methods there are is no secret
    principal = authenticate(_shown_key())
    if principal is None or _key_in_query():
        raise Unauthenticated(REFUSAL)
    g.principal = principal


def principal() -> Principal:
    """Whoever require_key() let in."""
    found: Principal = g.principal
    return found


def _shown_key() -> str:
    header = request.environ.get("HTTP_AUTHORIZATION", "")
    text = header[len(SCHEME) :].strip() if header[: len(SCHEME)].lower() == SCHEME else ""
    return text if len(text) <= MOST_LENGTH else ""


def _key_in_query() -> bool:
    """A query string ends up in histories and logs: a key that stood in one is not taken, beside a header neither."""
    query = request.environ.get("QUERY_STRING", "")
    return "sk_" in query or "api_key" in query or "access_token" in query
