"""What a PSP tells us, in our words: the delivered event, and what it says of a payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from checkout.core.money import Money


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that the PSP has captured. `balance_transaction` may follow later; `method` is card, sepa_debit …"""

    id: str
    amount: Money
    intent_id: str
    balance_transaction: str | None
    created_at: datetime
    method: str | None


@dataclass(frozen=True, slots=True)
class Decline:
    """Why an attempt failed: our reason (declines.py), the PSP's own code and message."""

    code: str
    psp_code: str
    message: str


@dataclass(frozen=True, slots=True)
class PspEvent:
    """A verified delivery. `account` is "" for the platform's own events, else the connected account. `payload` is the
    delivery without what it said of persons."""

    psp: str
    account: str
    event_id: str
    type: str
    livemode: bool
    created_at: datetime
    payload: Mapping[str, Any]


NewsKind = Literal["captured", "processing", "attempt_declined", "ended", "completed", "none"]


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """What an event says of a payment. It is about a payment of ours only if `reference` or an id is known to us.

    captured: a good fact, with its charge. processing: the shopper has done their part. attempt_declined: the hosted
    page lets them try again. ended: expired, failed or canceled, a hint: the PSP is read again first. completed: the
    session is complete and the event has no charge: read the PSP, unless it has succeeded already. none: nothing for
    a payment, `reason` says why.
    """

    kind: NewsKind
    reference: str | None = None
    session_id: str | None = None
    intent_id: str | None = None
    charge: Charge | None = None
    decline: Decline | None = None
    livemode: bool = False
    reason: str = ""

    @property
    def object_id(self) -> str | None:
        """The PSP's id that the event is about, for the inbox's index."""
        return self.session_id or (self.charge.id if self.charge else None) or self.intent_id
