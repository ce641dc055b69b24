"""Orders are made by payments: the same shop."""

from tests.payments.conftest import psp, shop

__all__ = ["psp", "shop"]
