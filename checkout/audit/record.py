"""Append one audit row in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.db.statement import execute


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    object: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
    ip: str | None = None,
    request_id: str | None = None,
) -> None:
    """actor: "key:key_…", "cli:<user>", "task:tsk_…". before and after hold no secrets and no personal data."""
    execute(
        session,
        """
        INSERT INTO audit_log (id, at, actor, action, object, before, after, reason, ip, request_id)
        VALUES (%(id)s, %(at)s, %(actor)s, %(action)s, %(object)s, %(before)s, %(after)s, %(reason)s, %(ip)s,
                %(request_id)s)
        """,
        id=new_uuid(),
        at=utcnow(),
        actor=actor,
        action=action,
        object=object,
        before=Jsonb(dict(before)) if before is not None else None,
        after=Jsonb(dict(after)) if after is not None else None,
        reason=reason,
        ip=ip,
        request_id=request_id,
    )
