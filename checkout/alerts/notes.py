"""What is said about an alert and done about it: notes, written once, read oldest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.core.ids import encode, new_uuid
from checkout.db.arrays import uuid_array
from checkout.db.statement import execute, run
from checkout.events.subscribers import MENTION_EMAIL, QUEUE_OF
from checkout.tasks import enqueue

NoteKind = Literal[
    "note", "assigned", "snoozed", "woken", "reopened", "proposed", "resolved", "escalated", "rated", "caused", "linked",
    "explained", "due", "unlinked",
]  # fmt: skip

TEXT_LENGTH: Final = 2_000
REASON_LEAST: Final = 10  # characters: "ok" explains nothing
MENTIONS_MOST: Final = 10
# "@usr_…", or "@" and an address. Whose it is, is looked up when the email is written.
MENTION: Final = re.compile(r"(?<![\w@.])@(usr_[0-9a-z]{26}|[^\s@,;:<>()\"]+@[\w-]+(?:\.[\w-]+)*)")

ACTIONS: Final[dict[str, str]] = {
    "note": "alert.note",
    "assigned": "alert.assign",
    "snoozed": "alert.snooze",
    "reopened": "alert.reopen",
    "resolved": "alert.resolve",
    "escalated": "alert.escalate",
    "rated": "alert.rate",
    "caused": "alert.cause",
    "linked": "alert.link",
    "explained": "alert.explain",
    "due": "alert.due",
    "unlinked": "alert.unlink",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was done about an alert, or said."""

    kind: str
    author: str
    text: str
    at: datetime


def history(alert_id: UUID) -> list[Note]:
    """All that was done about it, oldest first."""
    rows = run(
        "SELECT kind, author, text, at FROM alert_notes WHERE alert_id = %(id)s ORDER BY at, id LIMIT 1000",
        id=alert_id,
    )
    return [Note(**row._mapping) for row in rows]


def say(
    session: Session,
    alert_id: UUID,
    kind: NoteKind,
    by: Cause,
    text: str,
    *,
    status: str,
    after: dict[str, Any],
) -> UUID:
    """The note, whose id is returned, its audit row, and an email to those whom it mentions. status: the alert's, before."""
    note_id = write(session, alert_id, kind, by, text)
    audit.record(
        session,
        actor=str(by),
        action=ACTIONS[kind],
        object=encode("alr", alert_id),
        before={"status": status},
        after=after,
        reason=text,
    )
    if mentions_in(text):
        args = {"alert": encode("alr", alert_id), "note": note_id.hex}
        enqueue(session, MENTION_EMAIL, args, queue=QUEUE_OF[MENTION_EMAIL], cause=by)
    return note_id


def write(session: Session, alert_id: UUID, kind: NoteKind, by: Cause, text: str) -> UUID:
    """The note alone; returns its id."""
    id = new_uuid()
    execute(
        session,
        """
        INSERT INTO alert_notes (id, alert_id, kind, author, text, at)
        VALUES (%(id)s, %(alert_id)s, %(kind)s, %(author)s, %(text)s, %(now)s)
        """,
        id=id,
        alert_id=alert_id,
        kind=kind,
        author=str(by),
        text=text,
        now=utcnow(),
    )
    return id


def write_many(
    session: Session, alert_ids: Sequence[UUID], kind: NoteKind, by: Cause, texts: Sequence[str]
) -> None:
    """A note for each, in one statement."""
    execute(
        session,
        """
        INSERT INTO alert_notes (id, alert_id, kind, author, text, at)
        SELECT n.id, n.alert_id, %(kind)s, %(author)s, n.text, %(now)s
          FROM unnest(%(ids)s::uuid[], %(alerts)s::uuid[], %(texts)s::text[]) AS n(id, alert_id, text)
        """,
        ids=uuid_array(new_uuid() for _ in alert_ids),
        alerts=uuid_array(alert_ids),
        texts=list(texts),
        kind=kind,
        author=str(by),
        now=utcnow(),
    )


def mentions_in(text: str) -> list[str]:
    """Who is mentioned, "usr_…" or an address, each once, in the order they stand."""
    return list(dict.fromkeys(found.rstrip(".") for found in MENTION.findall(text)))[:MENTIONS_MOST]


def text_of(text: str, pointer: str) -> str:
    """
    Raises:
        InvalidParameter: nothing is said, or too much.
    """
    stripped = text.strip()
    if not stripped or len(stripped) > TEXT_LENGTH:
        raise InvalidParameter.at(pointer, f"says why, in 1 to {TEXT_LENGTH} characters", "required")
    return stripped


def reason_of(text: str, pointer: str = "/note") -> str:
    """Why a difference is explained so.

    Raises:
        InvalidParameter: it says too little, or too much.
    """
    stripped = text.strip()
    if not REASON_LEAST <= len(stripped) <= TEXT_LENGTH:
        detail = f"the note says why, in {REASON_LEAST} characters or more, at most {TEXT_LENGTH}"
        raise InvalidParameter.at(pointer, detail, "required")
    return stripped
