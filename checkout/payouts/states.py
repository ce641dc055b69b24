"""A payout's life, as data. Sent is not arrived; failed and returned differ only in whether it had arrived before.

A payout that ended is never tried again: what it held goes into a new one.
"""

from __future__ import annotations

from typing import Final

from checkout.core.state_machine import StateMachine

PAYOUT = StateMachine(
    name="payout",
    table="payouts",
    initial="scheduled",
    edges={
        "scheduled": {"reserved", "awaiting_approval", "canceled"},
        "awaiting_approval": {"reserved", "canceled"},
        "reserved": {"submitting", "canceled"},
        "submitting": {"transferred", "unknown", "failed"},
        "transferred": {"in_transit", "unknown", "reversing"},
        "unknown": {"transferred", "in_transit", "failed"},
        "in_transit": {"paid", "reversing"},
        "paid": {"reversing"},
        "reversing": {"failed", "returned"},
    },
)

# Ended without the money being with the seller: its items are free for another payout.
GIVEN_BACK: Final = frozenset({"failed", "returned", "canceled"})
# Money of ours may be with the PSP or the bank, and nobody has yet said where it ends.
UNDER_WAY: Final = frozenset({"submitting", "unknown", "transferred", "in_transit", "reversing"})
