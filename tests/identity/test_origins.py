"""What an origin is, and which URLs lie at one."""

from __future__ import annotations

import pytest

from checkout.identity.origins import InvalidOrigin, allows, normalise


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("HTTPS://Shop.Example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_has_one_spelling(text, origin):
    assert normalise(text) == origin
    assert normalise(origin) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shop.example",
        "//shop.example",
        "http://shop.example",
        "https://shop.example/cart",
        "https://shop.example?x",
        "https://shop.example/?",
        "https://shop.example#x",
        "https://user@shop.example",
        "https://user:secret@shop.example",
        "https://",
        "https:///",
        "https://shop.example:",
        "https://shop.example:99999",
        "https://shop.example:x",
        "https://shop..example",
        "https://-shop.example",
        "https://shop.example\\@evil.example",
        "https://shop.example\n",
        " https://shop.example",
        "https://bücher.example",
        "https://*.example",
        "ftp://shop.example",
        "javascript:alert(1)",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        "https://" + "a" * 3000,
    ],
)
def test_what_is_no_origin_is_refused(text):
    with pytest.raises(InvalidOrigin):
        normalise(text)


ORIGINS = frozenset({"https://shop.example", "http://localhost:8000"})


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "https://shop.example/thanks?order=1#top",
        "https://SHOP.example:443/thanks",
        "http://localhost:8000/demo",
    ],
)
def test_a_url_at_an_origin_is_allowed(url):
    assert allows(url, ORIGINS, livemode=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/",
        "https://shop.example:8443/",
        "https://sub.shop.example/",
        "https://shop.example.evil.example/",
        "https://evilshop.example/",
        "https://shop.example@evil.example/",
        "https://evil.example#@shop.example/",
        "https://shop.example\\.evil.example/",
        "https://shop.example/\r\nSet-Cookie: x",
        "https://shop.example/\tx",
        "https:shop.example",
        "https:/shop.example",
        "//shop.example",
        "/thanks",
        "",
        "http://localhost:8001/",
        "https://shop.example./",
    ],
)
def test_a_url_elsewhere_is_not(url):
    assert not allows(url, ORIGINS, livemode=False)


def test_live_mode_knows_https_alone():
    assert allows("https://shop.example/", ORIGINS, livemode=True)
    assert not allows("http://localhost:8000/", ORIGINS, livemode=True)
