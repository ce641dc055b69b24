"""Take a delivery in: verify, store, done. PostgreSQL alone is needed, and one statement of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import structlog
from sqlalchemy import exc

from checkout.core.cause import Cause
from checkout.core.clock import utcnow, wallclock
from checkout.core.crash_points import crash_point
from checkout.core.ids import new_uuid
from checkout.db.statement import run
from checkout.inbox.stages import APPLY, MAX_ATTEMPTS
from checkout.psp import PaymentServiceProvider, WebhookPayloadInvalid, WebhookRefused
from checkout.tasks.ring import WEBHOOK_QUEUE, ring

log = structlog.get_logger(__name__)

# The event and the task that applies it, or neither: a second delivery of the event inserts nothing. What it said of
# persons is not stored; the digest of the delivery as it came proves what it was.
STORE = """
    WITH event AS (
        INSERT INTO inbox_events (id, psp, account, event_id, type, livemode, payload, body_sha256, object, created_at,
                                  received_at)
        VALUES (%(id)s, %(psp)s, %(account)s, %(event_id)s, %(type)s, %(livemode)s, %(payload)s::jsonb, %(body_sha256)s,
                %(object)s, %(created_at)s, %(now)s)
        ON CONFLICT ON CONSTRAINT each_event_once DO NOTHING
        RETURNING id
    )
    INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, cause, created_at)
    SELECT %(task_id)s, %(queue)s, %(kind)s, jsonb_build_object('event', event.id), %(now)s, %(max_attempts)s,
           %(cause)s, %(now)s
      FROM event
    RETURNING id
"""


def receive(body: bytes, signature_headers: Sequence[str], psp: PaymentServiceProvider) -> None:
    """Stores a genuine event and stages its application; an event that is stored already is left as it is.

    Raises:
        WebhookRefused: not genuine, not fresh, or not readable; nothing was stored.
    """
    try:
        event = psp.verify_and_parse_webhook(body, signature_headers, wallclock())
    except WebhookRefused as refused:
        log.warning("webhook.refused", psp=psp.name, code=refused.code, reason=refused.detail)
        raise
    subject = event.payload["data"]["object"].get("id")
    try:
        stored = run(
            STORE,
            id=new_uuid(),
            psp=event.psp,
            account=event.account,
            event_id=event.event_id,
            type=event.type,
            livemode=event.livemode,
            payload=json.dumps(event.payload),
            body_sha256=hashlib.sha256(body).digest(),
            object=subject if isinstance(subject, str) else None,
            created_at=event.created_at,
            now=utcnow(),
            task_id=new_uuid(),
            queue=WEBHOOK_QUEUE,
            kind=APPLY,
            max_attempts=MAX_ATTEMPTS,
            cause=str(Cause("event", event.event_id)),
        )
    except exc.DataError as error:  # JSON that PostgreSQL cannot hold, such as 1e999999
        raise WebhookPayloadInvalid("a value out of range") from error
    crash_point("inbox.receive.after_store")
    if stored:
        ring(WEBHOOK_QUEUE)
