"""Write events and stage one task for each of their subscribers, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.db.arrays import json_array, uuid_array
from checkout.db.statement import execute
from checkout.events.catalogue import CATALOGUE
from checkout.events.subscribers import QUEUE_OF, SUBSCRIBERS
from checkout.tasks import enqueue_many
from checkout.tasks.enqueue import MAX_ATTEMPTS, NewTask
from checkout.tasks.ring import DEFAULT_QUEUE, ring_after_commit


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """A fact about an object. `object` is a public id ("pay_…"); `data` holds ids and amounts, no personal data."""

    type: str
    object: str
    storefront_id: UUID | None = None
    seller_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


# The fact and its subscribers' tasks in one statement: most facts that matter have one.
EMIT: Final = f"""
    WITH event AS (
        INSERT INTO events (id, type, object, storefront_id, seller_id, data, cause, created_at)
        VALUES (%(id)s, %(type)s, %(object)s, %(storefront_id)s, %(seller_id)s, %(data)s, %(cause)s, %(now)s)
    )
    INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, cause, created_at)
    SELECT t.id, t.queue, t.kind, %(args)s, %(now)s, {MAX_ATTEMPTS}, %(cause)s, %(now)s
      FROM unnest(%(tasks)s::uuid[], %(queues)s::text[], %(kinds)s::text[]) AS t (id, queue, kind)
"""


def emit(session: Session, event: DomainEvent, *, cause: Cause) -> UUID:
    """Appends the event; its subscribers' tasks commit with it."""
    assert event.type in CATALOGUE, f"{event.type} is not in the catalogue"
    event_id = new_uuid()
    kinds = SUBSCRIBERS.get(event.type, ())
    queues = [QUEUE_OF.get(kind, DEFAULT_QUEUE) for kind in kinds]
    execute(
        session,
        EMIT,
        id=event_id,
        type=event.type,
        object=event.object,
        storefront_id=event.storefront_id,
        seller_id=event.seller_id,
        data=Jsonb(dict(event.data)),
        args=Jsonb({"event": str(event_id), "type": event.type, "object": event.object}),
        tasks=uuid_array(new_uuid() for _ in kinds),
        queues=queues,
        kinds=list(kinds),
        cause=str(cause),
        now=utcnow(),
    )
    for queue in queues:
        ring_after_commit(session, queue)
    return event_id


def emit_many(session: Session, events: Sequence[DomainEvent], *, cause: Cause) -> None:
    """As emit(), for many facts of one moment: one statement for the events, one for their subscribers' tasks."""
    assert all(event.type in CATALOGUE for event in events), "every event is in the catalogue"
    ids = [new_uuid() for _ in events]
    execute(
        session,
        """
        INSERT INTO events (id, type, object, storefront_id, seller_id, data, cause, created_at)
        SELECT e.id, e.type, e.object, e.storefront_id, e.seller_id, e.data, %(cause)s, %(now)s
          FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(objects)s::text[], %(storefronts)s::uuid[],
                      %(sellers)s::uuid[], ARRAY(SELECT jsonb_array_elements(%(data)s::jsonb)))
               WITH ORDINALITY AS e (id, type, object, storefront_id, seller_id, data, position)
         ORDER BY position
        """,
        ids=uuid_array(ids),
        types=[event.type for event in events],
        objects=[event.object for event in events],
        storefronts=uuid_array(event.storefront_id for event in events),
        sellers=uuid_array(event.seller_id for event in events),
        data=json_array(event.data for event in events),
        cause=str(cause),
        now=utcnow(),
    )
    staged = [
        NewTask(
            kind,
            {"event": str(id), "type": event.type, "object": event.object},
            QUEUE_OF.get(kind, DEFAULT_QUEUE),
        )
        for id, event in zip(ids, events, strict=True)
        for kind in SUBSCRIBERS.get(event.type, ())
    ]
    enqueue_many(session, staged, cause=cause)
