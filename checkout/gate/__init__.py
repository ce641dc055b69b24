"""What every request passes before anything else looks at it: whose address, which host, how often."""

from checkout.gate.client_address import client_ip
from checkout.gate.register import register

__all__ = ["client_ip", "register"]
