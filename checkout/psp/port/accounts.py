"""Sellers' accounts at the PSP: what is asked when one is opened, and how one stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CreateConnectedAccount:
    """Opens an account that we pay a seller through. `reference` is our seller's id, `country` ISO 3166.

    `wire`: the parameters as they were written down before the first attempt; None: made from the rest now.
    """

    reference: str
    idempotency_key: str
    country: str
    business_name: str
    email: str | None = None
    default_currency: str | None = None
    wire: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SetBankAccount:
    """The bank account that payouts of a connected account go to. `number` is an IBAN, or the country's own account
    number with `routing_number`; it is sealed wherever it is kept, so its parameters are never written down."""

    idempotency_key: str
    country: str
    currency: str
    number: str = field(repr=False)
    holder_name: str
    routing_number: str | None = None


@dataclass(frozen=True, slots=True)
class Requirements:
    """What the PSP still wants to know of a seller, in the PSP's own names. `disabled_reason` None: nothing is held up.

    `errors` says in words what was wrong with what was handed in.
    """

    currently_due: tuple[str, ...] = ()
    past_due: tuple[str, ...] = ()
    pending_verification: tuple[str, ...] = ()
    disabled_reason: str | None = None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BankAccount:
    """As the PSP shows it: never the whole number."""

    id: str
    currency: str
    country: str
    bank_name: str | None
    last4: str


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """An account as the PSP shows it now. `reference` is our seller's id, None for one that is not ours.

    `payouts_enabled` and `transfers_enabled` together: money can be sent to the seller.
    """

    id: str
    reference: str | None
    country: str | None
    default_currency: str | None
    details_submitted: bool
    payouts_enabled: bool
    transfers_enabled: bool
    requirements: Requirements
    bank_accounts: tuple[BankAccount, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AccountLink:
    """The address of the PSP's own page where a seller hands in what is missing. It works once, for minutes."""

    url: str
    expires_at: datetime
