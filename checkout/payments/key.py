"""The idempotency key of a checkout, while it is worked on: answered, or let go of for whoever comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout import idempotency
from checkout.core.ids import encode
from checkout.db.statement import execute, run
from checkout.idempotency.claim import read_claimed
from checkout.payments import start_statements
from checkout.payments.answer import Answer, Renderer
from checkout.payments.errors import PspRejected, PspUnavailable
from checkout.payments.intention import resume_key
from checkout.payments.views import PaymentView


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key that is ours to execute. `status` is what a success is answered with: 201 by whoever created the payment,
    200 by whoever found it."""

    principal: str
    key: str
    fingerprint: bytes
    token: int
    status: int


def answer(view: PaymentView, render: Renderer, *, status: int) -> Answer:
    """The payment as it stands; the refusal, where the PSP would not open a page for it at all."""
    if view.status == "failed" and view.psp_session_id is None:
        reason = view.last_error.message if view.last_error else None
        detail = f"the PSP refused the payment: {reason}" if reason else "the PSP refused the payment"
        return render.problem(PspRejected(detail, extra={"payment": view.public_id}))
    return render.payment(view, status=status)


def finish(session: Session, held: HeldKey, payment_id: UUID, made: Answer, *, now: datetime) -> Answer:
    """Stores the answer under its key and ends the resume task. Whoever took the key over meanwhile has answered
    already: theirs counts."""
    stored = execute(
        session,
        start_statements.FINISH,
        principal=held.principal,
        key=held.key,
        token=held.token,
        status=made.status,
        headers=Jsonb(dict(made.headers)),
        body=made.body,
        resume_key=resume_key(payment_id),
        at=now,
    ).first()
    if stored is not None:
        return made
    there = read_claimed(session, principal=held.principal, key=held.key, fingerprint=held.fingerprint)
    return replay(there.answer)


def let_go(held: HeldKey, payment_id: UUID, *, now: datetime, after_seconds: int) -> None:
    """Nothing can be answered yet: the same key goes on at once, the task after so many seconds."""
    run(
        start_statements.LET_GO,
        principal=held.principal,
        key=held.key,
        token=held.token,
        resume_key=resume_key(payment_id),
        due_at=now + timedelta(seconds=after_seconds),
    )


def no_answer_yet(payment_id: UUID, after_seconds: int) -> PspUnavailable:
    return PspUnavailable(
        "the PSP has not answered yet: repeat this request with the same key",
        extra={"payment": encode("pay", payment_id)},
        retry_after_seconds=after_seconds,
    )


def success_status(session: Session, *, principal: str, key: str, view: PaymentView) -> int:
    """What a success under this key is answered with: it created the payment if it was written with it."""
    row = execute(
        session,
        "SELECT created_at FROM idempotency_keys WHERE principal = %(principal)s AND key = %(key)s",
        principal=principal,
        key=key,
    ).one()
    return 201 if row.created_at == view.created_at else 200


def finish_all(session: Session, view: PaymentView, render: Renderer, *, now: datetime) -> None:
    """Answers every key that still waits for this payment, as its own request would have been answered."""
    for row in execute(session, start_statements.UNFINISHED_KEYS, payment_id=view.id).all():
        status = 201 if row.created_at == view.created_at else 200
        made = answer(view, render, status=status)
        idempotency.finish_key(
            session,
            principal=row.principal,
            key=row.key,
            token=row.token,
            status=made.status,
            body=made.body,
            headers=made.headers,
            now=now,
        )


def replay(stored: idempotency.StoredAnswer) -> Answer:
    return Answer(status=stored.status, body=stored.body, headers=stored.headers, replayed=True)
