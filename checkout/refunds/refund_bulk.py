"""Refunds from a file: looked at first, line by line, with what they come to; then each line its own refund, once, whoever
sends the same file how often. What was refunded when it is stopped stays so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.locks import lock_payments
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.identity.access import Reach
from checkout.psp import PaymentServiceProvider
from checkout.refunds.bulk_file import BadRow, Row, read_rows
from checkout.refunds.commands import RequestRefund
from checkout.refunds.errors import RefundedBefore
from checkout.refunds.refund import lock_refund
from checkout.refunds.request import request_refund
from checkout.refunds.within import order_within, payment_within

ANOTHER_FILE_WITHIN: Final = timedelta(days=1)
BY_ANOTHER_FILE: Final = """
    SELECT r.id FROM refund_upload_rows u JOIN refunds r ON r.id = u.refund_id
     WHERE u.principal = %(principal)s AND u.file_sha256 <> %(digest)s AND r.payment_id = %(payment_id)s
       AND r.amount_minor = %(amount)s::bigint AND r.status <> 'failed' AND r.created_at > %(since)s
       AND (%(order_id)s::uuid IS NULL
            OR EXISTS (SELECT FROM refund_parts x WHERE x.refund_id = r.id AND x.order_id = %(order_id)s))
     ORDER BY r.created_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one row, or became: unchanged is a row that was refunded before; refused says why."""

    row: int
    status: Literal["would_refund", "refunded", "unchanged", "refused"]
    refund_id: UUID | None = None
    amount: Money | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """Whose file: the same bytes of the same caller are the same file."""

    principal: str
    digest: bytes


class _OnlyLooking(Exception):
    """Ends the transaction of a preview, and with it all that it would have done."""


def preview_refunds(
    data: bytes, *, principal: str, reach: Reach, psp: PaymentServiceProvider, cause: Cause
) -> list[Outcome]:
    """What each line would come to, after the lines before it of the same payment. Changes nothing.

    Raises:
        InvalidParameter: it is no such file. What may pass by itself (the database is away) ends it.
    """
    upload = Upload(principal, sha256(data).digest())
    outcomes, commands = _commands(data, reach)
    by_payment: dict[UUID, list[tuple[Row, RequestRefund]]] = defaultdict(list)
    for row, command in commands:
        by_payment[command.payment_id].append((row, command))
    for several in by_payment.values():
        outcomes += retrying(lambda several=several: _look(upload, several, psp, cause))  # type: ignore[misc]
    return sorted(outcomes, key=lambda outcome: outcome.row)


def refund_bulk(
    data: bytes, *, principal: str, reach: Reach, psp: PaymentServiceProvider, cause: Cause
) -> list[Outcome]:
    """One outcome for each row, in the file's order. Owns its transactions, one a row.

    Raises:
        InvalidParameter: it is no such file. What may pass by itself (the database is away) ends it.
    """
    upload = Upload(principal, sha256(data).digest())
    outcomes, commands = _commands(data, reach)
    for row, command in commands:
        outcomes.append(_refund(upload, row, command, psp, cause))
    return sorted(outcomes, key=lambda outcome: outcome.row)


def _commands(data: bytes, reach: Reach) -> tuple[list[Outcome], list[tuple[Row, RequestRefund]]]:
    refused: list[Outcome] = []
    commands = []
    for row in read_rows(data):
        if isinstance(row, BadRow):
            refused.append(Outcome(row.number, "refused", code=row.code, detail=row.detail))
            continue
        try:
            commands.append((row, _command(row, reach)))
        except DomainError as error:
            refused.append(_refusal(row, error))
    return refused, commands


def _command(row: Row, reach: Reach) -> RequestRefund:
    only_order = only_sellers = None
    if row.payment is not None:
        payment_id, only_sellers = payment_within(row.payment, reach)
    else:
        payment_id, only_order = order_within(row.order or "", reach)
    return RequestRefund(
        payment_id=payment_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        only_order=only_order,
        reason=row.reason,
        note=row.note,
        return_logistics=row.return_logistics,
        destination=row.destination,
        only_sellers=only_sellers,
    )


def _look(
    upload: Upload, several: Sequence[tuple[Row, RequestRefund]], psp: PaymentServiceProvider, cause: Cause
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    try:
        with atomic() as session:
            for row, command in several:
                outcomes.append(_try(session, upload, row, command, psp, cause))
            raise _OnlyLooking
    except _OnlyLooking:
        return [_as_preview(outcome) for outcome in outcomes]


def _try(
    session: Session,
    upload: Upload,
    row: Row,
    command: RequestRefund,
    psp: PaymentServiceProvider,
    cause: Cause,
) -> Outcome:
    try:
        with session.begin_nested():
            return _one(session, upload, row, command, psp, cause)
    except DomainError as error:
        return _refusal(row, error)


def _refund(
    upload: Upload, row: Row, command: RequestRefund, psp: PaymentServiceProvider, cause: Cause
) -> Outcome:
    def unit() -> Outcome:
        with atomic() as session:
            return _one(session, upload, row, command, psp, cause)

    try:
        return retrying(unit)
    except DomainError as error:
        return _refusal(row, error)


def _one(
    session: Session,
    upload: Upload,
    row: Row,
    command: RequestRefund,
    psp: PaymentServiceProvider,
    cause: Cause,
) -> Outcome:
    """The row's refund, or the one it became before: the payment's lock makes two who send the same file take turns."""
    lock_payments(session, [command.payment_id])
    known = execute(
        session,
        """
        SELECT refund_id FROM refund_upload_rows
         WHERE principal = %(principal)s AND file_sha256 = %(digest)s AND line = %(line)s
        """,
        principal=upload.principal,
        digest=upload.digest,
        line=row.number,
    ).first()
    if known is not None:
        refund = lock_refund(session, known.refund_id)
        return Outcome(row.number, "unchanged", refund.id, refund.amount)
    _refuse_again(session, upload, command)
    refund = lock_refund(session, request_refund(session, command, psp=psp, cause=cause))
    execute(
        session,
        """
        INSERT INTO refund_upload_rows (principal, file_sha256, line, refund_id)
        VALUES (%(principal)s, %(digest)s, %(line)s, %(refund_id)s)
        """,
        principal=upload.principal,
        digest=upload.digest,
        line=row.number,
        refund_id=refund.id,
    )
    return Outcome(row.number, "refunded", refund.id, refund.amount)


def _refuse_again(session: Session, upload: Upload, command: RequestRefund) -> None:
    """A file that was stopped and put right is another file: its rows that were refunded are not refunded again. Without
    an amount a row takes what is left, and so nothing twice.

    Raises:
        RefundedBefore: the caller has refunded the same by another file, less than a day ago.
    """
    before = execute(
        session,
        BY_ANOTHER_FILE,
        principal=upload.principal,
        digest=upload.digest,
        payment_id=command.payment_id,
        order_id=command.only_order,
        amount=command.amount_minor,
        since=utcnow() - ANOTHER_FILE_WITHIN,
    ).first()
    if before is not None:
        raise RefundedBefore(
            f"{encode('re', before.id)} gave the same amount back, by another file of the last day: "
            "ask for it by itself where it is meant again"
        )


def _as_preview(outcome: Outcome) -> Outcome:
    if outcome.status != "refunded":
        return outcome
    return replace(outcome, status="would_refund", refund_id=None)


def _refusal(row: Row, error: DomainError) -> Outcome:
    """What a retry may help is no outcome: it ends the whole, and the file may be sent again."""
    if error.retryable:
        raise error
    return Outcome(row.number, "refused", code=error.code, detail=error.detail or error.code)
