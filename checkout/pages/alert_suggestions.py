"""What may be the same as an alert's difference, as its page lists it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from checkout.core.money import Money
from checkout.reporting import alert_figures
from checkout.wording.alert_codes import alert_word


@dataclass(frozen=True, slots=True)
class Suggested:
    """`id`: what it is, publicly. `joinable`: an alert of the other side, which link_records takes."""

    id: str
    words: str
    amount: Money
    score: int
    reasons: Sequence[str]
    joinable: bool


def suggested_for(alert_id: UUID) -> list[Suggested]:
    """The likeliest first."""
    return [
        Suggested(other.public_id, alert_word(other.code), other.difference, 90, other.reasons, True)
        for other in alert_figures.alike(alert_id)
    ]
