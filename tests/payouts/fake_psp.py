"""A PSP that sends money, in memory: it keeps what it did, by key, and loses answers when told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.psp import (
    Balance,
    BankPayout,
    Capabilities,
    CreateBankPayout,
    CreateTransfer,
    CurrencyRules,
    InvalidRequest,
    OutcomeUnknown,
    PayoutFailure,
    PspError,
    ReverseTransfer,
    Transfer,
    TransferReversal,
)

RULES = CurrencyRules(1, 99_999_999, 1, 2)
CURRENCIES = {
    "EUR": RULES,
    "USD": RULES,
    "JPY": replace(RULES, wire_exponent=0),
    "KWD": replace(RULES, wire_exponent=3, payout_step_minor=10),
}
PLENTY = tuple(Money(10**12, currency) for currency in CURRENCIES)


@dataclass
class FakePsp:
    """`faults` are used up one by one, each by the next call of its name: "before" has done nothing, "after" has."""

    name: str = "stripe"
    livemode: bool = False
    funds: tuple[Money, ...] = PLENTY
    transfers: dict[str, Transfer] = field(default_factory=dict)
    payouts: dict[str, BankPayout] = field(default_factory=dict)
    reversals: dict[str, TransferReversal] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    faults: dict[str, list[tuple[str, PspError]]] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    capabilities = Capabilities(
        key_window_hours=24,
        stores_errors=True,
        finds_by_reference=True,
        session_minutes_min=30,
        session_minutes_max=1440,
        currencies=CURRENCIES,
    )

    def lose(self, call: str, when: str = "after", error: PspError | None = None) -> None:
        self.faults.setdefault(call, []).append((when, error or OutcomeUnknown("no answer")))

    def forget_keys(self) -> None:
        """As a day later: the same key would do the same thing a second time."""
        for done in (self.transfers, self.payouts, self.reversals):
            for key in list(done):
                done[f"{key} forgotten at {len(self.calls)}"] = done.pop(key)

    def wire_of(self, request: Any) -> dict[str, str]:
        return {"amount": str(request.amount.amount_minor), "reference": request.reference}

    def fetch_balance(self) -> Balance:
        return Balance(self.funds, ())

    def create_transfer(self, request: CreateTransfer) -> Transfer:
        return self._once(
            "create_transfer",
            self.transfers,
            request,
            lambda n: Transfer(
                f"tr_{n}",
                request.reference,
                request.amount,
                Money.zero(request.amount.currency),
                request.destination,
                f"txn_t{n}",
                utcnow(),
            ),
        )

    def create_payout(self, request: CreateBankPayout) -> BankPayout:
        return self._once(
            "create_payout",
            self.payouts,
            request,
            lambda n: BankPayout(
                id=f"po_psp_{n}",
                account=request.account,
                reference=request.reference,
                amount=request.amount,
                status="pending",
                method=request.method,
                arrives_on=utcnow() + timedelta(days=2),
                failure=None,
                balance_transaction=f"txn_p{n}",
                failure_balance_transaction=None,
                bank_account="ba_1",
                automatic=False,
                created_at=utcnow(),
            ),
        )

    def reverse_transfer(self, request: ReverseTransfer) -> TransferReversal:
        """No more than was transferred."""
        if request.idempotency_key not in self.reversals:
            back = sum(made.amount.amount_minor for made in self.list_transfer_reversals(request.transfer_id))
            whole = next(made.amount for made in self.transfers.values() if made.id == request.transfer_id)
            if back + request.amount.amount_minor > whole.amount_minor:
                self.calls.append(("reverse_transfer", request.idempotency_key))
                raise InvalidRequest("the transfer is reversed already")
        return self._once(
            "reverse_transfer",
            self.reversals,
            request,
            lambda n: TransferReversal(
                f"trr_{n}", request.transfer_id, request.reference, request.amount, f"txn_r{n}", utcnow()
            ),
        )

    def find_transfer(self, reference: str) -> Transfer | None:
        self.calls.append(("find_transfer", reference))
        return next((made for made in self.transfers.values() if made.reference == reference), None)

    def find_payout(self, reference: str, *, account: str = "", created_after: datetime) -> BankPayout | None:
        self.calls.append(("find_payout", reference))
        return next((made for made in self.payouts.values() if made.reference == reference), None)

    def fetch_payout(self, payout_id: str, *, account: str = "") -> BankPayout:
        return next(made for made in self.payouts.values() if made.id == payout_id)

    def list_transfer_reversals(self, transfer_id: str) -> tuple[TransferReversal, ...]:
        return tuple(made for made in self.reversals.values() if made.transfer_id == transfer_id)

    def bank_says(self, reference: str, status: Any, code: str = "account_closed") -> BankPayout:
        """What the bank did, as the PSP then shows it."""
        key = next(key for key, made in self.payouts.items() if made.reference == reference)
        failure = PayoutFailure(code, code, "words of the bank") if status == "failed" else None
        self.payouts[key] = replace(self.payouts[key], status=status, failure=failure)
        return self.payouts[key]

    def _once(self, call: str, done: Any, request: Any, make: Callable[[int], Any]) -> Any:
        assert request.wire is not None, "what is sent was written down before"
        assert isinstance(request.wire, Mapping)
        with self.lock:
            self.calls.append((call, request.idempotency_key))
            when, error = self.faults[call].pop(0) if self.faults.get(call) else ("", None)
            if when == "before" and error is not None:
                raise error
            made = done.setdefault(request.idempotency_key, make(len(self.calls)))
            if error is not None:
                raise error
            return made
