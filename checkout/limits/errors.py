"""What a caller is told who comes too often."""

from __future__ import annotations

from checkout.core.errors import DomainError


class RateLimited(DomainError):
    """A quota is used up. `retry_after_seconds` is when it begins anew."""

    code = "rate_limited"
    retryable = True
