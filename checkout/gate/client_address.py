"""Where a request comes from. Only what our own proxies have written counts: anybody can send a header.

Each proxy appends the address it was called from to X-Forwarded-For. With N proxies of ours in front, the N-th entry
from the right was written by the outermost of them, and is the client; everything left of it is the client's own word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from checkout.gate.asked import asked

UNKNOWN: Final = "0.0.0.0"  # noqa: S104  # over a unix socket there is no address: all of them are one caller
PROXY_HEADERS_READ: Final = 20  # entries; nobody has a longer chain

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class TrustedProxies:
    """WSGI middleware: puts the client's address and scheme where everything below looks for them."""

    def __init__(self, application: Application, count: int) -> None:
        self._application = application
        self._count = count

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = normalized(environ.get("REMOTE_ADDR") or "") or UNKNOWN
        if self._count:
            address = address_of(environ.get("HTTP_X_FORWARDED_FOR", ""), self._count)
            if address is not None:
                environ["REMOTE_ADDR"] = address
            scheme = entry_from_right(environ.get("HTTP_X_FORWARDED_PROTO", ""), self._count)
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return self._application(environ, start_response)


def client_ip() -> str:
    """The address this request came from, in its shortest form. For limits, sessions and the audit alike."""
    return normalized(asked().environ.get("REMOTE_ADDR", "")) or UNKNOWN


def address_of(forwarded_for: str, proxies: int) -> str | None:
    """The client's address by the word of so many proxies; None when they did not say, or no address."""
    return normalized(entry_from_right(forwarded_for, proxies) or "")


def entry_from_right(header: str, number: int) -> str | None:
    """The number-th entry of a comma-separated header, counted from the right; None when it has fewer."""
    entries = [entry.strip() for entry in header.rsplit(",", PROXY_HEADERS_READ)]
    return entries[-number] if 0 < number <= len(entries) else None


@lru_cache(maxsize=512)
def normalized(text: str) -> str | None:
    """One spelling for one address; None for what is none. A port, as some proxies add it, is left out."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address).partition("%")[0]
