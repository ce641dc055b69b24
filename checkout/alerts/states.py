"""An alert's life, as data. A resolved one may be opened again, which is counted."""

from __future__ import annotations

from checkout.core.state_machine import StateMachine

ALERT = StateMachine(
    name="alert",
    table="alerts",
    initial="open",
    edges={
        "open": {"assigned", "snoozed", "resolved"},
        "assigned": {"open", "snoozed", "resolved"},
        "snoozed": {"open", "assigned", "resolved"},
        "resolved": {"open"},
    },
)
