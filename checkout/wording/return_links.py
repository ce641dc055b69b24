"""The shop's own address with the payment's id added, so that the shop knows which checkout came back."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


def with_payment(url: str, payment: str) -> str:
    """ "https://shop.example/thanks?cart=7#top" becomes "https://shop.example/thanks?cart=7&payment=pay_…#top"."""
    parts = urlsplit(url)
    query = f"{parts.query}&payment={payment}" if parts.query else f"payment={payment}"
    return urlunsplit(parts._replace(query=query))
