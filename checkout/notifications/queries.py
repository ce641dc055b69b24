"""Which emails were sent, and what lies in the development mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checkout.db.statement import run

MAILBOX_LIMIT = 100  # the newest that the mailbox page shows


@dataclass(frozen=True, slots=True)
class MailboxMessage:
    id: int
    recipient: str
    subject: str
    received_at: datetime
    raw: bytes = b""


def was_sent(object: str, template: str) -> bool:
    """True once the email about this fact of this object has left."""
    rows = run(
        "SELECT 1 FROM emails WHERE object = %(object)s AND template = %(template)s AND sent_at IS NOT NULL LIMIT 1",
        object=object,
        template=template,
    )
    return bool(rows)


def mailbox() -> list[MailboxMessage]:
    """The newest messages, newest first, without their content."""
    rows = run(
        "SELECT id, recipient, subject, received_at FROM mailbox_messages ORDER BY id DESC LIMIT %(limit)s",
        limit=MAILBOX_LIMIT,
    )
    return [MailboxMessage(row.id, row.recipient, row.subject, row.received_at) for row in rows]


def mailbox_message(id: int) -> MailboxMessage | None:
    rows = run(
        "SELECT id, recipient, subject, received_at, raw FROM mailbox_messages WHERE id = %(id)s", id=id
    )
    if not rows:
        return None
    (row,) = rows
    return MailboxMessage(row.id, row.recipient, row.subject, row.received_at, bytes(row.raw))
