"""What the entries of a figure go back to: our events, the PSP's messages, tasks, requests and people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.explanations.tree import Evidence, Ledger
from checkout.reconciliation.settled import settled_of

SHOWN: Final = 20

EVENTS: Final = """
    SELECT id, type, created_at, cause FROM events WHERE object = ANY(%(objects)s::text[]) ORDER BY sequence DESC LIMIT %(limit)s
"""
# A message is kept only once its signature was found good: see inbox.receive.
PSP_EVENTS: Final = """
    SELECT event_id, type, status, received_at FROM inbox_events WHERE object = ANY(%(objects)s::text[])
     ORDER BY received_at DESC LIMIT %(limit)s
"""
CAUSE_WORDS: Final = {
    "event": "the payment provider's message",
    "task": "a task of this system",
    "request": "a request to the API",
    "key": "a program with an API key",
    "person": "a person",
    "cli": "a command of the operators",
    "system": "this system",
}


def evidence_of(
    session: Session, ledger: Ledger, *, objects: Sequence[str], psp_objects: Sequence[str | None] = ()
) -> tuple[Evidence, ...]:
    """Newest first, at most twenty of each kind."""
    events = execute(session, EVENTS, objects=list(objects), limit=SHOWN)
    known = [object for object in psp_objects if object is not None]
    messages = execute(session, PSP_EVENTS, objects=known, limit=SHOWN).all() if known else []
    return (
        *(
            Evidence("event", encode("evt", row.id), row.type, row.created_at, f"caused by {row.cause}")
            for row in events
        ),
        *(
            Evidence("psp_event", row.event_id, row.type, row.received_at, f"signature checked; {row.status}")
            for row in messages
        ),
        *_causes(ledger),
    )


def settlement_of(session: Session, payment_id: UUID) -> tuple[Evidence, ...]:
    """Where settlement files tell of the payment's charges, for whoever is not shown the rows; none: not settled yet."""
    rows = settled_of(session, [payment_id]).get(payment_id, ())
    return tuple(
        Evidence(
            "settlement",
            row.file,
            row.file_name,
            row.occurred_at,
            f"line {row.line} of the file with SHA-256 {row.sha256}: {row.gross} less {row.fee} is {row.net}",
        )
        for row in rows[:SHOWN]
    )


def _causes(ledger: Ledger) -> list[Evidence]:
    found: dict[str, Evidence] = {}
    for entry in ledger.entries:
        kind, _, id = entry.cause.partition(":")
        words = CAUSE_WORDS.get(kind, kind)
        found.setdefault(entry.cause, Evidence("cause", id, kind, entry.recorded_at, words))
    return list(found.values())[:SHOWN]
