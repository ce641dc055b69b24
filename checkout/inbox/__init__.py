"""Incoming PSP webhooks: verified, stored and answered at once; applied later, once per event."""

from checkout.inbox.drain import apply_inbox_event
from checkout.inbox.read_again import read_and_apply
from checkout.inbox.receive import receive

__all__ = ["apply_inbox_event", "read_and_apply", "receive"]
