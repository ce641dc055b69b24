"""Looks at every storefront's last ten minutes; where cards seem to be tested, brakes its checkouts and opens an alert."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts import open_alert
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.fraud.card_testing import SMALL_AMOUNT_MINOR, WINDOW_SECONDS, Activity, Suspicion, suspicion

ALERT: Final = "card_testing"
BRAKED_FOR: Final = timedelta(minutes=15)  # from the last look that was suspicious

# Declines arrive as events of the PSP; each is stored once, and the payment keeps only the last. The type is Stripe's
# name, which is also the condition of the index that makes this cheap.
ACTIVITY: Final = """
    WITH declined AS (
        SELECT p.storefront_id, p.shopper_id, count(*) AS declines
          FROM inbox_events e JOIN payments p ON p.psp_intent_id = e.object
         WHERE e.type = 'payment_intent.payment_failed' AND e.received_at > %(since)s
         GROUP BY p.storefront_id, p.shopper_id
    ), declines AS (
        SELECT storefront_id, sum(declines)::bigint AS declines, max(declines) AS of_one_shopper
          FROM declined GROUP BY storefront_id
    )
    SELECT s.id, c.created, c.small, c.paid, coalesce(d.declines, 0) AS declines,
           coalesce(d.of_one_shopper, 0) AS declines_of_one_shopper
      FROM storefronts s
      JOIN declines d ON d.storefront_id = s.id
     CROSS JOIN LATERAL (
        SELECT count(*) AS created,
               count(*) FILTER (WHERE p.amount_minor <= %(small)s) AS small,
               count(*) FILTER (WHERE p.succeeded_at IS NOT NULL) AS paid
          FROM payments p WHERE p.storefront_id = s.id AND p.created_at > %(since)s) c
"""
BRAKE: Final = """
    INSERT INTO checkout_brakes (storefront_id, reason, braked_at, until)
    VALUES (%(storefront_id)s, %(reason)s, %(now)s, %(until)s)
    ON CONFLICT (storefront_id) DO UPDATE SET reason = EXCLUDED.reason, until = EXCLUDED.until
"""


def watch_card_testing(session: Session) -> list[UUID]:
    """One look at all storefronts. Joins the caller's transaction. Returns those that were braked."""
    now = utcnow()
    since = now - timedelta(seconds=WINDOW_SECONDS)
    execute(session, "DELETE FROM checkout_brakes WHERE until < %(now)s", now=now)
    braked = []
    for row in execute(session, ACTIVITY, since=since, small=SMALL_AMOUNT_MINOR).all():
        activity = Activity(
            created=row.created,
            small=row.small,
            paid=row.paid,
            declines=row.declines,
            declines_of_one_shopper=row.declines_of_one_shopper,
        )
        found = suspicion(activity)
        if found is None:
            continue
        _tell(session, row.id, activity, found)
        if found.slows_down:
            execute(session, BRAKE, storefront_id=row.id, reason=found.value, now=now, until=now + BRAKED_FOR)
            braked.append(row.id)
    return braked


def _tell(session: Session, storefront_id: UUID, activity: Activity, found: Suspicion) -> None:
    subject = encode("sto", storefront_id)
    open_alert(
        session,
        code=ALERT,
        severity="high",
        subject=subject,
        detail=(
            f"{found.value}: in {WINDOW_SECONDS // 60} minutes {activity.created} payments were begun,"
            f" {activity.small} of them small, {activity.paid} paid; {activity.declines} declines, of one shopper up to"
            f" {activity.declines_of_one_shopper}."
        ),
        dedupe_key=f"{ALERT}:{subject}",
    )
