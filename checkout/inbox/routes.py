"""Events that are not about a payment: which kind of task applies each, and ends it. One line for each type.

The task gets {"event": id} on the queue of webhooks; until it has run, the event counts as not finished.
"""

from __future__ import annotations

from typing import Final

ACCOUNT_EVENT: Final = "inbox.account_event"
PAYOUT_EVENT: Final = "inbox.payout_event"
REFUND_EVENT: Final = "inbox.refund_event"
DISPUTE_EVENT: Final = "inbox.dispute_event"

HANDED_OVER: Final[dict[str, str]] = {
    "account.updated": ACCOUNT_EVENT,
    "transfer.created": PAYOUT_EVENT,
    "transfer.updated": PAYOUT_EVENT,
    "transfer.reversed": PAYOUT_EVENT,
    "payout.created": PAYOUT_EVENT,
    "payout.updated": PAYOUT_EVENT,
    "payout.paid": PAYOUT_EVENT,
    "payout.failed": PAYOUT_EVENT,
    "payout.canceled": PAYOUT_EVENT,
    "refund.created": REFUND_EVENT,
    "refund.updated": REFUND_EVENT,
    "refund.failed": REFUND_EVENT,
    "charge.refunded": REFUND_EVENT,
    "charge.refund.updated": REFUND_EVENT,
    "charge.dispute.created": DISPUTE_EVENT,
    "charge.dispute.updated": DISPUTE_EVENT,
    "charge.dispute.closed": DISPUTE_EVENT,
    "charge.dispute.funds_withdrawn": DISPUTE_EVENT,
    "charge.dispute.funds_reinstated": DISPUTE_EVENT,
}
