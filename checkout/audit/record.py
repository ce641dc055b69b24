"""Append audit rows in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout.audit.context import actor_of, author, request_of
from checkout.audit.redact import redacted, redacted_text
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.db.arrays import json_array
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
    role: str | None = None,
    ip: str | None = None,
    request_id: str | None = None,
) -> None:
    """actor: "key:key_…", "person:usr_…", "cli:<user>", "task:tsk_…"; "request:req_…" stands for whoever sent that
    request. Role, address and request are filled in by who acts (context.py) where they are not given.

    before, after: plain JSON, only what changed. Members that redact.py does not list are left out, and text is
    scrubbed; nobody relies on it: secrets and personal data are not handed in.
    """
    execute(
        session,
        """
        INSERT INTO audit_log (id, at, actor, role, action, object, before, after, reason, ip, request_id)
        VALUES (%(id)s, %(at)s, %(actor)s, %(role)s, %(action)s, %(object)s, %(before)s, %(after)s, %(reason)s,
                %(ip)s, %(request_id)s)
        """,
        id=new_uuid(),
        at=utcnow(),
        action=action,
        object=object,
        before=Jsonb(redacted(before)) if before is not None else None,
        after=Jsonb(redacted(after)) if after is not None else None,
        reason=redacted_text(reason) if reason is not None else None,
        **stamp(actor, role=role, ip=ip, request_id=request_id),
    )


def record_many(
    session: Session,
    rows: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Any]]],
    *,
    actor: str,
    action: str,
    reasons: Sequence[str],
) -> None:
    """As record(), of one action on many objects: (object, before, after) of each, and its reason."""
    written = [
        {
            "id": str(new_uuid()),
            "object": object,
            "before": redacted(before),
            "after": redacted(after),
            "reason": redacted_text(reason),
        }
        for (object, before, after), reason in zip(rows, reasons, strict=True)
    ]
    execute(
        session,
        """
        INSERT INTO audit_log (id, at, actor, role, action, object, before, after, reason, ip, request_id)
        SELECT n.id, %(at)s, %(actor)s, %(role)s, %(action)s, n.object, n.before, n.after, n.reason, %(ip)s, %(request_id)s
          FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (id uuid, object text, before jsonb, after jsonb, reason text)
        """,
        rows=json_array(written),
        at=utcnow(),
        action=action,
        **stamp(actor),
    )


def stamp(
    actor: str, *, role: str | None = None, ip: str | None = None, request_id: str | None = None
) -> dict[str, str | None]:
    """actor, role, ip and request_id of a row that another statement writes beside its own."""
    known = author()
    return {
        "actor": actor_of(actor),
        "role": role or known.role,
        "ip": ip or known.ip,
        "request_id": request_id or known.request_id or request_of(actor),
    }
