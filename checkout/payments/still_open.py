"""Due payments whose page the PSP lists as open: nothing has happened, and a hundred of them are one call and a share of
one statement, instead of a call and a transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID

import structlog

from checkout.core.clock import utcnow
from checkout.db.statement import run
from checkout.payments import cadence
from checkout.psp import PaymentServiceProvider, PspError

LISTED_FROM: Final = 8  # fewer are asked about one by one: a list says less of each
# A page is made at the PSP a moment after our row, by another clock. Who is not on the list is asked about by himself.
MADE_BEFORE: Final = timedelta(seconds=2)
MADE_AFTER: Final = timedelta(seconds=5)
LISTED_PER_DUE: Final = (
    8  # pages read for each payment that is due: those whose turn it is not stand between them
)

log = structlog.get_logger(__name__)

WHEN_MADE: Final = """
    SELECT min(created_at) AS first, max(created_at) AS last FROM payments
     WHERE id = ANY(%(ids)s) AND status = 'awaiting_shopper' AND cancel_requested_at IS NULL
"""

# What a look at each would leave, where it finds the page open. Who holds a payment's row just now does more with it than
# this would: it is asked about by itself. So is one that differs from its page, or whose page is about to end.
PUT_OFF: Final = """
    WITH listed AS (
        SELECT * FROM unnest(%(sessions)s::text[], %(intents)s::text[], %(amounts)s::bigint[], %(currencies)s::text[])
            AS l (session_id, intent_id, amount_minor, currency)
    ), held AS (
        SELECT id FROM payments WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE SKIP LOCKED
    )
    UPDATE payments AS p
       SET last_synced_at = %(now)s, sync_attempts = p.sync_attempts + 1,
           next_sync_at = LEAST(%(regular)s, p.session_expires_at + make_interval(secs => %(after_expiry)s)),
           psp_intent_id = COALESCE(p.psp_intent_id, listed.intent_id)
      FROM held, listed
     WHERE p.id = held.id AND p.psp = %(psp)s AND p.psp_session_id = listed.session_id
       AND p.status = 'awaiting_shopper' AND p.cancel_requested_at IS NULL AND p.session_expires_at > %(now)s
       AND p.livemode = %(livemode)s AND p.currency = listed.currency
       AND p.amount_minor - p.wallet_amount_minor = listed.amount_minor
    RETURNING p.id
"""


def put_off_open(due: Sequence[UUID], *, psp: PaymentServiceProvider) -> list[UUID]:
    """Sets the next look of those whose page is open, as the look itself would; returns the others, which are to be
    asked about one by one: all of them, where the PSP gives no list."""
    if len(due) < LISTED_FROM:
        return list(due)
    made = run(WHEN_MADE, ids=list(due))[0]
    if made.first is None:
        return list(due)
    try:
        listed = psp.list_open_pages(
            created_from=made.first - MADE_BEFORE, created_before=made.last + MADE_AFTER
        )
        open_pages = [page for page in islice(listed, LISTED_PER_DUE * len(due)) if page.status == "open"]
    except PspError as error:
        log.warning("payment.list_unanswered", error=type(error).__name__)
        return list(due)
    now = utcnow()
    put_off = run(
        PUT_OFF,
        ids=list(due),
        sessions=[page.session_id for page in open_pages],
        intents=[page.intent_id for page in open_pages],
        amounts=[page.amount.amount_minor for page in open_pages],
        currencies=[page.amount.currency for page in open_pages],
        psp=psp.name,
        livemode=psp.livemode,
        now=now,
        regular=now + timedelta(seconds=cadence.SYNC_AFTER_SECONDS[-1]),
        after_expiry=cadence.AFTER_EXPIRY_SECONDS,
    )
    done = {row.id for row in put_off}
    return [id for id in due if id not in done]
