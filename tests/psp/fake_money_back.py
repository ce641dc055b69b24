"""The PSP in memory that refunds and disputes are tested against: set it with registry.use(FakeMoneyBack()).

It gives back and disputes nothing that a test did not ask for; events for it are made by tests.psp.money_back_objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkout.psp import MoneyBackNews
from checkout.psp.stripe.adapter import CAPABILITIES
from checkout.psp.stripe.money_back_news import money_back_news
from tests.psp.fake_disputes import FakeDisputes
from tests.psp.fake_refunds import FakeRefunds


@dataclass
class FakeMoneyBack(FakeRefunds, FakeDisputes):
    """See FakeRefunds and FakeDisputes for what a test may tell it."""

    name: str = "stripe"
    livemode: bool = False
    capabilities = CAPABILITIES

    def refuse_while_open(self) -> None:
        """Never open."""

    def interpret_money_back(self, event_payload: Mapping[str, Any]) -> MoneyBackNews | None:
        return money_back_news(event_payload)
