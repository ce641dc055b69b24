"""The checkout: one payment over one or more sellers' orders, from its registration with the PSP to its end."""

from checkout.payments.apply import apply_news, apply_snapshot, needs_snapshot
from checkout.payments.cancel import cancel_payment
from checkout.payments.resume import resume_payment
from checkout.payments.review import approve_review, reject_review
from checkout.payments.start import start_payment
from checkout.payments.sync import refresh_payment
from checkout.payments.timeline import timeline

__all__ = [
    "apply_news",
    "apply_snapshot",
    "approve_review",
    "cancel_payment",
    "needs_snapshot",
    "refresh_payment",
    "reject_review",
    "resume_payment",
    "start_payment",
    "timeline",
]
