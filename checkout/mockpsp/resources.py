"""Every endpoint of the API, gathered."""

from __future__ import annotations

from typing import Final

from checkout.mockpsp import (
    accounts,
    balance,
    charges,
    customers,
    disputes,
    event_log,
    files,
    intents,
    payouts,
    refunds,
    reports,
    sessions,
    transfers,
)

ENDPOINTS: Final = (
    *sessions.ENDPOINTS,
    *intents.ENDPOINTS,
    *charges.ENDPOINTS,
    *balance.ENDPOINTS,
    *customers.ENDPOINTS,
    *event_log.ENDPOINTS,
    *accounts.ENDPOINTS,
    *transfers.ENDPOINTS,
    *payouts.ENDPOINTS,
    *refunds.ENDPOINTS,
    *disputes.ENDPOINTS,
    *files.ENDPOINTS,
    *reports.ENDPOINTS,
)
