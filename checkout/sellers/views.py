"""What is shown of a seller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from checkout.core.ids import encode
from checkout.sellers.fees import FeePlan
from checkout.sellers.verification import Verification


@dataclass(frozen=True, slots=True)
class PayoutAccountView:
    """Where payouts of a currency go. pending: the payment provider has not taken it yet."""

    id: UUID
    currency: str
    country: str
    last4: str
    created_at: datetime
    set_at: datetime | None
    refusal: str | None
    payouts_paused_until: datetime | None

    @property
    def status(self) -> Literal["pending", "active", "refused"]:
        if self.refusal is not None:
            return "refused"
        return "pending" if self.set_at is None else "active"


@dataclass(frozen=True, slots=True)
class SellerView:
    """A seller with the plans in force: at most one per currency, and one for all the others."""

    id: UUID
    name: str
    country: str | None
    status: str
    hold_days: int
    payout_schedule: str
    reserve_bps: int
    reserve_days: int
    verification: Verification
    payout_accounts: tuple[PayoutAccountView, ...]
    fee_plans: tuple[FeePlan, ...]
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("sel", self.id)
