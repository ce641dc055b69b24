"""Who handles what: each kind of task and its use case. The only place that knows both ends."""

from __future__ import annotations

from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from checkout.accounting import correct, locks
from checkout.alerts.desk import wake_due
from checkout.api.answers import JsonRenderer
from checkout.approvals import expire_due
from checkout.audit.seals import seal_audit_log
from checkout.audit.verify import VERIFY
from checkout.disputes.answer import SEND_ANSWER
from checkout.disputes.reminders import REMIND_DUE, remind_due
from checkout.disputes.send_answer import send_answer
from checkout.events.subscribers import (
    APPLY_RESERVES,
    CRITICAL_ALERT_EMAIL,
    DISPUTE_EMAIL,
    ESCALATION_EMAIL,
    GIVE_BACK,
    MENTION_EMAIL,
    PAYOUT_ACCOUNT_EMAIL,
    RECHARGE_LOSSES,
)
from checkout.fraud.watch import watch_card_testing
from checkout.idempotency import forget_finished_keys
from checkout.identity import token_families
from checkout.identity.forget import forget_ended_sign_ins
from checkout.identity.invitations import LINK_EMAIL
from checkout.inbox.account_events import apply_account_event
from checkout.inbox.dispute_events import apply_dispute_event
from checkout.inbox.drain import apply_inbox_event
from checkout.inbox.payout_events import apply_payout_event
from checkout.inbox.read_again import read_and_apply
from checkout.inbox.refund_events import apply_refund_event
from checkout.inbox.routes import ACCOUNT_EVENT, DISPUTE_EVENT, PAYOUT_EVENT, REFUND_EVENT
from checkout.inbox.stages import APPLY, READ_AGAIN
from checkout.inbox.sweep import end_events_of_dead_tasks
from checkout.ledger.seals import seal_ledger
from checkout.notifications.dead_letter_email import send_dead_letter_email
from checkout.notifications.delivered_email import send_delivered_email
from checkout.notifications.dispute_email import send_dispute_email
from checkout.notifications.finance_alerts import (
    send_critical_alert_email,
    send_escalation_email,
    send_mention_email,
)
from checkout.notifications.finance_morning import MORNING_DUE, finance_morning_due
from checkout.notifications.link_email import send_link_email
from checkout.notifications.parcel_email import send_parcel_email
from checkout.notifications.payment_email import send_payment_email
from checkout.notifications.payout_account_email import send_payout_account_email
from checkout.notifications.refund_email import send_refund_email
from checkout.orders import recharge_losses
from checkout.orders.owing import apply_reserves, look_after_debts
from checkout.orders.release_periodic import release_periodically
from checkout.payments import waiting
from checkout.payments.book_fee import book_fee
from checkout.payments.close_page import close_reviewed_page
from checkout.payments.links import StatusLinks
from checkout.payments.resume import resume
from checkout.payments.sync import sync_due
from checkout.payouts.advance import advance
from checkout.payouts.debts import apply_write_off
from checkout.payouts.decide import apply_decision
from checkout.payouts.periodic import LOOK_DUE, RUN_DUE, look_due, run_due
from checkout.payouts.prove import PROVE_DUE, prove_due
from checkout.payouts.settle import ADVANCE
from checkout.reconciliation.desk.ageing import TEND_DUE, tend_due
from checkout.reconciliation.desk.resolve import DECIDED
from checkout.reconciliation.desk.resolve import apply_decision as apply_decision_of_settlement
from checkout.reconciliation.night.later import DAY_ASKED, day_asked
from checkout.reconciliation.night.nightly import NIGHT_DUE, night_due
from checkout.refunds import decide as refund_decisions
from checkout.refunds import periodic as refunds_by_the_clock
from checkout.refunds.request import SUBMIT
from checkout.refunds.submit import submit
from checkout.refunds.unapplied import give_back
from checkout.sellers.account_facts import READ_DUE, read_due
from checkout.sellers.onboarding import OPEN_ACCOUNT, open_account
from checkout.sellers.payout_accounts import SET_BANK_ACCOUNT, set_bank_account
from checkout.statements.issue_due import ISSUE_DUE, issue_due_statements
from checkout.tasks import ClaimedTask
from checkout.tasks.queries import forget_done
from checkout.wallets import expire as wallet_credits
from checkout.wallets import propose as wallet_proposals
from config import Settings
from jobs.handler import Handler, Owning, Transactional
from jobs.prove_audit import prove_audit_log
from jobs.schedule import forget_old_periods

