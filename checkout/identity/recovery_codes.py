"""Ten codes for the day the phone is gone: shown once, stored as digests, each good for one sign-in."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import ALPHABET
from checkout.db.statement import execute, run

COUNT = 10
GROUPS, GROUP_LENGTH = 4, 4  # 80 random bits: a slow hash would protect nothing more


def issue(session: Session, user_id: UUID) -> tuple[str, ...]:
    """Ten new codes, seen only now; the old ones are worth nothing any more."""
    codes = tuple(_new() for _ in range(COUNT))
    forget(session, user_id)
    execute(
        session,
        """
        INSERT INTO recovery_codes (user_id, code_sha256, created_at)
        SELECT %(user_id)s, unnest(%(digests)s::bytea[]), clock_timestamp()
        """,
        user_id=user_id,
        digests=[digest(user_id, code) for code in codes],
    )
    return codes


def use(user_id: UUID, code: str, *, now: datetime | None = None) -> bool:
    """Whether it is one of the person's codes that was not used before; it is used up by asking."""
    rows = run(
        """
        UPDATE recovery_codes SET used_at = COALESCE(%(now)s::timestamptz, clock_timestamp())
         WHERE user_id = %(user_id)s AND code_sha256 = %(digest)s AND used_at IS NULL RETURNING user_id
        """,
        user_id=user_id,
        digest=digest(user_id, code),
        now=now,
    )
    return bool(rows)


def left(user_id: UUID) -> int:
    """How many the person can still use."""
    (row,) = run(
        "SELECT count(*) AS left FROM recovery_codes WHERE user_id = %(user_id)s AND used_at IS NULL",
        user_id=user_id,
    )
    found: int = row.left
    return found


def forget(session: Session, user_id: UUID) -> None:
    execute(session, "DELETE FROM recovery_codes WHERE user_id = %(user_id)s", user_id=user_id)


def digest(user_id: UUID, code: str) -> bytes:
    """What is stored: of this person's code, however it was typed. O, I and L are the digits they look like."""
    letters = code.lower().translate(str.maketrans("oil", "011", " -"))
    return sha256(user_id.bytes + letters.encode("utf-8", "surrogatepass")).digest()


def _new() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
