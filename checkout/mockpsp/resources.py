"""Every endpoint of the API, gathered."""

from __future__ import annotations

from typing import Final

from checkout.mockpsp import balance, charges, customers, event_log, intents, sessions

ENDPOINTS: Final = (
    *sessions.ENDPOINTS,
    *intents.ENDPOINTS,
    *charges.ENDPOINTS,
    *balance.ENDPOINTS,
    *customers.ENDPOINTS,
    *event_log.ENDPOINTS,
)
