"""`once()`: an optional Idempotency-Key around a use case that owns its transactions.

For calls that may safely run again from the start (cancel, refresh): a crash leaves a key that the next retry takes
over. Creating a payment is not among them: it takes its key itself, in the transaction that writes the payment.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import request

from checkout import idempotency
from checkout.api.auth import principal
from checkout.api.body import CardDataNotAccepted
from checkout.api.context import api_context
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError
from checkout.core.text import holds_card_number
from checkout.db.session import atomic, retrying
from checkout.gate.asked import values_of
from checkout.idempotency import Claim, Replay
from checkout.idempotency.release import release_key
from checkout.payments.answer import Answer, Renderer

HEADER = "Idempotency-Key"


def required_key() -> str:
    """The request's key.

    Raises:
        KeyMissing, KeyInvalid, CardDataNotAccepted.
    """
    key = idempotency.parse_key(values_of(HEADER))
    if holds_card_number(key):
        raise CardDataNotAccepted("the idempotency key looks like a card number")
    return key


def once(resource_id: UUID, body: object, render: Renderer, work: Callable[[], Answer]) -> Answer:
    """Runs `work`, or gives the stored answer of the first time under the request's key, where there is one.

    Raises:
        What `work` raises where a retry may help; other refusals become stored answers.
    """
    if not values_of(HEADER):
        return work()
    key, scope = required_key(), principal().scope
    fingerprint = idempotency.fingerprint(request.method, request.path, body)
    claimed = retrying(lambda: _claim(scope, key, fingerprint, resource_id))
    if isinstance(claimed, Replay):
        stored = claimed.answer
        return Answer(stored.status, stored.body, stored.headers, replayed=True)
    answer = None
    try:
        answer = _final_answer(render, work)
    finally:
        if answer is None:
            _give_back(scope, key, claimed.token)
    retrying(lambda: _store(scope, key, claimed.token, answer))
    return answer


def _claim(scope: str, key: str, fingerprint: bytes, resource_id: UUID) -> Claim:
    with atomic() as session:
        return idempotency.claim(
            session,
            principal=scope,
            key=key,
            fingerprint=fingerprint,
            route=f"{request.method} {request.url_rule}",
            resource_id=resource_id,
            lease_seconds=api_context().lease_seconds,
            now=utcnow(),
        )


def _final_answer(render: Renderer, work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except DomainError as error:
        answer = render.problem(error)
        if error.retryable or answer.status >= 500:
            raise
        return answer


def _store(scope: str, key: str, token: int, answer: Answer) -> None:
    """A holder that has lost its key to another stores nothing; both did the same, safely repeatable thing."""
    with atomic() as session:
        idempotency.finish_key(
            session,
            principal=scope,
            key=key,
            token=token,
            status=answer.status,
            body=answer.body,
            headers=answer.headers,
            now=utcnow(),
        )


def _give_back(scope: str, key: str, token: int) -> None:
    """Nothing final came of it: a retry need not wait for the lease."""
    with atomic() as session:
        release_key(session, principal=scope, key=key, token=token)
