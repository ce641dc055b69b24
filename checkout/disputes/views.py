"""What is shown of a dispute: its money, its parts per order, its way so far. No statement lives here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.disputes.dispute import Dispute


@dataclass(frozen=True, slots=True)
class OrderPart:
    """What of the dispute is an order's. `amount`: taken from it and not given back, and what its seller has paid of the
    loss since; `fee`: charged to its seller."""

    order_id: UUID
    seller_id: UUID
    seller_name: str
    order_amount: Money
    amount: Money
    fee: Money
    fee_borne_by: str

    @property
    def public_id(self) -> str:
        return encode("ord", self.order_id)


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement on the platform's balance, as the PSP signs it; `losses` is what no order bears."""

    number: str
    amount: Money
    fee: Money
    losses: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    from_status: str | None
    to_status: str
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What was answered in a round. `status`: requested, done or refused."""

    kind: str
    round: str
    status: str
    refusal: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute with everything about it but its evidence. `parts` are those the caller may see."""

    dispute: Dispute
    storefront_id: UUID
    parts: Sequence[OrderPart]
    seller_count: int
    movements: Sequence[Movement]
    steps: Sequence[Step]
    answers: Sequence[AnswerView]
    losses_paid: Money

    @property
    def withdrawn(self) -> Money:
        """Taken by the bank in all."""
        return self._sum([-m.amount for m in self.movements if m.amount.amount_minor < 0])

    @property
    def reinstated(self) -> Money:
        """Given back by the bank in all."""
        return self._sum([m.amount for m in self.movements if m.amount.amount_minor > 0])

    @property
    def fees(self) -> Money:
        """What the PSP keeps for the dispute, fees given back deducted."""
        return self._sum([m.fee for m in self.movements])

    @property
    def losses(self) -> Money:
        """What the platform bears of the amount itself."""
        return self._sum([m.losses for m in self.movements]) - self.losses_paid

    def _sum(self, amounts: Sequence[Money]) -> Money:
        result = Money.zero(self.dispute.currency)
        for amount in amounts:
            result = result + amount
        return result
