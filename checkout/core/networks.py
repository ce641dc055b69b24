"""What one caller may freely choose among counts as one caller. Pure."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Final

IPV6_NETWORK_BITS: Final = 64  # what one customer of a provider has; within it addresses are free to choose


def network_of(address: str) -> str:
    """An IPv4 address as it is; of an IPv6 address its network of 64 bits.

    Raises:
        ValueError: no address.
    """
    return str(ip_network((address, IPV6_NETWORK_BITS), strict=False)) if ":" in address else address
