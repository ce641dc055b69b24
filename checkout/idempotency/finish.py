"""Store the answer under its key, in the transaction of the effect.

A key without a status_code is one without finished_at: a constraint says so. Asked for by finished_at, it was looked for
in the index of unfinished keys, among all the dead entries that a busy minute leaves there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout.db.statement import execute


def finish_key(
    session: Session,
    *,
    principal: str,
    key: str,
    token: int,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
) -> bool:
    """Stores the answer for good; False when another holder has taken the key over (its answer counts, not ours)."""
    assert status < 500, "an unknown outcome is never stored: the key continues it"
    stored = execute(
        session,
        """
        UPDATE idempotency_keys
           SET status_code = %(status)s, headers = %(headers)s, body = %(body)s, finished_at = %(now)s
         WHERE principal = %(principal)s AND key = %(key)s AND token = %(token)s AND status_code IS NULL
        RETURNING 1
        """,
        principal=principal,
        key=key,
        token=token,
        status=status,
        headers=Jsonb(dict(headers)),
        body=body,
        now=now,
    ).first()
    return stored is not None
