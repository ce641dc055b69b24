"""Who did what: one append-only row for each mutating action, in its transaction."""

from checkout.audit.record import record

__all__ = ["record"]
