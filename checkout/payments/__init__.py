"""The checkout: one payment over one or more sellers' orders, from its registration with the PSP to its end."""

from checkout.payments.apply import apply_news, needs_snapshot
from checkout.payments.start import start_payment

__all__ = ["apply_news", "needs_snapshot", "start_payment"]
