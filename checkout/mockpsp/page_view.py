"""What the hosted page shows of a session: plain values for the templates, nothing that they would have to compute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from checkout.mockpsp.currency_rules import shown

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineView:
    name: str
    quantity: int
    unit_price: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    session_id: str
    page_url: str
    merchant: str
    reference: str | None
    lines: tuple[LineView, ...]
    total: str
    total_minor: int
    time_left: str
    expires_at: str
    takes_bank_debit: bool
    challenged: bool
    last_error: str | None
    success_url: str
    cancel_url: str | None


def view_of(checkout: Json, private: Json, intent: Json | None, *, base: str, now: int) -> PageView:
    currency = checkout["currency"]
    error = None if intent is None else intent["last_payment_error"]
    return PageView(
        session_id=checkout["id"],
        page_url=f"{base}/pay/{checkout['id']}",
        merchant=urlsplit(checkout["success_url"]).netloc,
        reference=checkout["client_reference_id"],
        lines=tuple(
            LineView(
                name=item["description"],
                quantity=item["quantity"],
                unit_price=shown(item["price"]["unit_amount"], currency),
                amount=shown(item["amount_total"], currency),
            )
            for item in private["line_items"]
        ),
        total=shown(checkout["amount_total"], currency),
        total_minor=checkout["amount_total"],
        time_left=_duration(checkout["expires_at"] - now),
        expires_at=f"{datetime.fromtimestamp(checkout['expires_at'], UTC):%Y-%m-%d %H:%M} UTC",
        takes_bank_debit="sepa_debit" in checkout["payment_method_types"],
        challenged="challenge" in private,
        last_error=None if error is None else error["message"],
        success_url=checkout["success_url"].replace("{CHECKOUT_SESSION_ID}", checkout["id"]),
        cancel_url=checkout["cancel_url"],
    )


def _duration(seconds: int) -> str:
    """In words, rounded down to minutes."""
    minutes = max(seconds, 0) // 60
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    parts = [_count(hours, "hour")] if hours else []
    if rest or not parts:
        parts.append(_count(rest, "minute"))
    return " ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
