"""Domain events: written in the transaction that causes them, each staging the tasks of its subscribers."""

from checkout.events.log import DomainEvent, emit

__all__ = ["DomainEvent", "emit"]
