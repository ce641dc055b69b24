"""The bank accounts that the PSP shows for a seller, beside those that were told to it from here. One may have been
handed in on the PSP's own page: a change made there pauses payouts and is told, as a change made here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout import audit, secrets, tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode, new_uuid
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit
from checkout.events.subscribers import PAYOUT_ACCOUNT_EMAIL
from checkout.psp import BankAccount, ConnectedAccount
from checkout.tasks.ring import MAIL_QUEUE

TABLE, COLUMN = "payout_accounts", "details_sealed"
PAUSE: Final = timedelta(hours=48)
LAST4_LENGTH: Final = 4


def note_bank_accounts(
    session: Session, seller_id: UUID, account: ConnectedAccount, *, asked_at: datetime, cause: Cause
) -> None:
    """Writes down each account that is not the one we know. The first of a currency is where payouts go; another one in
    its place pauses them."""
    shown = {
        bank.currency: bank for bank in reversed(account.bank_accounts)
    }  # the first of a currency counts
    if not shown:
        return
    execute(session, "SELECT id FROM sellers WHERE id = %(id)s FOR UPDATE", id=seller_id)
    rows = execute(
        session,
        """
        SELECT currency, set_at, refused_at, replaced_at, psp_bank_account_id FROM payout_accounts
         WHERE seller_id = %(seller_id)s ORDER BY created_at, id
        """,
        seller_id=seller_id,
    ).all()
    for currency, bank in sorted(shown.items()):
        known = [row for row in rows if row.currency == currency]
        if not _is_known(bank, known, asked_at):
            _write(session, seller_id, bank, is_change=bool(known), cause=cause)


def tell_change(
    session: Session,
    seller_id: UUID,
    payout_account_id: UUID,
    currency: str,
    last4: str,
    paused_until: datetime | None,
    *,
    cause: Cause,
) -> None:
    """In the audit log, to whoever listens, and by letter to the seller."""
    until = None if paused_until is None else paused_until.isoformat()
    shown = {"currency": currency, "last4": last4, "payouts_paused_until": until}
    seller = encode("sel", seller_id)
    audit.record(session, actor=str(cause), action="seller.payout_account", object=seller, after=shown)
    emit(session, DomainEvent("seller.updated", seller, seller_id=seller_id, data=shown), cause=cause)
    account = {"payout_account": encode("pac", payout_account_id)}
    tasks.enqueue(session, PAYOUT_ACCOUNT_EMAIL, account, queue=MAIL_QUEUE, cause=cause)


def _is_known(bank: BankAccount, known: Sequence[Row[Any]], asked_at: datetime) -> bool:
    """Also where a change from here is on its way to the PSP, or was taken by it after this answer was asked for."""
    if not known:
        return False
    if known[-1].set_at is None and known[-1].refused_at is None:
        return True
    active = next((row for row in known if row.set_at is not None and row.replaced_at is None), None)
    if active is None:
        return False
    return bool(active.psp_bank_account_id == bank.id or active.set_at > asked_at)


def _write(session: Session, seller_id: UUID, bank: BankAccount, *, is_change: bool, cause: Cause) -> None:
    """The number is the PSP's secret: what is sealed is that we do not have it."""
    id, now = new_uuid(), utcnow()
    paused_until = now + PAUSE if is_change else None
    last4 = bank.last4.rjust(LAST4_LENGTH, "x")[-LAST4_LENGTH:]
    nothing = json.dumps({"number": None, "holder": None, "routing": None}).encode()
    execute(
        session,
        """
        UPDATE payout_accounts SET replaced_at = %(now)s
         WHERE seller_id = %(seller_id)s AND currency = %(currency)s AND set_at IS NOT NULL AND replaced_at IS NULL
        """,
        seller_id=seller_id,
        currency=bank.currency,
        now=now,
    )
    execute(
        session,
        """
        INSERT INTO payout_accounts (id, seller_id, currency, country, last4, details_sealed, changed_by, created_at,
                                     payouts_paused_until, set_at, psp_bank_account_id)
        VALUES (%(id)s, %(seller_id)s, %(currency)s, %(country)s, %(last4)s, %(sealed)s, %(cause)s, %(now)s,
                %(paused_until)s, %(now)s, %(bank)s)
        """,
        id=id,
        seller_id=seller_id,
        currency=bank.currency,
        country=bank.country,
        last4=last4,
        sealed=secrets.seal(nothing, table=TABLE, column=COLUMN, row=id),
        cause=str(cause),
        now=now,
        paused_until=paused_until,
        bank=bank.id,
    )
    if is_change:
        tell_change(session, seller_id, id, bank.currency, last4, paused_until, cause=cause)
