"""Who did what: one append-only row for each mutating action, in its transaction; sealed and proven like the ledger."""

from checkout.audit.record import record, stamp

__all__ = ["record", "stamp"]
