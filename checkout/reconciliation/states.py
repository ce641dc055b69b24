"""A settlement file's life, as data. Closed is final; of a rejected file nothing is visible."""

from __future__ import annotations

from checkout.core.state_machine import StateMachine

SETTLEMENT_FILE = StateMachine(
    name="settlement_file",
    table="settlement_files",
    initial="received",
    edges={
        "received": {"validated", "rejected"},
        "validated": {"imported"},
        "imported": {"matched"},
        "matched": {"closed"},
    },
)
