"""Of which PSPs and banks a file is expected every day: of them, and of no others, a missing one is told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from checkout.payouts import business_days
from checkout.psp import registry
from checkout.reconciliation.files.opening import BANK

_expected: frozenset[str] | None = None


def configure(psps: Collection[str] | None) -> None:
    """Of these and of the PSP in use; None: of everybody."""
    global _expected
    _expected = None if psps is None else frozenset(psps)


def is_expected(psp: str, business_on: date) -> bool:
    """A bank writes no statement of a day on which it moves nothing: of weekends and the euro's holidays none is missed."""
    if _expected is not None and psp not in _expected and psp != registry.current().name:
        return False
    return psp != BANK or business_days.closed_because(business_on, "EUR") is None
