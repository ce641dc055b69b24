"""What people are refused.

DomainError
├── InvalidCredentials    unknown address, wrong password, no password yet, disabled: one answer
├── MfaRequired           the password was right, the second factor is missing
├── MfaInvalid            the code is wrong, old, or was used before
├── TooManyAttempts       too many failures; says when to come back
├── EmailInUse            somebody has an account under this address
└── NotFound
    └── LinkEnded         a link by email that is forged, used or too old
"""

from __future__ import annotations

from checkout.core.errors import DomainError, NotFound


class InvalidCredentials(DomainError):
    """Address and password do not belong together. Which of them is wrong is not told."""

    code = "invalid_credentials"


class MfaRequired(DomainError):
    """The password was right; a code of the second factor must come with it."""

    code = "mfa_required"


class MfaInvalid(DomainError):
    """The code is wrong, too old, or was used before."""

    code = "mfa_invalid"


class TooManyAttempts(DomainError):
    """Too many failures of this account or from this address. `retry_after_seconds` says when the next may be made."""

    code = "rate_limited"
    retryable = True


class EmailInUse(DomainError):
    """There is an account under this address."""

    code = "email_in_use"


class LinkEnded(NotFound):
    """The link was not made here, was used, was replaced by a newer one, or is too old."""
