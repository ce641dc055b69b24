"""An order's life, as data. Released is final; a refund that fails re-opens a closed order."""

from __future__ import annotations

from checkout.core.state_machine import StateMachine

ORDER = StateMachine(
    name="order",
    table="orders",
    initial="pending",
    edges={
        "pending": {"paid", "canceled"},
        "paid": {"shipped", "canceled", "closed"},
        "shipped": {"delivered", "closed"},
        "delivered": {"released", "closed"},
        "closed": {"paid", "shipped", "delivered"},
    },
)
