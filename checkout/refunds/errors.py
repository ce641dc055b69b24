"""What refunds refuse.

DomainError
├── RefundExceedsCaptured   more than is left of the payment, of an order or of a line; points at it
├── PaymentDisputed         it would be left, were it not for a dispute
└── RefundedBefore          a row of a file: another file of the same caller has refunded the same just before
"""

from __future__ import annotations

from checkout.core.errors import DomainError


class RefundExceedsCaptured(DomainError):
    """Less is left than is asked for."""

    code = "refund_exceeds_captured"


class PaymentDisputed(DomainError):
    """The shopper's bank has taken it, or may: giving it back as well would pay it twice."""

    code = "payment_disputed"


class RefundedBefore(DomainError):
    """The same amount went back by another file: it may be that file, put right."""

    code = "refunded_before"
