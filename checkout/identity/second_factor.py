"""Ask for a second factor: the app's code or a recovery code, with every attempt counted first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.identity import attempts, recovery_codes, totp
from checkout.identity.attempts import Kind
from checkout.identity.errors import MfaInvalid


def verify(user_id: UUID, code: str, *, ip: str | None, now: datetime | None = None) -> None:
    """Passes with a code that is right and was never used; it is used up.

    Raises:
        MfaInvalid: wrong, too old, or used before. TooManyAttempts.
    """
    attempt = attempts.begin(Kind.CODE, account=str(user_id), ip=ip, now=now)
    if not (totp.use_code(user_id, code, now=now) or recovery_codes.use(user_id, code, now=now)):
        raise MfaInvalid("the code is wrong, too old, or was used before")
    attempts.succeeded(attempt)


def disable(
    user_id: UUID, code: str, *, cause: Cause, ip: str | None = None, now: datetime | None = None
) -> None:
    """Takes the person's second factor away, which needs a fresh code of it; all sessions end. Whose role requires one
    gets no further than enrolling anew at the next sign-in.

    Raises:
        MfaInvalid, TooManyAttempts: as verify().
    """
    verify(user_id, code, ip=ip, now=now)
    with atomic() as session:
        totp.forget(session, user_id, cause=cause, ip=ip)
