"""A checkout that comes again: under its key, or under another key with the same payment_id. It is answered as before,
refused, or goes on where its first holder was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import idempotency, tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.payments import key as keys
from checkout.payments import start_statements
from checkout.payments.answer import Answer, Renderer
from checkout.payments.commands import StartPayment
from checkout.payments.errors import PaymentIdInUse
from checkout.payments.intention import RESUME, RESUME_AFTER
from checkout.payments.key import HeldKey
from checkout.payments.links import StatusLinks
from checkout.payments.queries import PaymentView, get_view, read_view
from checkout.payments.settle import settle
from checkout.payments.states import UNREGISTERED
from checkout.psp import PaymentServiceProvider

ROUTE: Final = "POST /v1/payments"


@dataclass(frozen=True, slots=True)
class Desk:
    """What every step needs: whose request it is, who is asked, who answers."""

    principal: str
    key: str
    cause: Cause
    psp: PaymentServiceProvider
    links: StatusLinks
    render: Renderer
    lease_seconds: int
    route: str = ROUTE


@dataclass(frozen=True, slots=True)
class Held:
    """A key that is ours, and the payment it stands for."""

    key: HeldKey
    view: PaymentView


def by_key(command: StartPayment, desk: Desk) -> Answer:
    """The key was used before: its stored answer; a refusal; or, where its holder is gone, the work goes on."""
    return _go_on(desk, retrying(lambda: _claim_key(command, desk)))


def by_client_id(command: StartPayment, desk: Desk) -> Answer:
    """The payment_id was used before: the same body finds that payment, and finishes it if nobody is at it."""
    return _go_on(desk, retrying(lambda: _claim_existing(command, desk)))


def _claim_key(command: StartPayment, desk: Desk) -> Answer | Held:
    with atomic() as session:
        claimed = _claim(session, command, desk, None)
        if isinstance(claimed, idempotency.Replay):
            return keys.replay(claimed.answer)
        assert claimed.resource_id is not None, "a key is written with the payment it stands for"
        view = read_view(session, claimed.resource_id)
        status = keys.success_status(session, principal=desk.principal, key=desk.key, view=view)
    return Held(HeldKey(desk.principal, desk.key, command.fingerprint, claimed.token, status), view)


def _claim_existing(command: StartPayment, desk: Desk) -> Answer | Held:
    with atomic() as session:
        row = execute(
            session,
            start_statements.EXISTING,
            storefront_id=command.storefront_id,
            client_payment_id=command.payment_id,
        ).one()
        if bytes(row.fingerprint) != command.fingerprint:
            raise PaymentIdInUse("another payment has this payment_id")
        if row.status in UNREGISTERED and row.worked_on:
            raise idempotency.InProgress("the payment is being registered", retry_after_seconds=1)
        claimed = _claim(session, command, desk, row.id)
        if isinstance(claimed, idempotency.Replay):
            return keys.replay(claimed.answer)
        view = read_view(session, row.id)
        _stage_resume(session, view, desk)
    return Held(HeldKey(desk.principal, desk.key, command.fingerprint, claimed.token, 200), view)


def _stage_resume(session: Session, view: PaymentView, desk: Desk) -> None:
    """A task for the key that was claimed just now. The payment's first one may be at its end, or be ended by whoever
    answers first, and would not see this key."""
    tasks.enqueue(
        session, RESUME, {"payment": view.public_id}, due_at=utcnow() + RESUME_AFTER, cause=desk.cause
    )


def _claim(session: Session, command: StartPayment, desk: Desk, payment_id: UUID | None) -> idempotency.Claim:
    return idempotency.claim(
        session,
        principal=desk.principal,
        key=desk.key,
        fingerprint=command.fingerprint,
        route=desk.route,
        resource_id=payment_id,
        lease_seconds=desk.lease_seconds,
        now=utcnow(),
    )


def _go_on(desk: Desk, claimed: Answer | Held) -> Answer:
    """From the payment's status on: what is not registered yet is settled first; then it is shown."""
    if isinstance(claimed, Answer):
        return claimed
    held, view = claimed.key, claimed.view
    if view.status in UNREGISTERED:
        wait = settle(view.id, psp=desk.psp, cause=desk.cause)
        if wait is not None:
            keys.let_go(held, view.id, now=utcnow(), after_seconds=wait)
            raise keys.no_answer_yet(view.id, wait)
        view = get_view(view.id)
    return retrying(lambda: _answer(desk, held, view))


def _answer(desk: Desk, held: HeldKey, view: PaymentView) -> Answer:
    with atomic() as session:
        made = keys.answer(view, desk.render, status=held.status)
        return keys.finish(session, held, view.id, made, now=utcnow())
