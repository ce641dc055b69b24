"""Writes a generated night in each format, so that one test reads them all back."""

from __future__ import annotations

from tests.reconciliation.writers import adyen, camt053, mapped, paypal, stripe

WRITERS = {
    writer.PSP if writer is not mapped else "mapped": writer
    for writer in (stripe, adyen, paypal, camt053, mapped)
}
