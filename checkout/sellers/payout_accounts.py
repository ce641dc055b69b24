"""The bank accounts that sellers' payouts go to. A change pauses payouts and is told to the seller: whoever has got
hold of a password shall not be paid before its owner has read the letter."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import secrets, tasks
from checkout.core.backoff import delay_seconds
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.currencies import exponent
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import decode, encode, new_uuid
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute, run
from checkout.psp import ConnectedAccount, InvalidRequest, PspError, SetBankAccount, registry
from checkout.sellers.bank_at_psp import COLUMN, TABLE, tell_change
from checkout.sellers.bank_at_psp import PAUSE as PAUSE
from checkout.sellers.bank_numbers import checked, last4
from checkout.sellers.onboarding import ATTEMPTS, OnboardingRefused, ensure_account, request_onboarding

SET_BANK_ACCOUNT: Final = "sellers.set_bank_account"
HOLDER_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class BankDetails:
    """As a person types them. `country` and `currency` are ISO codes; `routing_number` where the country has one."""

    currency: str
    country: str
    account_number: str = field(repr=False)
    holder_name: str = field(repr=False)
    routing_number: str | None = None


def change_payout_account(session: Session, seller_id: UUID, details: BankDetails, *, cause: Cause) -> UUID:
    """Where the seller's payouts of a currency shall go from now on: sealed here, told to the PSP after the commit.

    Payouts in the currency pause for 48 hours, unless this is its first account, here and at the PSP: there was nobody
    to take it from.
    Who may do this, and that a second factor was shown just now, is the caller's to check.

    Raises:
        NotFound: no such seller. UnknownCurrency. InvalidParameter: the number, the holder, or the seller's country.
    """
    exponent(details.currency)
    number = checked(details.account_number, details.country)
    holder = details.holder_name.strip()
    if not 1 <= len(holder) <= HOLDER_LENGTH:
        raise InvalidParameter.at("/account_holder_name", f"1 to {HOLDER_LENGTH} characters")
    request_onboarding(
        session, seller_id, cause=cause
    )  # locks the seller: two changes come one after the other
    id, now = new_uuid(), utcnow()
    paused_until = now + PAUSE if _has_had_one(session, seller_id, details.currency) else None
    secret = {"number": number, "holder": holder, "routing": details.routing_number}
    execute(
        session,
        """
        INSERT INTO payout_accounts (id, seller_id, currency, country, last4, details_sealed, changed_by, created_at,
                                     payouts_paused_until)
        VALUES (%(id)s, %(seller_id)s, %(currency)s, %(country)s, %(last4)s, %(sealed)s, %(cause)s, %(now)s,
                %(paused_until)s)
        """,
        id=id,
        seller_id=seller_id,
        currency=details.currency,
        country=details.country,
        last4=last4(number),
        sealed=secrets.seal(json.dumps(secret).encode(), table=TABLE, column=COLUMN, row=id),
        cause=str(cause),
        now=now,
        paused_until=paused_until,
    )
    account = {"payout_account": encode("pac", id)}
    tasks.enqueue(session, SET_BANK_ACCOUNT, account, max_attempts=ATTEMPTS, cause=cause)
    tell_change(session, seller_id, id, details.currency, last4(number), paused_until, cause=cause)
    return id


def payouts_paused_until(session: Session, seller_id: UUID, currency: str) -> datetime | None:
    """Until when no payout of the currency may leave; None: it may now. Every change since counts, whether or not the
    PSP has taken it."""
    row = execute(
        session,
        """
        SELECT max(payouts_paused_until) AS until FROM payout_accounts
         WHERE seller_id = %(seller_id)s AND currency = %(currency)s AND payouts_paused_until > %(now)s
        """,
        seller_id=seller_id,
        currency=currency,
        now=utcnow(),
    ).one()
    until: datetime | None = row.until
    return until


def set_bank_account(task: tasks.ClaimedTask) -> None:
    """Handles `sellers.set_bank_account` {"payout_account": "pac_…"}: the PSP is told where payouts go.

    Raises:
        RetryLater: the PSP did not answer; the same key continues.
    """
    id = decode("pac", task.args["payout_account"])
    row = _unset(id)
    if row is None:
        return
    try:
        account_id = ensure_account(row.seller_id, cause=task.cause)
        account = registry.current().set_bank_account(account_id, _request(row))
    except (InvalidRequest, OnboardingRefused) as error:
        reason = (error.psp_code if isinstance(error, InvalidRequest) else None) or error.detail
        retrying(lambda: _record_refused(id, reason))
        return
    except PspError as error:
        wait = max(error.retry_after_seconds or 0, delay_seconds(task.attempts))
        raise tasks.RetryLater(str(error), after_seconds=wait) from error
    retrying(lambda: _record_set(id, account))


def _has_had_one(session: Session, seller_id: UUID, currency: str) -> bool:
    row = execute(
        session,
        "SELECT 1 FROM payout_accounts WHERE seller_id = %(seller_id)s AND currency = %(currency)s LIMIT 1",
        seller_id=seller_id,
        currency=currency,
    ).first()
    return row is not None


def _unset(id: UUID) -> Any:
    """The row, unless the PSP knows it already, refused it, or a newer change has overtaken it."""
    rows = run(
        """
        SELECT p.id, p.seller_id, p.currency, p.country, p.details_sealed
          FROM payout_accounts p
         WHERE p.id = %(id)s AND p.set_at IS NULL AND p.refused_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM payout_accounts newer
                            WHERE newer.seller_id = p.seller_id AND newer.currency = p.currency
                              AND (newer.created_at, newer.id) > (p.created_at, p.id))
        """,
        id=id,
    )
    return rows[0] if rows else None


def _request(row: Any) -> SetBankAccount:
    opened = secrets.open_sealed(row.details_sealed, table=TABLE, column=COLUMN, row=row.id)
    secret = json.loads(opened)
    return SetBankAccount(
        idempotency_key=encode("pac", row.id),
        country=row.country,
        currency=row.currency,
        number=secret["number"],
        holder_name=secret["holder"],
        routing_number=secret["routing"],
    )


def _record_set(id: UUID, account: ConnectedAccount) -> None:
    """The new one takes over from the one before it."""
    now = utcnow()
    with atomic() as session:
        row = execute(
            session, "SELECT seller_id, currency FROM payout_accounts WHERE id = %(id)s FOR UPDATE", id=id
        ).first()
        if row is None:
            raise NotFound("no such payout account")
        execute(
            session,
            """
            UPDATE payout_accounts SET replaced_at = %(now)s
             WHERE seller_id = %(seller_id)s AND currency = %(currency)s AND set_at IS NOT NULL
               AND replaced_at IS NULL AND id <> %(id)s
            """,
            id=id,
            seller_id=row.seller_id,
            currency=row.currency,
            now=now,
        )
        bank = next((bank.id for bank in account.bank_accounts if bank.currency == row.currency), None)
        execute(
            session,
            """
            UPDATE payout_accounts SET set_at = COALESCE(set_at, %(now)s), psp_bank_account_id = %(bank)s
             WHERE id = %(id)s AND refused_at IS NULL
            """,
            id=id,
            bank=bank,
            now=now,
        )


def _record_refused(id: UUID, reason: str) -> None:
    with atomic() as session:
        execute(
            session,
            """
            UPDATE payout_accounts SET refused_at = %(now)s, refusal = %(reason)s
             WHERE id = %(id)s AND set_at IS NULL
            """,
            id=id,
            reason=reason[:200],
            now=utcnow(),
        )
