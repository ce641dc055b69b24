"""Whose address a request has: by the word of our own proxies, and of nobody else."""

from __future__ import annotations

import pytest
from flask import Flask, request

from checkout.core.networks import network_of
from checkout.gate import client_ip
from checkout.gate.client_address import TrustedProxies

PEER = "192.0.2.1"


def seen(proxies: int, headers: dict[str, str], peer: str = PEER) -> str:
    app = Flask("addresses")
    app.add_url_rule("/", view_func=client_ip)
    app.wsgi_app = TrustedProxies(app.wsgi_app, proxies)
    return app.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": peer}).text


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.9", PEER),  # no proxy is ours: anybody may have written it
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),  # what stands left of ours is the client's own word
        (2, "10.0.0.1, 203.0.113.9, 198.51.100.2", "203.0.113.9"),
        (2, "203.0.113.9", PEER),  # fewer entries than proxies: one was passed by
        (1, "203.0.113.9, nonsense", PEER),
        (1, "", PEER),
        (1, "203.0.113.9,", PEER),
        (1, "203.0.113.9:51234", "203.0.113.9"),
        (1, "[2001:DB8::1]:443", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "x" * 5_000, PEER),
        (1, "1," * 2_000 + "203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_address_is_what_our_proxies_wrote(proxies, header, address):
    """Counted from the right; garbage and a missing entry leave the address of the connection."""
    assert seen(proxies, {"X-Forwarded-For": header}) == address


def test_other_headers_of_that_kind_say_nothing():
    """Forwarded, X-Real-IP and the like are not read at all."""
    headers = {"Forwarded": "for=203.0.113.9", "X-Real-Ip": "203.0.113.9", "X-Client-Ip": "203.0.113.9"}

    assert seen(1, headers) == PEER


def test_a_connection_without_an_address_is_one_caller():
    """A unix socket has none: still something that the audit can store."""
    assert seen(0, {}, peer="") == "0.0.0.0"


@pytest.mark.parametrize(
    ("proxies", "proto", "scheme"),
    [(0, "https", "http"), (1, "https", "https"), (1, "https, http", "http"), (1, "gopher", "http")],
)
def test_the_scheme_is_our_proxys_word_too(proxies, proto, scheme):
    """Cookies and HSTS depend on it."""
    app = Flask("schemes")

    @app.get("/")
    def scheme_seen() -> str:
        return request.scheme

    app.wsgi_app = TrustedProxies(app.wsgi_app, proxies)

    assert app.test_client().get("/", headers={"X-Forwarded-Proto": proto}).text == scheme


def test_one_address_has_one_spelling_without_a_proxy_too():
    """Sessions, attempts and the audit note it: a zone is no part of it, nor the way an IPv4 address is wrapped."""
    app = Flask("spellings")
    app.add_url_rule("/", view_func=lambda: str(request.remote_addr))
    app.wsgi_app = TrustedProxies(app.wsgi_app, 0)

    for peer, spelled in (("fe80::1%eth0", "fe80::1"), ("::ffff:203.0.113.9", "203.0.113.9")):
        assert app.test_client().get("/", environ_base={"REMOTE_ADDR": peer}).text == spelled


def test_a_customers_ipv6_network_counts_as_one():
    """Its 2^64 addresses are free to choose; an IPv4 address is not."""
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert network_of("203.0.113.9") == "203.0.113.9"
