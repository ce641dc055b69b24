"""Who listens: event type → kinds of task. Plain strings: jobs/handlers.py maps a kind to its use case."""

from __future__ import annotations

from typing import Final

from checkout.tasks.ring import MAIL_QUEUE

PAYMENT_EMAIL: Final = "notifications.payment_email"
PARCEL_EMAIL: Final = "notifications.parcel_email"
DELIVERED_EMAIL: Final = "notifications.delivered_email"
DEAD_LETTER_EMAIL: Final = "notifications.dead_letter_email"
PAYOUT_ACCOUNT_EMAIL: Final = (
    "notifications.payout_account_email"  # staged by the change itself, not by an event
)

CRITICAL_ALERT_EMAIL: Final = (
    "notifications.critical_alert_email"  # these three are staged by the alert itself
)
ESCALATION_EMAIL: Final = "notifications.escalation_email"
MENTION_EMAIL: Final = "notifications.mention_email"
DISPUTE_EMAIL: Final = "notifications.dispute_email"
REFUND_EMAIL: Final = "notifications.refund_email"
GIVE_BACK: Final = "refunds.give_back"
RECHARGE_LOSSES: Final = "disputes.recharge_losses"  # staged where something of an order has come back
APPLY_RESERVES: Final = "orders.apply_reserves"

SUBSCRIBERS: Final[dict[str, tuple[str, ...]]] = {
    "payment.succeeded": (PAYMENT_EMAIL,),
    "payment.failed": (PAYMENT_EMAIL,),
    "payment.expired": (PAYMENT_EMAIL,),
    "payment.delayed": (PAYMENT_EMAIL,),
    "shipment.created": (PARCEL_EMAIL,),
    "order.delivered": (DELIVERED_EMAIL,),
    "payment.unapplied": (GIVE_BACK,),
    "payment.canceled": (GIVE_BACK,),
    "seller.balance_negative": (APPLY_RESERVES,),
    "refund.succeeded": (REFUND_EMAIL,),
    "refund.failed": (REFUND_EMAIL,),
    "dispute.opened": (DISPUTE_EMAIL,),
    "dispute.evidence_due_soon": (DISPUTE_EMAIL,),
    "dispute.won": (DISPUTE_EMAIL,),
    "dispute.lost": (DISPUTE_EMAIL,),
    "dead_letter.added": (DEAD_LETTER_EMAIL,),
}

# Who waits for a proposal's end: its kind → kinds of task, which find {"approval": "apr_…"} and read how it ended.
DECISIONS: Final[dict[str, tuple[str, ...]]] = {
    "payout.send": ("payouts.decided",),
    "refund.send": ("refunds.decided",),
    "seller_debt.write_off": ("payouts.write_off_decided",),
    "settlement.write_off": ("reconciliation.write_off_decided",),
    "settlement.close": ("reconciliation.write_off_decided",),
    "wallet.credit": ("wallets.credit_decided",),
    "period.lock": ("accounting.period_decided",),
    "period.unlock": ("accounting.period_decided",),
    "journal.reverse": ("accounting.correction_decided",),
    "journal.reclassify": ("accounting.correction_decided",),
}

QUEUE_OF: Final[dict[str, str]] = {
    PAYMENT_EMAIL: MAIL_QUEUE,
    PARCEL_EMAIL: MAIL_QUEUE,
    DELIVERED_EMAIL: MAIL_QUEUE,
    DISPUTE_EMAIL: MAIL_QUEUE,
    REFUND_EMAIL: MAIL_QUEUE,
    DEAD_LETTER_EMAIL: MAIL_QUEUE,
    CRITICAL_ALERT_EMAIL: MAIL_QUEUE,
    ESCALATION_EMAIL: MAIL_QUEUE,
    MENTION_EMAIL: MAIL_QUEUE,
}
