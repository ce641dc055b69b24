"""A seller's account at the PSP: asked for with the seller, opened after the commit under our own key, and the link to
the PSP's page where the seller hands in what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout import audit, tasks
from checkout.alerts import open_alert
from checkout.core.backoff import delay_seconds
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import decode, encode, new_uuid
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute, run
from checkout.psp import (
    AccountLink,
    ConnectedAccount,
    CreateConnectedAccount,
    InvalidRequest,
    PaymentServiceProvider,
    PspError,
    registry,
)
from checkout.sellers.account_facts import record_account
from checkout.sellers.contact import contact_email

OPEN_ACCOUNT: Final = "sellers.open_account"
ATTEMPTS: Final = 30  # a PSP that is away for most of a day is waited for
EMAIL_STAND_IN: Final = "withheld@seller.invalid"  # what is written down in place of the seller's address
READ: Final = """
    SELECT c.seller_id, s.name, s.country, c.psp, c.idempotency_key, c.request, c.first_attempt_at, c.psp_account_id,
           c.refusal
      FROM connected_accounts c JOIN sellers s ON s.id = c.seller_id WHERE c.seller_id = %(id)s
"""


class OnboardingRefused(DomainError):
    """The PSP will not open an account for this seller."""

    code = "psp_rejected"


def request_onboarding(session: Session, seller_id: UUID, *, cause: Cause) -> bool:
    """Writes down what the PSP will be asked, and stages the asking. False where that was done before.

    Raises:
        NotFound: no such seller. InvalidParameter: the seller has no country.
    """
    row = execute(
        session,
        """
        SELECT name, country, default_currency, contact_email_sealed IS NOT NULL AS has_email
          FROM sellers WHERE id = %(id)s FOR UPDATE
        """,
        id=seller_id,
    ).first()
    if row is None:
        raise NotFound("no such seller")
    if row.country is None:
        raise InvalidParameter.at("/country", "the payment provider must know the seller's country")
    seller, psp = encode("sel", seller_id), registry.current()
    request = CreateConnectedAccount(
        reference=seller,
        idempotency_key=f"{seller}:account",
        country=row.country,
        business_name=row.name,
        email=EMAIL_STAND_IN if row.has_email else None,
        default_currency=row.default_currency,
    )
    written = execute(
        session,
        """
        INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, created_at)
        VALUES (%(id)s, %(psp)s, %(key)s, %(request)s, %(now)s)
        ON CONFLICT (seller_id) DO NOTHING RETURNING seller_id
        """,
        id=seller_id,
        psp=psp.name,
        key=request.idempotency_key,
        request=Jsonb(psp.wire_of(request)),
        now=utcnow(),
    ).first()
    if written is not None:
        audit.record(session, actor=str(cause), action="seller.onboarding", object=seller)
        tasks.enqueue(session, OPEN_ACCOUNT, {"seller": seller}, max_attempts=ATTEMPTS, cause=cause)
    return written is not None


def open_account(task: tasks.ClaimedTask) -> None:
    """Handles `sellers.open_account` {"seller": "sel_…"}.

    Raises:
        RetryLater: the PSP did not answer, or it is not known whether it did what it was asked.
    """
    try:
        ensure_account(decode("sel", task.args["seller"]), cause=task.cause)
    except OnboardingRefused:
        return  # the seller says why, and an alert calls a person
    except PspError as error:
        wait = max(error.retry_after_seconds or 0, delay_seconds(task.attempts))
        raise tasks.RetryLater(str(error), after_seconds=wait) from error


def ensure_account(seller_id: UUID, *, cause: Cause) -> str:
    """The PSP's id of the seller's account, opened now if it is not yet. Owns its transactions.

    Raises:
        NotFound: onboarding was never asked for. OnboardingRefused. PspError: not now; the same key continues.
    """
    row = _first_attempt(seller_id)
    if row.psp_account_id is not None:
        return str(row.psp_account_id)
    if row.refusal is not None:
        raise OnboardingRefused(f"the payment provider will not open an account: {row.refusal}")
    psp, asked_at = registry.get(row.psp), utcnow()
    try:
        account = _ask(psp, row)
    except InvalidRequest as error:
        reason = error.psp_code or error.detail
        retrying(lambda: _record_refusal(seller_id, reason))
        raise OnboardingRefused(f"the payment provider will not open an account: {reason}") from error
    retrying(lambda: _record_opened(seller_id, account, asked_at, cause))
    return account.id


def onboarding_link(seller_id: UUID, *, refresh_url: str, return_url: str, cause: Cause) -> AccountLink:
    """The PSP's page where the seller hands in what is missing. Owns its transactions.

    Raises:
        as request_onboarding() and ensure_account().
    """
    with atomic() as session:
        request_onboarding(session, seller_id, cause=cause)
        seller = encode("sel", seller_id)
        audit.record(session, actor=str(cause), action="seller.onboarding_link", object=seller)
    account_id = ensure_account(seller_id, cause=cause)
    # A link is worth nothing once it was used: each asking makes its own, and a lost answer costs nothing.
    key = f"{seller}:link:{new_uuid()}"
    return registry.current().create_account_link(
        account_id, refresh_url=refresh_url, return_url=return_url, idempotency_key=key
    )


def _first_attempt(seller_id: UUID) -> Row[Any]:
    """What is stored, with the time of the first attempt written down before it is made."""
    run(
        "UPDATE connected_accounts SET first_attempt_at = %(now)s WHERE seller_id = %(id)s AND first_attempt_at IS NULL",
        id=seller_id,
        now=utcnow(),
    )
    rows = run(READ, id=seller_id)
    if not rows:
        raise NotFound("the seller's onboarding was never asked for")
    return rows[0]


def _ask(psp: PaymentServiceProvider, row: Row[Any]) -> ConnectedAccount:
    """Inside the key's window the same request under the same key; after it the account is looked for first."""
    reference = encode("sel", row.seller_id)
    if _key_has_lapsed(psp, row.first_attempt_at):
        found = psp.find_connected_account(reference, row.first_attempt_at)
        if found is not None:
            return found
    email = contact_email(row.seller_id) or ""
    wire = {name: email if value == EMAIL_STAND_IN else value for name, value in row.request.items()}
    return psp.create_connected_account(
        CreateConnectedAccount(
            reference=reference,
            idempotency_key=row.idempotency_key,
            country=row.country or "",
            business_name=row.name,
            wire=wire,
        )
    )


def _key_has_lapsed(psp: PaymentServiceProvider, first_attempt_at: datetime) -> bool:
    """An hour early: a key that is forgotten on the way would open a second account."""
    window = timedelta(hours=psp.capabilities.key_window_hours - 1)
    return utcnow() - first_attempt_at >= window


def _record_opened(seller_id: UUID, account: ConnectedAccount, asked_at: datetime, cause: Cause) -> None:
    with atomic() as session:
        record_account(session, seller_id, account, asked_at=asked_at, cause=cause)


def _record_refusal(seller_id: UUID, reason: str) -> None:
    with atomic() as session:
        execute(
            session,
            "UPDATE connected_accounts SET refusal = %(reason)s WHERE seller_id = %(id)s",
            id=seller_id,
            reason=reason[:200],
        )
        seller = encode("sel", seller_id)
        open_alert(
            session,
            code="onboarding_refused",
            severity="high",
            subject=seller,
            detail=f"The payment provider will not open an account: {reason}"[:500],
            dedupe_key=f"onboarding_refused:{seller}",
        )
