"""A proposal's life. Decided is decided: what was rejected, withdrawn or not decided in time is proposed anew."""

from __future__ import annotations

from typing import Final

from checkout.core.state_machine import StateMachine

APPROVAL = StateMachine(
    name="approval",
    table="approvals",
    initial="pending",
    edges={"pending": {"approved", "rejected", "expired", "withdrawn"}},
)

STATUSES: Final = ("pending", "approved", "rejected", "expired", "withdrawn")
