"""A PSP in memory that takes payments and gives them back. `back` is what gives back, and takes a test's orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checkout.psp import CreateRefund, MoneyBackNews, Refund
from checkout.psp.stripe.money_back_news import money_back_news
from tests.payments.fake_psp import FakePsp
from tests.psp.fake_refunds import FakeRefunds


@dataclass
class RefundingPsp(FakePsp):
    back: FakeRefunds = field(default_factory=FakeRefunds)

    def refund_wire(self, request: CreateRefund) -> dict[str, str]:
        return self.back.refund_wire(request)

    def create_refund(self, request: CreateRefund) -> Refund:
        return self.back.create_refund(request)

    def fetch_refund(self, refund_id: str) -> Refund:
        return self.back.fetch_refund(refund_id)

    def find_refund(self, reference: str, intent_id: str) -> Refund | None:
        return self.back.find_refund(reference, intent_id)

    def list_refunds(self, intent_id: str) -> tuple[Refund, ...]:
        return self.back.list_refunds(intent_id)

    def interpret_money_back(self, event_payload: Mapping[str, Any]) -> MoneyBackNews | None:
        return money_back_news(event_payload)
