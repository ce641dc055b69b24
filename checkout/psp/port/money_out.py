"""Sending money: transfers to a seller's account at the PSP, what is taken back of them, and payouts to a bank.

A payout of ours is two objects of the PSP, each under its own key: a transfer, then a payout on the seller's account.
`reference` is our payout's id everywhere. `wire` holds the parameters as they were written down before the first
attempt, made by `wire_of()`; they are sent unchanged, whatever a newer version would make of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from checkout.core.money import Money

PLATFORM = ""  # as an account: our own balance at the PSP

PayoutMethod = Literal["standard", "instant"]
BankPayoutStatus = Literal["pending", "in_transit", "paid", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class CreateTransfer:
    """Moves money from our balance to a seller's account (`destination`). Key: `<payout>:transfer`."""

    reference: str
    idempotency_key: str
    amount: Money
    destination: str
    wire: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReverseTransfer:
    """Takes a transfer back, wholly or in part, as far as the seller's account still holds it. Key:
    `<payout>:reversal`."""

    reference: str
    idempotency_key: str
    transfer_id: str
    amount: Money
    wire: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class CreateBankPayout:
    """Sends money from an account at the PSP to its bank. Key: `<payout>:payout`. `account` PLATFORM: from our own
    balance to our bank."""

    reference: str
    idempotency_key: str
    amount: Money
    account: str
    method: PayoutMethod = "standard"
    wire: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """`reference` None: not made by us. `balance_transaction` is the movement on our balance."""

    id: str
    reference: str | None
    amount: Money
    amount_reversed: Money
    destination: str
    balance_transaction: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TransferReversal:
    id: str
    transfer_id: str
    reference: str | None
    amount: Money
    balance_transaction: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutFailure:
    """Why a bank did not take a payout: our reason (a key of psp/payout_failures.py), the PSP's own code and its words."""

    code: str
    psp_code: str
    message: str


@dataclass(frozen=True, slots=True)
class BankPayout:
    """A payout as the PSP shows it now. `failed` may follow `paid`: the bank sent the money back.

    `arrives_on` is the PSP's estimate. The movements are those of `account`'s own balance.
    """

    id: str
    account: str
    reference: str | None
    amount: Money
    status: BankPayoutStatus
    method: str
    arrives_on: datetime
    failure: PayoutFailure | None
    balance_transaction: str | None
    failure_balance_transaction: str | None
    bank_account: str | None
    automatic: bool
    created_at: datetime
