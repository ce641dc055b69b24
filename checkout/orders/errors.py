"""What orders refuse.

DomainError
└── InvalidOrderState     the order's status does not allow it; says which it is
"""

from __future__ import annotations

from checkout.core.errors import DomainError


class InvalidOrderState(DomainError):
    """The order's status does not allow what was asked."""

    code = "invalid_order_state"

    def __init__(self, detail: str, *, status: str) -> None:
        super().__init__(detail, extra={"order_status": status})
        self.status = status
