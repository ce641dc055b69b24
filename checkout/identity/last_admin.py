"""Somebody who can sign in stays admin: without one, nobody could give a role to anybody but at the command line."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import InvalidParameter
from checkout.db.statement import execute

ADMIN: Final = "admin"
ADMINS: Final = """
    SELECT u.id FROM users u
     WHERE u.status = 'active' AND u.password_hash IS NOT NULL
       AND EXISTS (SELECT FROM memberships m WHERE m.user_id = u.id AND m.role = 'admin')
     ORDER BY u.id
"""


def keep_another(session: Session, user_id: UUID) -> None:
    """Passes where this person may stop being admin: somebody else can sign in as one. Locks the admins' rows until the
    caller's transaction ends, so that two who remove each other at once leave one.

    Raises:
        InvalidParameter: this is the last.
    """
    execute(session, f"{ADMINS} FOR UPDATE").all()
    # Read anew: what the wait for the locks has changed is seen by a later statement only.
    if list(execute(session, ADMINS).scalars()) == [user_id]:
        raise InvalidParameter.at(
            "/user", "this is the last admin who can sign in: make somebody else one first"
        )
