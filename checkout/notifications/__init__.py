"""Emails: which fact is told to whom, in which words, through which channel. Each fact is told under one Message-ID."""

from checkout.notifications.post_office import configure

__all__ = ["configure"]
