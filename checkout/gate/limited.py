"""Counts a request against its caller's quotas, refuses it when one is used up, and says so in the answer's headers.

Who is known is counted as who they are, everybody else by the address they come from: keys of a storefront are not
slowed by a stranger behind the same address, nor strangers helped by many addresses of one network.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10: RateLimit-Policy is a list of quotas ("q" requests in
"w" seconds), RateLimit what is left of each ("r" requests, until "t" seconds from now, as Retry-After counts them).
"""

from __future__ import annotations

from typing import Final

from flask import Request, Response, current_app

from checkout.core.networks import network_of
from checkout.fraud.brakes import is_braked
from checkout.gate.asked import asked, noted
from checkout.gate.client_address import client_ip
from checkout.identity.access import KEY_KIND, Principal
from checkout.limits import Counters, Quota, RateLimited, RouteClass, Standing
from checkout.limits.plans import plan_of
from checkout.limits.quotas import BY_ADDRESS, BY_KEY, BY_PERSON, WHILE_CARDS_ARE_TESTED
from checkout.observability import metrics

EXTENSION: Final = "checkout_limits"  # app.extensions: the process's Counters
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Probes must be answered when everything else is too much; assets are files that browsers keep for ever.
UNLIMITED: Final = ("/healthz", "/readyz", "/metrics", "/assets/")
NEW_PAYMENTS: Final = (
    "/v1/payments",
    "/wallet/top_ups",
)  # what their paths end with: cards are tested with both
SIGNING_IN: Final = ("/v1/auth/", "/sign-in", "/password", "/invitation")


def limit_by_address() -> None:
    """Before every request but those of guarded calls, whose caller is about to be known.

    Raises:
        RateLimited.
    """
    call = asked()
    if _asks_for_a_key(call) or call.path.startswith(UNLIMITED):
        return
    admit_stranger()


def admit_stranger() -> None:
    """Counts a request of nobody we know against its address.

    Raises:
        RateLimited.
    """
    call = asked()
    _count(BY_ADDRESS[route_class(call.method, call.path)], network_of(client_ip()))


def admit(principal: Principal) -> None:
    """Counts a request of a key or a person, once who it is has been proved.

    Raises:
        RateLimited.
    """
    call = asked()
    kind = route_class(call.method, call.path)
    quotas = BY_KEY[plan_of(principal.scope)] if principal.kind == KEY_KIND else BY_PERSON
    if kind in quotas:
        _count(quotas[kind], principal.public_id)
    if call.method == "POST" and call.path.endswith(NEW_PAYMENTS) and is_braked(principal.scope):
        _count(WHILE_CARDS_ARE_TESTED, f"{principal.scope}:{network_of(client_ip())}")


def route_class(method: str, path: str) -> RouteClass:
    """What a request is, by how it is asked and where."""
    if path.startswith("/webhooks/"):
        return RouteClass.WEBHOOK
    if method not in SAFE_METHODS and path.startswith(SIGNING_IN):
        return RouteClass.AUTH
    if path.startswith("/v1/"):
        return RouteClass.READ if method in SAFE_METHODS else RouteClass.WRITE
    return RouteClass.PAGE


def show(response: Response) -> Response:
    """Adds the headers of every quota that this request was counted against."""
    standings: list[Standing] = noted().get("standings", [])
    if standings:
        policies, left = zip(*map(_told, standings), strict=True)
        response.headers.add("RateLimit-Policy", ", ".join(policies))
        response.headers.add("RateLimit", ", ".join(left))
    return response


def _told(standing: Standing) -> tuple[str, str]:
    """What the two headers say of a quota."""
    quota = standing.quota
    return (
        f'"{quota.name}";q={quota.requests};w={quota.seconds}',
        f'"{quota.name}";r={standing.remaining};t={standing.reset_seconds}',
    )


def _count(quota: Quota, subject: str) -> None:
    counters: Counters = current_app.extensions[EXTENSION]
    standing = counters.count(quota, subject)
    noted().setdefault("standings", []).append(standing)
    if not standing.allowed:
        metrics.count("rate_limited", quota.name)
        raise RateLimited(
            f"more than {quota.requests} requests in {quota.seconds} seconds ({quota.name})",
            retry_after_seconds=standing.reset_seconds,
        )


def _asks_for_a_key(call: Request) -> bool:
    """A call of a blueprint that looks for a key or a token before its views: it counts by itself."""
    return bool(getattr(current_app.blueprints.get(call.blueprint or ""), "guarded", False))
