"""Giving a shopper's money back through the PSP: what is asked, how a refund stands, and what an event says of it.

`reference` is our refund's id everywhere. `wire` holds the parameters as they were written down before the first
attempt, made by `refund_wire()`; they are sent unchanged, whatever a newer version would make of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from checkout.core.money import Money

RefundStatus = Literal["pending", "succeeded", "failed"]
RefundReason = Literal["requested_by_customer", "duplicate", "fraudulent"]


@dataclass(frozen=True, slots=True)
class CreateRefund:
    """Sends money back to where a payment came from. `payment_reference` is our payment's id; `intent_id` and
    `charge_id` are the PSP's."""

    reference: str
    payment_reference: str
    idempotency_key: str
    intent_id: str
    charge_id: str | None
    amount: Money
    reason: RefundReason | None = None
    wire: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the PSP shows it now. `failed` may follow `succeeded`: the bank sent the money back.

    `reference` None: not made by us. `psp_status` and `failure_reason` are the PSP's own words. The movements on our
    balance: `balance_transaction` took the money, `failure_balance_transaction` brought it back; None while there is
    none. They say where the money is, the status does not.
    """

    id: str
    reference: str | None
    charge_id: str | None
    intent_id: str | None
    amount: Money
    status: RefundStatus
    psp_status: str
    failure_reason: str | None
    balance_transaction: str | None
    failure_balance_transaction: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RefundNews:
    """refund.created, .updated, .failed, charge.refund.updated: the refund as it was then. charge.refunded names no
    refund (`refund` None): list those of `intent_id`."""

    refund: Refund | None
    charge_id: str | None
    intent_id: str | None
    at: datetime


class GivesMoneyBack(Protocol):
    """A definite refusal is InsufficientFunds or InvalidRequest (its `psp_code` says why: refunded already, disputed,
    more than is left); only OutcomeUnknown may have sent money back.

    Look-ups answer None only from a complete list; that proves "not there" after the key window, or read twice a
    minute apart.
    """

    def refund_wire(self, request: CreateRefund) -> dict[str, str]:
        """The parameters as they will be sent: plain JSON, to be stored before the first attempt. No network.

        Raises:
            InvalidRequest: the PSP cannot send this amount back: its currency, or its step (refund_step_minor).
        """
        ...

    def create_refund(self, request: CreateRefund) -> Refund:
        """Asks for the refund. The same key with the same request brings back the same refund."""
        ...

    def fetch_refund(self, refund_id: str) -> Refund: ...

    def find_refund(self, reference: str, intent_id: str) -> Refund | None:
        """Our refund among those of the payment; OutcomeUnknown where there are several: a person must look."""
        ...

    def list_refunds(self, intent_id: str) -> tuple[Refund, ...]:
        """All refunds of a payment, whoever made them, newest first."""
        ...
