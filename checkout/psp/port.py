"""What the product asks of a payment service provider: requests, results and the protocol, in our words only.

An adapter translates to one PSP's wire and back, raises only psp/errors.py, and is never called inside a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from checkout.core.money import Money
from checkout.psp.events import Charge, Decline, PaymentNews, PspEvent


@dataclass(frozen=True, slots=True)
class HostedLine:
    """One line that the shopper sees on the hosted page."""

    name: str
    quantity: int
    unit_amount: Money


@dataclass(frozen=True, slots=True)
class RegisterPayment:
    """Opens a hosted page for a payment. The lines add up to the amount."""

    reference: str
    idempotency_key: str
    amount: Money
    lines: tuple[HostedLine, ...]
    customer_email: str | None
    locale: str | None
    success_url: str
    cancel_url: str
    expires_at: datetime
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A registration as it was written down before its first attempt: `wire` is sent unchanged."""

    reference: str
    idempotency_key: str
    amount: Money
    wire: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RegisteredPayment:
    session_id: str
    hosted_url: str
    expires_at: datetime


SnapshotStatus = Literal["open", "processing", "succeeded", "expired", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    """A payment as the PSP shows it now. `amount` is what the session asks for, `charge.amount` what was captured,
    `method` what the shopper pays by, also while it is under way."""

    reference: str | None
    session_id: str
    status: SnapshotStatus
    hosted_url: str | None
    expires_at: datetime
    amount: Money
    charge: Charge | None
    decline: Decline | None
    intent_id: str | None
    livemode: bool
    method: str | None = None


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """A movement on our balance at the PSP: net = amount − fee."""

    id: str
    type: str
    amount: Money
    fee: Money
    net: Money
    source: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What the PSP holds for us, one amount a currency."""

    available: tuple[Money, ...]
    pending: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class CurrencyRules:
    """What the PSP charges in a currency, in our minor units: least, most, and the step every charge is a multiple of.

    `wire_exponent` is the number of decimals that its integers have on the wire.
    """

    minimum_minor: int
    maximum_minor: int
    charge_step_minor: int
    wire_exponent: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """key_window_hours: how long a key brings back its first answer. stores_errors: a failed answer too.

    A currency that is not in `currencies` cannot be charged.
    """

    key_window_hours: int
    stores_errors: bool
    finds_by_reference: bool
    session_minutes_min: int
    session_minutes_max: int
    currencies: Mapping[str, CurrencyRules]


class PaymentServiceProvider(Protocol):
    """Every call may raise PspError; none may be made inside a transaction."""

    @property
    def name(self) -> str: ...

    @property
    def livemode(self) -> bool: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def refuse_while_open(self) -> None:
        """Passes while calls are made at all; no network. For who would write something down before calling.

        Raises:
            CircuitOpen: nothing would be sent now.
        """
        ...

    def wire_request(self, request: RegisterPayment) -> dict[str, str]:
        """The parameters as they will be sent: plain JSON, to be stored before the first attempt. No network."""
        ...

    def register_payment(self, request: RegisterPayment | StoredRequest) -> RegisteredPayment:
        """Opens the hosted page. The same key with the same request brings back the same session."""
        ...

    def fetch_payment(self, session_id: str) -> PaymentSnapshot:
        """The payment as it is now."""
        ...

    def find_payment(self, reference: str, created_after: datetime) -> PaymentSnapshot | None:
        """Looks a payment up by our reference among the sessions created since (the first attempt's time).

        None only when the PSP's whole list was read; OutcomeUnknown when it is longer than may be read.
        """
        ...

    def expire_payment(self, session_id: str, idempotency_key: str) -> PaymentSnapshot:
        """Closes the hosted page. A page that is closed or paid already is no error: the snapshot says which."""
        ...

    def fetch_balance(self) -> Balance: ...

    def fetch_charge_balance_transaction(self, charge_id: str) -> BalanceTransaction | None:
        """The movement that a charge made; None while the PSP has not made it yet."""
        ...

    def list_balance_transactions(
        self, *, created_from: datetime, created_before: datetime
    ) -> Iterator[BalanceTransaction]:
        """All movements of the time, newest first."""
        ...

    def verify_and_parse_webhook(
        self, body: bytes, signature_headers: Sequence[str], now: datetime
    ) -> PspEvent:
        """A delivery that is genuine and fresh. `now` is the wall clock: a test clock does not move signatures.

        Raises:
            WebhookSignatureInvalid, WebhookTimestampOutOfTolerance, WebhookPayloadInvalid, and nothing else.
        """
        ...

    def interpret(self, event_payload: Mapping[str, Any]) -> PaymentNews:
        """What a stored event says of a payment. Pure.

        Raises:
            UnreadableEvent: its object does not look as agreed.
        """
        ...
