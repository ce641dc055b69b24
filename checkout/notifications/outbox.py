"""The record of emails: one row per fact that is told, with when it was written and when it left."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from checkout.core.clock import utcnow
from checkout.db.statement import run


def write_down(*, message_id: str, template: str, object: str, shopper_id: UUID | None) -> datetime | None:
    """Writes the email's row, or finds it: when it was written, or None where it has left already."""
    (row,) = run(
        """
        INSERT INTO emails (message_id, template, object, shopper_id, created_at)
        VALUES (%(message_id)s, %(template)s, %(object)s, %(shopper_id)s, %(now)s)
        ON CONFLICT (message_id) DO UPDATE SET template = emails.template
        RETURNING created_at, sent_at
        """,
        message_id=message_id,
        template=template,
        object=object,
        shopper_id=shopper_id,
        now=utcnow(),
    )
    written_at: datetime = row.created_at
    return None if row.sent_at is not None else written_at


def mark_sent(message_id: str) -> None:
    """Says when the email left, once."""
    run(
        "UPDATE emails SET sent_at = %(now)s WHERE message_id = %(message_id)s AND sent_at IS NULL",
        message_id=message_id,
        now=utcnow(),
    )
