"""Taking money: what is asked of a hosted page, and how a payment stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from checkout.core.money import Money
from checkout.psp.events import Charge, Decline


@dataclass(frozen=True, slots=True)
class HostedLine:
    """One line that the shopper sees on the hosted page."""

    name: str
    quantity: int
    unit_amount: Money


@dataclass(frozen=True, slots=True)
class RegisterPayment:
    """Opens a hosted page for a payment. The lines add up to the amount."""

    reference: str
    idempotency_key: str
    amount: Money
    lines: tuple[HostedLine, ...]
    customer_email: str | None
    locale: str | None
    success_url: str
    cancel_url: str
    expires_at: datetime
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A registration as it was written down before its first attempt: `wire` is sent unchanged."""

    reference: str
    idempotency_key: str
    amount: Money
    wire: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RegisteredPayment:
    session_id: str
    hosted_url: str
    expires_at: datetime


SnapshotStatus = Literal["open", "processing", "succeeded", "expired", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    """A payment as the PSP shows it now. `amount` is what the session asks for, `charge.amount` what was captured,
    `method` what the shopper pays by, also while it is under way."""

    reference: str | None
    session_id: str
    status: SnapshotStatus
    hosted_url: str | None
    expires_at: datetime
    amount: Money
    charge: Charge | None
    decline: Decline | None
    intent_id: str | None
    livemode: bool
    method: str | None = None
