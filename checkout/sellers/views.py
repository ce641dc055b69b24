"""What is shown of a seller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from checkout.core.ids import encode
from checkout.sellers.fees import FeePlan


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
    fee_plans: tuple[FeePlan, ...]
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("sel", self.id)
