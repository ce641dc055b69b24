"""`once_in_one()`: an optional Idempotency-Key around a use case that joins a transaction.

Key, effect and answer are one transaction: a crash leaves all of it or nothing, so it serves what must not run again.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from checkout import idempotency
from checkout.api.auth import principal
from checkout.api.context import api_context
from checkout.api.idempotent import HEADER, required_key
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError
from checkout.core.ids import new_uuid
from checkout.db.session import atomic, retrying
from checkout.gate.asked import values_of
from checkout.idempotency import Replay
from checkout.payments.answer import Answer, Renderer


def once_in_one(
    body: object, render: Renderer, work: Callable[[Session], Answer], *, about: UUID | None = None
) -> Answer:
    """Runs `work` in a transaction of its own, or gives the stored answer of the first time under the request's key.
    Somebody else under the same key waits for the first one's end. `about`: the order whose texts the answer repeats,
    by which it is found when a shopper is erased.

    Raises:
        What `work` raises where a retry may help, or without a key; other refusals become stored answers.
    """
    if not values_of(HEADER):
        return retrying(lambda: _plainly(work))
    key = required_key()
    fingerprint = idempotency.fingerprint(request.method, request.path, body)
    return retrying(lambda: _under_key(key, fingerprint, render, work, about or new_uuid()))


def _plainly(work: Callable[[Session], Answer]) -> Answer:
    with atomic() as session:
        return work(session)


def _under_key(
    key: str, fingerprint: bytes, render: Renderer, work: Callable[[Session], Answer], resource_id: UUID
) -> Answer:
    scope = principal().scope
    with atomic() as session:
        claimed = idempotency.claim(
            session,
            principal=scope,
            key=key,
            fingerprint=fingerprint,
            route=f"{request.method} {request.url_rule}",
            resource_id=resource_id,
            lease_seconds=api_context().lease_seconds,
            now=utcnow(),
        )
        if isinstance(claimed, Replay):
            stored = claimed.answer
            return Answer(stored.status, stored.body, stored.headers, replayed=True)
        answer = _final_answer(session, render, work)
        stored_it = idempotency.finish_key(
            session,
            principal=scope,
            key=key,
            token=claimed.token,
            status=answer.status,
            body=answer.body,
            headers=answer.headers,
            now=utcnow(),
        )
        assert stored_it, "the key's row is ours until the commit"
    return answer


def _final_answer(session: Session, render: Renderer, work: Callable[[Session], Answer]) -> Answer:
    """A refusal undoes what was begun and is an answer like any other; what may pass by itself undoes the key too."""
    try:
        with session.begin_nested():
            return work(session)
    except DomainError as error:
        answer = render.problem(error)
        if error.retryable or answer.status >= 500:
            raise
        return answer
