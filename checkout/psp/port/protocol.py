"""The protocol that every adapter speaks: taking money, sellers' accounts, sending money, giving it back, disputes, and
the PSP's own word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from checkout.psp.events import PaymentNews, PspEvent
from checkout.psp.port.accounts import AccountLink, ConnectedAccount, CreateConnectedAccount, SetBankAccount
from checkout.psp.port.balance import Balance, BalanceTransaction
from checkout.psp.port.capabilities import Capabilities
from checkout.psp.port.disputes import AnswersDisputes, DisputeNews
from checkout.psp.port.money_out import (
    PLATFORM,
    BankPayout,
    CreateBankPayout,
    CreateTransfer,
    ReverseTransfer,
    Transfer,
    TransferReversal,
)
from checkout.psp.port.news import MoneyOutNews
from checkout.psp.port.payments import PaymentSnapshot, RegisteredPayment, RegisterPayment, StoredRequest
from checkout.psp.port.refunds import GivesMoneyBack, RefundNews
from checkout.psp.port.settlement import TellsSettlement

MoneyBackNews = RefundNews | DisputeNews
MoneyOutRequest = CreateConnectedAccount | CreateTransfer | ReverseTransfer | CreateBankPayout


class SellersAccounts(Protocol):
    """Opening accounts for sellers and reading how they stand."""

    def create_connected_account(self, request: CreateConnectedAccount) -> ConnectedAccount: ...

    def create_account_link(
        self, account_id: str, *, refresh_url: str, return_url: str, idempotency_key: str
    ) -> AccountLink:
        """A page where the seller hands in what is missing."""
        ...

    def fetch_connected_account(self, account_id: str) -> ConnectedAccount: ...

    def find_connected_account(self, reference: str, created_after: datetime) -> ConnectedAccount | None:
        """By our seller's id, among those created since. None only when the whole list was read."""
        ...

    def set_bank_account(self, account_id: str, request: SetBankAccount) -> ConnectedAccount:
        """Where the account's payouts go from now on."""
        ...

    def fetch_connected_balance(self, account_id: str) -> Balance: ...


class SendsMoney(Protocol):
    """A definite refusal is InsufficientFunds or InvalidRequest; only OutcomeUnknown may have moved money.

    Look-ups answer None only from a complete list; that proves "not there" after the key window, or read twice a
    minute apart.
    """

    def wire_of(self, request: MoneyOutRequest) -> dict[str, str]:
        """The parameters as they will be sent: plain JSON, to be stored before the first attempt. No network.

        Raises:
            InvalidRequest: the PSP cannot send this amount: its currency, or its step.
        """
        ...

    def create_transfer(self, request: CreateTransfer) -> Transfer: ...

    def fetch_transfer(self, transfer_id: str) -> Transfer: ...

    def find_transfer(self, reference: str) -> Transfer | None:
        """The transfer of our payout; OutcomeUnknown where there are several: a person must look."""
        ...

    def reverse_transfer(self, request: ReverseTransfer) -> TransferReversal: ...

    def list_transfer_reversals(self, transfer_id: str) -> tuple[TransferReversal, ...]:
        """All that was taken back of a transfer, newest first."""
        ...

    def create_payout(self, request: CreateBankPayout) -> BankPayout: ...

    def fetch_payout(self, payout_id: str, *, account: str = PLATFORM) -> BankPayout: ...

    def find_payout(
        self, reference: str, *, account: str = PLATFORM, created_after: datetime
    ) -> BankPayout | None:
        """The bank payout of our payout on an account, among those created since the first attempt."""
        ...

    def cancel_payout(self, payout_id: str, idempotency_key: str, *, account: str = PLATFORM) -> BankPayout:
        """Calls back a payout that has not left yet. One that has is no error: the answer says how it stands."""
        ...


class TakesPayments(Protocol):
    """Hosted pages and what became of them."""

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

    def list_open_pages(
        self, *, created_from: datetime, created_before: datetime
    ) -> Iterator[PaymentSnapshot]:
        """The hosted pages made in that time that are open: nobody has paid on them. Neither declines nor methods are
        shown. OutcomeUnknown when there are more than may be read."""
        ...

    def expire_payment(self, session_id: str, idempotency_key: str) -> PaymentSnapshot:
        """Closes the hosted page. A page that is closed or paid already is no error: the snapshot says which."""
        ...

    def fetch_charge_balance_transaction(self, charge_id: str) -> BalanceTransaction | None:
        """The movement that a charge made; None while the PSP has not made it yet."""
        ...


class PaymentServiceProvider(
    TakesPayments, SellersAccounts, SendsMoney, GivesMoneyBack, AnswersDisputes, TellsSettlement, Protocol
):
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

    def fetch_balance(self) -> Balance: ...

    def list_balance_transactions(
        self, *, created_from: datetime, created_before: datetime, account: str = PLATFORM
    ) -> Iterator[BalanceTransaction]:
        """All movements of the time, newest first: on our balance, or on a seller's account."""
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

    def interpret_money_out(self, event_payload: Mapping[str, Any]) -> MoneyOutNews | None:
        """What a stored event says of a seller's account or of money on its way out; None: nothing. Pure.

        Raises:
            UnreadableEvent: its object does not look as agreed.
        """
        ...

    def interpret_money_back(self, event_payload: Mapping[str, Any]) -> MoneyBackNews | None:
        """What a stored event says of a refund or a dispute; None: nothing. Pure.

        Raises:
            UnreadableEvent: its object does not look as agreed.
        """
        ...
