"""Nothing is staged that nobody handles."""

from __future__ import annotations

import config
from checkout.disputes.answer import SEND_ANSWER
from checkout.events.subscribers import (
    CRITICAL_ALERT_EMAIL,
    DECISIONS,
    ESCALATION_EMAIL,
    MENTION_EMAIL,
    PAYOUT_ACCOUNT_EMAIL,
    RECHARGE_LOSSES,
    SUBSCRIBERS,
)
from checkout.identity.invitations import LINK_EMAIL
from checkout.inbox.routes import HANDED_OVER
from checkout.inbox.stages import APPLY, READ_AGAIN
from checkout.payments.booking import BOOK_FEE, CLOSE_PAGE
from checkout.payments.intention import RESUME
from checkout.payouts.settle import ADVANCE
from checkout.reconciliation.night.later import DAY_ASKED
from checkout.refunds.request import SUBMIT
from checkout.sellers.onboarding import OPEN_ACCOUNT
from checkout.sellers.payout_accounts import SET_BANK_ACCOUNT
from jobs.handlers import table
from jobs.schedule import PERIODIC

SETTINGS = {
    "SECRET_KEY": "s" * 40,
    "DATABASE_URL": "postgresql:///x",
    "REDIS_URL": "redis://x",
    "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
}


def test_every_kind_that_is_staged_has_a_handler():
    """Periodic work, subscribers of events, and the follow-ups that use cases stage; and no handler without a kind."""
    staged = {periodic.kind for periodic in PERIODIC}
    staged |= {kind for kinds in (*SUBSCRIBERS.values(), *DECISIONS.values()) for kind in kinds}
    staged |= set(HANDED_OVER.values())
    staged |= {APPLY, READ_AGAIN, BOOK_FEE, CLOSE_PAGE, RESUME, ADVANCE}
    staged |= {LINK_EMAIL, OPEN_ACCOUNT, SET_BANK_ACCOUNT, PAYOUT_ACCOUNT_EMAIL}
    staged |= {SUBMIT, SEND_ANSWER, RECHARGE_LOSSES}
    staged |= {CRITICAL_ALERT_EMAIL, ESCALATION_EMAIL, MENTION_EMAIL, DAY_ASKED}

    assert set(table(config.load(SETTINGS))) == staged
