"""Who did what: one append-only row for each mutating action, in its transaction; sealed and proven like the ledger."""

from checkout.audit.record import record, record_many, stamp

__all__ = ["record", "record_many", "stamp"]
