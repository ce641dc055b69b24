"""Which names are ours."""

from __future__ import annotations

import pytest

from checkout.gate.hosts import AllowedHosts, HostNotAllowed

PRODUCTION = AllowedHosts(public_url="https://pay.example", more=["pay.internal:8443"], development=False)
DEVELOPMENT = AllowedHosts(public_url="http://localhost:8000", more=[], development=True)


def allowed(hosts: AllowedHosts, host: str, path: str = "/v1/payments") -> bool:
    try:
        hosts.refuse_others(host, path)
    except HostNotAllowed:
        return False
    return True


@pytest.mark.parametrize("host", ["pay.example", "PAY.example", "pay.example:443", "pay.internal:8443"])
def test_our_public_names_are_allowed(host):
    """PUBLIC_URL's, with its scheme's port or without, and those of ALLOWED_HOSTS."""
    assert allowed(PRODUCTION, host)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            "evil.example",
            "pay.example.evil.example",
            "evil.pay.example",
            "pay.example:8443",
            "pay.example.",
        ),
        *(
            "pay.internal",
            "localhost",
            "127.0.0.1",
            "pay.example,evil.example",
            "user@pay.example",
            "203.0.113.9",
        ),
    ],
)
def test_any_other_name_is_refused_in_production(host):
    """Also what only looks like ours, this machine's own names, and bare addresses."""
    assert not allowed(PRODUCTION, host)


@pytest.mark.parametrize(
    "host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "localhost", "localhost:9999"]
)
def test_this_machines_names_are_allowed_in_development(host):
    """At any port: a tunnel or a test's proxy changes it."""
    assert allowed(DEVELOPMENT, host)


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:80x", "0.0.0.0:8000", "[::2]:8000"]
)
def test_any_other_name_is_refused_in_development_too(host):
    """A name that was made to point at 127.0.0.1 must not read what is shown there."""
    assert not allowed(DEVELOPMENT, host)


def test_probes_may_call_by_address():
    """Load balancers and Prometheus do; a name must be one of ours there as well."""
    for path in ("/healthz", "/readyz", "/metrics"):
        assert allowed(PRODUCTION, "10.1.2.3:8000", path)
        assert allowed(PRODUCTION, "[2001:db8::1]", path)
        assert not allowed(PRODUCTION, "evil.example", path)
    assert not allowed(PRODUCTION, "10.1.2.3:8000", "/healthz/x")
