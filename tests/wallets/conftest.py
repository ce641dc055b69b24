"""The shop of the payments' tests, whose customers have store credit."""

from __future__ import annotations

from tests.payments.conftest import psp, shop

__all__ = ["psp", "shop"]
