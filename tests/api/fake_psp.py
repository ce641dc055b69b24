"""A payment service provider in memory: opens pages, closes them, and fails in the way a test says."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.session import in_transaction
from checkout.psp.errors import PspError, WebhookSignatureInvalid
from checkout.psp.events import PspEvent
from checkout.psp.port import (
    AccountLink,
    Balance,
    Capabilities,
    ConnectedAccount,
    CreateConnectedAccount,
    CurrencyRules,
    PaymentSnapshot,
    RegisteredPayment,
    RegisterPayment,
    Requirements,
    StoredRequest,
)

RULES = {
    "EUR": CurrencyRules(minimum_minor=50, maximum_minor=99_999_999, charge_step_minor=1, wire_exponent=2),
    "USD": CurrencyRules(minimum_minor=50, maximum_minor=99_999_999, charge_step_minor=1, wire_exponent=2),
    "JPY": CurrencyRules(minimum_minor=50, maximum_minor=99_999_999, charge_step_minor=1, wire_exponent=0),
    "KWD": CurrencyRules(minimum_minor=150, maximum_minor=99_999_999, charge_step_minor=10, wire_exponent=3),
}


@dataclass
class FakePsp:
    """`failures` are raised by the next calls, first in, first out. `sessions` is what the PSP has, by our key."""

    name: str = "stripe"
    livemode: bool = False
    failures: list[PspError] = field(default_factory=list)
    sessions: dict[str, PaymentSnapshot] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    capabilities = Capabilities(
        key_window_hours=24,
        stores_errors=True,
        finds_by_reference=True,
        session_minutes_min=30,
        session_minutes_max=24 * 60,
        currencies=RULES,
    )

    def refuse_while_open(self) -> None:
        """Never open."""

    def wire_request(self, request: RegisterPayment) -> dict[str, str]:
        return {"reference": request.reference, "amount": str(request.amount.amount_minor)}

    def register_payment(self, request: RegisterPayment | StoredRequest) -> RegisteredPayment:
        self._called("register")
        with self._lock:
            made = self.sessions.get(request.idempotency_key)
            if made is None:
                made = self._open(request.reference, request.amount)
                self.sessions[request.idempotency_key] = made
        assert made.hosted_url is not None
        return RegisteredPayment(made.session_id, made.hosted_url, made.expires_at)

    def fetch_payment(self, session_id: str) -> PaymentSnapshot:
        self._called("fetch")
        return self._named(session_id)

    def find_payment(self, reference: str, created_after: datetime) -> PaymentSnapshot | None:
        self._called("find")
        return next((each for each in self.sessions.values() if each.reference == reference), None)

    def expire_payment(self, session_id: str, idempotency_key: str) -> PaymentSnapshot:
        self._called("expire")
        key = next(key for key, each in self.sessions.items() if each.session_id == session_id)
        self.sessions[key] = _with_status(self.sessions[key], "expired")
        return self.sessions[key]

    def wire_of(self, request: Any) -> dict[str, str]:
        return {"reference": request.reference}

    def refund_wire(self, request: Any) -> dict[str, str]:
        return {"reference": request.reference}

    def fetch_balance(self) -> Balance:
        self._called("balance")
        return Balance(available=(Money(10**10, "EUR"),), pending=())

    def create_connected_account(self, request: CreateConnectedAccount) -> ConnectedAccount:
        self._called("open account")
        return ConnectedAccount(
            id=f"acct_{request.reference}",
            reference=request.reference,
            country=request.country,
            default_currency="EUR",
            details_submitted=False,
            payouts_enabled=False,
            transfers_enabled=False,
            requirements=Requirements(),
            bank_accounts=(),
            created_at=utcnow(),
        )

    def create_account_link(
        self, account_id: str, *, refresh_url: str, return_url: str, idempotency_key: str
    ) -> AccountLink:
        self._called("link")
        return AccountLink(
            f"https://psp.example/setup/{account_id}", expires_at=utcnow() + timedelta(minutes=5)
        )

    def verify_and_parse_webhook(
        self, body: bytes, signature_headers: Sequence[str], now: datetime
    ) -> PspEvent:
        raise WebhookSignatureInvalid("the fake signs nothing")

    def interpret(self, event_payload: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def _called(self, name: str) -> None:
        assert not in_transaction(), "a PSP is never called inside a transaction"
        self.calls.append(name)
        if self.failures:
            raise self.failures.pop(0)

    def _open(self, reference: str, amount: Money) -> PaymentSnapshot:
        number = len(self.sessions) + 1
        return PaymentSnapshot(
            reference=reference,
            session_id=f"cs_test_{reference}",
            status="open",
            hosted_url=f"https://psp.example/pay/{number}",
            expires_at=utcnow() + timedelta(minutes=60),
            amount=amount,
            charge=None,
            decline=None,
            intent_id=None,
            livemode=False,
        )

    def _named(self, session_id: str) -> PaymentSnapshot:
        return next(each for each in self.sessions.values() if each.session_id == session_id)


def _with_status(snapshot: PaymentSnapshot, status: Any) -> PaymentSnapshot:
    from dataclasses import replace

    return replace(snapshot, status=status)
