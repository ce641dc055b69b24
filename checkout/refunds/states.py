"""A refund's life, as data: a rank that only rises. Failed is the end, also of one that had succeeded: the bank sent the
money back. What is told late, twice or in another order therefore ends the same.
"""

from __future__ import annotations

from typing import Final

from checkout.core.state_machine import StateMachine

REFUND = StateMachine(
    name="refund",
    table="refunds",
    initial="requested",
    edges={
        "awaiting_approval": {"requested", "failed"},
        "requested": {"submitted", "unknown", "pending", "succeeded", "failed"},
        "submitted": {"unknown", "pending", "succeeded", "failed"},
        "unknown": {"pending", "succeeded", "failed"},
        "pending": {"succeeded", "failed"},
        "succeeded": {"failed"},
    },
)

# Nobody has said yet whether the PSP has it.
UNANSWERED: Final = frozenset({"requested", "submitted", "unknown"})
# Not over: the shopper waits, and somebody may still have to be asked.
OPEN: Final = frozenset({"awaiting_approval", "pending", *UNANSWERED})
