"""A PSP in memory that keeps the port's promises: idempotent by key, and told by tests how to misbehave."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.session import in_transaction
from checkout.psp import (
    BalanceTransaction,
    Capabilities,
    Charge,
    CircuitOpen,
    Decline,
    InvalidRequest,
    OutcomeUnknown,
    PaymentNews,
    PaymentSnapshot,
    RegisteredPayment,
    RegisterPayment,
    StoredRequest,
)
from checkout.psp.stripe.currencies import CURRENCIES


@dataclass
class FakePsp:
    """`faults`: one per call of register_payment, oldest first: an exception, raised before or after executing."""

    name: str = "stripe"
    livemode: bool = False
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(24, True, True, 30, 1440, CURRENCIES)
    )
    sessions: dict[str, PaymentSnapshot] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    fees: dict[str, BalanceTransaction] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    wires: list[Mapping[str, str]] = field(default_factory=list)
    faults: list[tuple[str, Exception]] = field(default_factory=list)
    down: Exception | None = None
    open_circuit: bool = False
    during: Callable[[], None] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def refuse_while_open(self) -> None:
        if self.open_circuit:
            raise CircuitOpen("failing", retry_after_seconds=17)

    def wire_request(self, request: RegisterPayment) -> dict[str, str]:
        return {
            "reference": request.reference,
            "amount": str(request.amount.amount_minor),
            "currency": request.amount.currency,
            "email": request.customer_email or "",
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "expires_at": str(int(request.expires_at.timestamp())),
            **{f"line{n}": f"{x.quantity} {x.name} {x.unit_amount}" for n, x in enumerate(request.lines)},
        }

    def register_payment(self, request: RegisterPayment | StoredRequest) -> RegisteredPayment:
        assert isinstance(request, StoredRequest), "only what was stored is sent"
        self._called("register", request.idempotency_key)
        with self.lock:
            self.wires.append(dict(request.wire))
            when, fault = self.faults.pop(0) if self.faults else ("", None)
        if fault is not None and when == "before":
            raise fault
        with self.lock:
            session = self._session(request)
        if self.during is not None:
            self.during()
        if fault is not None:
            raise fault
        assert session.hosted_url is not None
        return RegisteredPayment(session.session_id, session.hosted_url, session.expires_at)

    def _session(self, request: StoredRequest) -> PaymentSnapshot:
        """The session of the key; another request under the same key is refused, as Stripe does."""
        if request.idempotency_key not in self.by_key:
            session_id = f"cs_test_{len(self.sessions) + 1}"
            self.by_key[request.idempotency_key] = session_id
            self.sessions[session_id] = PaymentSnapshot(
                reference=request.reference,
                session_id=session_id,
                status="open",
                hosted_url=f"https://psp.example/pay/{session_id}",
                expires_at=datetime.fromtimestamp(int(request.wire["expires_at"]), UTC),
                amount=request.amount,
                charge=None,
                decline=None,
                intent_id=f"pi_{session_id}",
                livemode=self.livemode,
            )
        return self.sessions[self.by_key[request.idempotency_key]]

    def fetch_payment(self, session_id: str) -> PaymentSnapshot:
        self._called("fetch", session_id)
        if session_id not in self.sessions:
            raise InvalidRequest("no such session")
        return self.sessions[session_id]

    def find_payment(self, reference: str, created_after: datetime) -> PaymentSnapshot | None:
        self._called("find", reference)
        return next((s for s in self.sessions.values() if s.reference == reference), None)

    def list_open_pages(
        self, *, created_from: datetime, created_before: datetime
    ) -> Iterator[PaymentSnapshot]:
        """Who made a page in that time is not asked: the fake keeps no times."""
        self._called("list", "open")
        yield from [session for session in self.sessions.values() if session.status == "open"]

    def expire_payment(self, session_id: str, idempotency_key: str) -> PaymentSnapshot:
        self._called("expire", session_id)
        if self.sessions[session_id].status == "open":
            self.becomes(session_id, "expired")
        return self.sessions[session_id]

    def fetch_charge_balance_transaction(self, charge_id: str) -> BalanceTransaction | None:
        self._called("fee", charge_id)
        return self.fees.get(charge_id)

    def _called(self, what: str, about: str) -> None:
        assert not in_transaction(), f"{what} was called inside a transaction"
        self.calls.append((what, about))
        if self.down is not None:
            raise self.down

    # What a shopper or the PSP does, and what the PSP then says.

    def becomes(self, session_id: str, status: str, **changes: Any) -> PaymentSnapshot:
        self.sessions[session_id] = replace(self.sessions[session_id], status=status, **changes)
        return self.sessions[session_id]

    def charge(self, session_id: str, *, amount: Money | None = None, id: str | None = None) -> Charge:
        """The shopper pays; a fee of 2.9 % + 30 is booked."""
        session = self.sessions[session_id]
        taken = amount or session.amount
        charge = Charge(
            id=id or f"ch_{session_id}",
            amount=taken,
            intent_id=session.intent_id or "",
            balance_transaction=None,
            created_at=utcnow(),
            method="card",
        )
        self.becomes(session_id, "succeeded", charge=charge)
        fee = Money(taken.amount_minor * 29 // 1000 + 30, taken.currency)
        self.fees[charge.id] = BalanceTransaction(
            f"txn_{charge.id}", "charge", taken, fee, taken - fee, charge.id, charge.created_at
        )
        return charge

    def captured(self, session_id: str, **options: Any) -> PaymentNews:
        return self.news(session_id, "captured", charge=self.charge(session_id, **options))

    def news(self, session_id: str, kind: str, **more: Any) -> PaymentNews:
        session = self.sessions[session_id]
        return PaymentNews(
            kind=kind,  # type: ignore[arg-type]
            reference=session.reference,
            session_id=session_id,
            intent_id=session.intent_id,
            livemode=self.livemode,
            **more,
        )

    def count(self, what: str) -> int:
        return sum(1 for call, _ in self.calls if call == what)


def lost_answer() -> tuple[str, Exception]:
    """Executed, and the answer never came."""
    return ("after", OutcomeUnknown("the connection broke"))


def lost_request() -> tuple[str, Exception]:
    """Never executed, and nobody can tell."""
    return ("before", OutcomeUnknown("the connection broke"))


DECLINED = Decline(code="insufficient_funds", psp_code="insufficient_funds", message="Insufficient funds.")