EMAILS: Final[dict[str, Handler]] = {
    "notifications.payment_email": Owning(send_payment_email),
    "notifications.parcel_email": Owning(send_parcel_email),
    "notifications.delivered_email": Owning(send_delivered_email),
    DISPUTE_EMAIL: Owning(send_dispute_email),
    "notifications.refund_email": Owning(send_refund_email),
    "notifications.dead_letter_email": Owning(send_dead_letter_email),
    LINK_EMAIL: Owning(send_link_email),
    PAYOUT_ACCOUNT_EMAIL: Owning(send_payout_account_email),
    CRITICAL_ALERT_EMAIL: Owning(send_critical_alert_email),
    ESCALATION_EMAIL: Owning(send_escalation_email),
    MENTION_EMAIL: Owning(send_mention_email),
    MORNING_DUE: Owning(finance_morning_due),
}


def table(settings: Settings) -> dict[str, Handler]:
    """Every kind of task that is ever staged, with its handler."""
    links = StatusLinks(settings.public_url, settings.secret_key)
    renderer = JsonRenderer(settings.public_url, links)
    return {
        APPLY: Transactional(apply_inbox_event),
        READ_AGAIN: Owning(read_and_apply),
        "payments.resume": Owning(partial(resume, render=renderer)),
        "payments.sync_due": Owning(sync_due),
        "payments.book_fee": Owning(book_fee),
        "payments.close_page": Owning(close_reviewed_page),
        **{kind: Transactional(handle) for kind, handle in waiting.HANDLERS.items()},
        **EMAILS,
        **_money_out(ZoneInfo(settings.business_tz)),
        REFUND_EVENT: Owning(apply_refund_event),
        SUBMIT: Owning(submit),
        GIVE_BACK: Transactional(give_back),
        APPLY_RESERVES: Transactional(apply_reserves),
        "orders.look_after_debts": Transactional(look_after_debts),
        "refunds.decided": Transactional(refund_decisions.apply_decision),
        refunds_by_the_clock.LOOK_DUE: Owning(refunds_by_the_clock.look_due),
        DISPUTE_EVENT: Owning(apply_dispute_event),
        SEND_ANSWER: Owning(send_answer),
        REMIND_DUE: Owning(remind_due),
        RECHARGE_LOSSES: Owning(recharge_losses.handle),
        DAY_ASKED: Owning(day_asked),
        NIGHT_DUE: Owning(
            partial(
                night_due,
                zone=ZoneInfo(settings.business_tz),
                drop_dir=settings.settlement_drop_dir,
                dropped=settings.settlement_drop_psps,
            )
        ),
        DECIDED: Transactional(apply_decision_of_settlement),
        "accounting.period_decided": Transactional(locks.apply_decision),
        "accounting.correction_decided": Transactional(correct.apply_decision),
        "alerts.wake_due": Transactional(_wake_alerts),
        TEND_DUE: Owning(tend_due),
        "fraud.watch_card_testing": Transactional(_watch_card_testing),
        "ledger.seal": Owning(_seal),
        "audit.seal": Owning(_seal_audit),
        VERIFY: Owning(prove_audit_log),
        wallet_proposals.DECIDED: Transactional(wallet_proposals.apply_decision),
        wallet_credits.EXPIRE_DUE: Transactional(wallet_credits.expire_due),
        "approvals.expire_due": Transactional(_expire_approvals),
        "housekeeping.forget": Owning(_forget),
    }


def _money_out(zone: ZoneInfo) -> dict[str, Handler]:
    """From the shipment to the seller's bank, with what is told of it."""
    return {
        "orders.release_due": Owning(release_periodically),
        PAYOUT_EVENT: Owning(apply_payout_event),
        ADVANCE: Owning(advance),
        "payouts.decided": Transactional(apply_decision),
        "payouts.write_off_decided": Transactional(apply_write_off),
        RUN_DUE: Owning(partial(run_due, zone=zone)),
        LOOK_DUE: Owning(look_due),
        PROVE_DUE: Owning(prove_due),
        ISSUE_DUE: Owning(partial(issue_due_statements, zone=zone)),
        OPEN_ACCOUNT: Owning(open_account),
        SET_BANK_ACCOUNT: Owning(set_bank_account),
        READ_DUE: Owning(read_due),
        ACCOUNT_EVENT: Owning(apply_account_event),
    }


def _watch_card_testing(session: Session, task: ClaimedTask) -> None:
    watch_card_testing(session)


def _expire_approvals(session: Session, task: ClaimedTask) -> None:
    expire_due(session, cause=task.cause)


def _wake_alerts(session: Session, task: ClaimedTask) -> None:
    wake_due(session, by=task.cause)


def _seal(task: ClaimedTask) -> None:
    seal_ledger()


def _seal_audit(task: ClaimedTask) -> None:
    seal_audit_log()


def _forget(task: ClaimedTask) -> None:
    """Drops what has served its time, a bounded number an hour: tasks a day old, keys thirty, periods a week; and ends
    events whose task is dead."""
    end_events_of_dead_tasks()
    forget_done()
    forget_finished_keys()
    forget_ended_sign_ins()
    token_families.forget_ended()
    forget_old_periods()
