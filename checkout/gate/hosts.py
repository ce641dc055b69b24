"""The names under which this installation is called. A Host that is none of them is refused on every route.

A page that believes any Host can be made to write links to somebody else's address, and a browser that was told that
evil.example lies at 127.0.0.1 would hand its answers to evil.example.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from checkout.core.errors import DomainError

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
PROBED: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class HostNotAllowed(DomainError):
    """The request names a host that is not ours."""

    code = "host_not_allowed"


class AllowedHosts:
    """Public names exactly, with their port where it is not the scheme's own.

    In development also this machine's own names, at any port: tunnels and tests' proxies change it, and no name of
    somebody else's can hide behind them. Load balancers and Prometheus call by address: the three routes that are for
    them take any IP address as Host, since nothing in their answers depends on it.
    """

    def __init__(self, *, public_url: str, more: Iterable[str], development: bool) -> None:
        self._names = {name.lower() for name in more}
        parts = urlsplit(public_url)
        self._names.add(parts.netloc.rpartition("@")[2].lower())
        if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) and parts.hostname:
            bare = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            self._names |= {bare, f"{bare}:{DEFAULT_PORTS[parts.scheme]}"}
        self._development = development

    def refuse_others(self, host: str, path: str) -> None:
        """Raises: HostNotAllowed."""
        host = host.lower()
        if host in self._names:
            return
        name, port = split_port(host)
        if port is not None and (
            (self._development and name in LOOPBACK) or (path in PROBED and is_address(name))
        ):
            return
        raise HostNotAllowed


def split_port(host: str) -> tuple[str, str | None]:
    """ "a:80" is ("a", "80"), "a" is ("a", ""); the port is None when it is no port."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host, ""
    valid = port.isascii() and port.isdigit() and len(port) <= 5
    return name, port if valid else None


def is_address(name: str) -> bool:
    try:
        ip_address(name[1:-1] if name.startswith("[") and name.endswith("]") else name)
    except ValueError:
        return False
    return True
