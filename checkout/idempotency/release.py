"""Give a key back before its lease has passed: its holder has ended without an answer that may be stored."""

from __future__ import annotations

from sqlalchemy.orm import Session

from checkout.db.statement import execute


def release_key(session: Session, *, principal: str, key: str, token: int) -> None:
    """Lets the next retry take the key over at once; changes nothing where another holder has it by now."""
    execute(
        session,
        """
        UPDATE idempotency_keys SET lease_until = now() - interval '1 millisecond'
         WHERE principal = %(principal)s AND key = %(key)s AND token = %(token)s AND status_code IS NULL
        """,
        principal=principal,
        key=key,
        token=token,
    )
