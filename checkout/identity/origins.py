"""Origins (scheme, host, port) that a storefront may send shoppers back to, and whether a URL is at one of them.

Pure. Compared exactly: a sub-domain, another port, or a name that merely ends alike is another origin.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

from checkout.core.errors import DomainError

URL_LENGTH = 2_048  # what browsers and the PSP take
DEFAULT_PORTS = {"https": 443, "http": 80}

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]|[^\x00-\x7f]")
_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)


class InvalidOrigin(DomainError):
    """The text is no origin that shoppers may be sent to."""

    code = "invalid_parameter"


def normalise(text: str) -> str:
    """The one spelling of an origin: lower case, without the scheme's own port, without a final slash.

    Raises:
        InvalidOrigin: no https origin (or http on loopback), or more than an origin.
    """
    parts = _split(text)
    if (
        parts is None
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or "?" in text
        or "#" in text
    ):
        raise InvalidOrigin(f"{text[:100]!r} is no origin: write https://shop.example, without a path")
    origin = _origin(parts)
    if origin is None:
        raise InvalidOrigin(f"{text[:100]!r} is no https origin (http is for loopback addresses)")
    return origin


def allows(url: str, origins: Set[str], *, livemode: bool) -> bool:
    """True where the URL lies exactly at one of the origins. In live mode http is refused, on loopback too."""
    origin = _origin_of(url)
    return origin is not None and origin in origins and not (livemode and not origin.startswith("https:"))


@lru_cache(maxsize=1_024)  # a shop sends the same few addresses with each checkout
def _origin_of(url: str) -> str | None:
    parts = _split(url)
    return _origin(parts) if parts is not None else None


def _split(text: str) -> SplitResult | None:
    """The URL's parts, or None for what browsers and parsers could read differently."""
    if len(text) > URL_LENGTH or _UNSAFE.search(text):
        return None
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return None
    if "@" in parts.netloc or parts.netloc.endswith(":") or not text.lower().startswith(f"{parts.scheme}://"):
        return None
    return parts


def _origin(parts: SplitResult) -> str | None:
    host = (parts.hostname or "").lower()
    name = f"[{host}]" if ":" in host else host
    if not _is_host(host) or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        return None
    if parts.port is None or parts.port == DEFAULT_PORTS[parts.scheme]:
        return f"{parts.scheme}://{name}"
    return f"{parts.scheme}://{name}:{parts.port}"


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            IPv6Address(host)
        except AddressValueError:
            return False
        return "%" not in host
    return _HOST.fullmatch(host) is not None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return (IPv6Address(host) if ":" in host else IPv4Address(host)).is_loopback
    except AddressValueError:
        return False
