"""The lines of a statement: what each kind of entry did to the available balance, its fees named apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from checkout.core.ids import encode
from checkout.wording.times import machine

LINES: Final = {
    "sales": "Sales",
    "refunds": "Refunds",
    "disputes": "Disputes",
    "commission": "Commission",
    "logistics": "Logistics fees",
    "tax": "Tax kept by the platform",
    "reserve": "Reserve held back and released",
    "payout_fees": "Fees of instant payouts",
    "adjustments": "Adjustments",
    "payouts": "Payouts",
}
FEES: Final = ("commission", "logistics", "tax", "reserve", "payout_fees")
LINE_OF: Final = {
    "order_released": "sales",
    "refund_requested": "refunds",
    "refund_failed": "refunds",
    "external_refund": "refunds",
    "dispute_withdrawn": "disputes",
    "dispute_reinstated": "disputes",
    "seller_recharged": "disputes",
    "payout_created": "payouts",
    "payout_released": "payouts",
}


@dataclass(frozen=True, slots=True)
class Movement:
    """What one entry did to the balance, in minor units. `fees`: the part of it that each of FEES took or gave back."""

    entry_id: UUID
    kind: str
    source: str
    order_id: UUID | None
    effective_at: datetime
    amount: int
    fees: Mapping[str, int]

    @property
    def parts(self) -> dict[str, int]:
        return parts_of(self.kind, self.amount, self.fees)

    def document(self) -> dict[str, Any]:
        return {
            "entry": encode("jrn", self.entry_id),
            "at": machine(self.effective_at),
            "type": self.kind,
            "source": self.source,
            "order": encode("ord", self.order_id) if self.order_id else None,
            "amount": self.amount,
            "parts": self.parts,
        }


def parts_of(kind: str, amount: int, fees: Mapping[str, int]) -> dict[str, int]:
    """An amount by lines: the fees by their names, the rest by the kind of the entry; zeros are left out."""
    rest = amount - sum(fees.values())
    parts = {name: minor for name, minor in fees.items() if minor}
    if rest:
        parts[LINE_OF.get(kind, "adjustments")] = rest
    return parts


def sum_lines(parts: Iterable[Mapping[str, int]]) -> list[dict[str, Any]]:
    """The lines in their order, those that are not zero."""
    sums = dict.fromkeys(LINES, 0)
    for each in parts:
        for name, minor in each.items():
            sums[name] += minor
    return [{"line": name, "name": LINES[name], "amount": minor} for name, minor in sums.items() if minor]
