"""The second half of starting a payment: what came of asking the PSP, and the answer under the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.db.transitions import parameters_of
from checkout.payments import key as keys
from checkout.payments import registering, start_statements
from checkout.payments.answer import Answer
from checkout.payments.intention import resume_key
from checkout.payments.key import HeldKey
from checkout.payments.queries import read_view
from checkout.payments.start_again import Desk
from checkout.payments.states import PAYMENT
from checkout.payments.views import PaymentView
from checkout.psp import RegisteredPayment


def record(desk: Desk, held: HeldKey, fresh: PaymentView, outcome: registering.Outcome) -> Answer:
    """Second transaction: what came of it, and the answer under the key.

    Raises:
        PspUnavailable: there is no answer yet; the key is let go of. InProgress: another holder has the key by now.
    """
    now = utcnow()
    match outcome:
        case registering.Registered(opened):
            return _registered(desk, held, fresh, opened, now)
        case registering.Refused():
            with atomic() as session:
                registering.record_refused(session, fresh.id, outcome, cause=desk.cause, now=now)
                made = keys.answer(read_view(session, fresh.id), desk.render, status=held.status)
                return keys.finish(session, held, fresh.id, made, now=now)
        case registering.NotExecuted(wait):
            with atomic() as session:
                registering.record_not_executed(session, fresh.id, now=now)
        case registering.Unknown():
            wait = registering.RETRY_AFTER_SECONDS
            with atomic() as session:
                registering.record_unknown(session, fresh.id, cause=desk.cause, now=now)
    keys.let_go(held, fresh.id, now=now, after_seconds=wait)
    raise keys.no_answer_yet(fresh.id, wait)


def _registered(
    desk: Desk, held: HeldKey, fresh: PaymentView, opened: RegisteredPayment, now: datetime
) -> Answer:
    """One statement, where nothing came in between: the usual case is answered without reading the payment again."""
    columns = registering.session_columns(opened, now)
    expected = _with_page(fresh, columns, now)
    made = keys.answer(expected, desk.render, status=held.status)
    (row,) = run(
        start_statements.REGISTERED,
        **parameters_of(PAYMENT, fresh.id, to=expected.status, cause=desk.cause, set=columns, at=now),
        version=expected.version,
        principal=held.principal,
        key=held.key,
        token=held.token,
        status=made.status,
        headers=Jsonb(dict(made.headers)),
        body=made.body,
        resume_key=resume_key(fresh.id),
    )
    if row.answered:
        return made
    with atomic() as session:
        if row.version is None:
            registering.keep_page(session, fresh.id, opened, now=now)
        there = keys.answer(read_view(session, fresh.id), desk.render, status=held.status)
        return keys.finish(session, held, fresh.id, there, now=now)


def _with_page(fresh: PaymentView, columns: Mapping[str, Any], now: datetime) -> PaymentView:
    """The payment as it stands once the page is recorded."""
    return replace(
        fresh,
        status="awaiting_shopper",
        version=fresh.version + 1,
        psp_session_id=columns["psp_session_id"],
        hosted_url=columns["hosted_url"],
        session_expires_at=columns["session_expires_at"],
        next_sync_at=columns["next_sync_at"],
        updated_at=now,
    )
