"""What a wallet refuses."""

from __future__ import annotations

from checkout.core.errors import DomainError, FieldError


class WalletTooSmall(DomainError):
    """There is not as much store credit. How much there is is not said: the address alone is no proof of who asks."""

    code = "wallet_too_small"

    @classmethod
    def at(cls, pointer: str) -> WalletTooSmall:
        detail = "the customer's store credit does not cover this amount"
        return cls(detail, pointers=[FieldError(pointer, "too_large", detail)])
