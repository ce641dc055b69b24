"""Domain events: written in the transaction that causes them, each staging the tasks of its subscribers."""

from checkout.events.log import DomainEvent, emit, emit_many

__all__ = ["DomainEvent", "emit", "emit_many"]
