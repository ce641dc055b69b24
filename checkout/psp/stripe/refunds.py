"""Refunds at Stripe: by the payment's intent, under our own key. Each answer is compared with what was asked for
before it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from checkout.psp.errors import (
    Declined,
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    RefundContradicted,
)
from checkout.psp.port import CreateRefund, Refund
from checkout.psp.stripe.calls import Calls, believing, path_id
from checkout.psp.stripe.client import NOT_COVERED
from checkout.psp.stripe.currencies import CURRENCIES
from checkout.psp.stripe.reading import Unreadable, to_wire
from checkout.psp.stripe.refund_reading import REFUND_KEY, refund_of
from checkout.psp.stripe.sessions import PAYMENT_KEY

REFUNDS: Final = "/v1/refunds"
MAX_PAGES_OF_REFUNDS: Final = 10  # of one payment


def refund_parameters(request: CreateRefund) -> dict[str, str]:
    """The parameters of POST /v1/refunds. There is no currency among them: it is the charge's.

    Raises:
        InvalidRequest: Stripe cannot send the amount back: its currency, its step, or nothing at all; or no payment of
            Stripe's is named.
    """
    amount = request.amount
    rules = CURRENCIES.get(amount.currency)
    if rules is None:
        raise InvalidRequest(f"Stripe does not send {amount.currency}", psp_code="currency_not_supported")
    if not 0 < amount.amount_minor <= rules.maximum_minor:
        raise InvalidRequest(f"Stripe does not send {amount}", psp_code="amount_out_of_range")
    if amount.amount_minor % rules.refund_step_minor:
        raise InvalidRequest(f"{amount} is no multiple of Stripe's step", psp_code="amount_step")
    wire = {
        "payment_intent": path_id(request.intent_id),
        "amount": str(to_wire(amount)),
        f"metadata[{REFUND_KEY}]": request.reference,
        f"metadata[{PAYMENT_KEY}]": request.payment_reference,
    }
    if request.reason:
        wire["reason"] = request.reason
    return wire


class Refunds(Calls):
    """The adapter's part that gives money back."""

    def refund_wire(self, request: CreateRefund) -> dict[str, str]:
        return refund_parameters(request)

    def create_refund(self, request: CreateRefund) -> Refund:
        wire = self.refund_wire(request) if request.wire is None else request.wire
        with _refusing():
            answer = self._client.post(REFUNDS, wire, key=request.idempotency_key)
        with believing():
            made = refund_of(answer)
        _check_asked_for(made, request)
        return made

    def fetch_refund(self, refund_id: str) -> Refund:
        answer = self._client.get(f"{REFUNDS}/{path_id(refund_id)}")
        with believing():
            found = refund_of(answer)
            if found.id != refund_id:
                raise Unreadable("another refund")
            return found

    def find_refund(self, reference: str, intent_id: str) -> Refund | None:
        found = [made for made in self.list_refunds(intent_id) if made.reference == reference]
        if len(found) > 1:
            raise OutcomeUnknown(f"{len(found)} refunds of ours at the PSP where there should be one")
        return found[0] if found else None

    def list_refunds(self, intent_id: str) -> tuple[Refund, ...]:
        of_payment = {"payment_intent": path_id(intent_id)}
        with believing():
            found = tuple(refund_of(item) for item in self._pages(REFUNDS, of_payment, MAX_PAGES_OF_REFUNDS))
            if any(made.intent_id != intent_id for made in found):
                raise Unreadable("refunds of another payment")
            return found


@contextmanager
def _refusing() -> Iterator[None]:
    """A refund is not declined as a card is: 402 says that our balance does not cover it, or that it cannot be."""
    try:
        yield
    except Declined as refusal:
        kind = InsufficientFunds if refusal.psp_code in NOT_COVERED else InvalidRequest
        raise kind(refusal.detail, psp_code=refusal.psp_code) from None


def _check_asked_for(made: Refund, request: CreateRefund) -> None:
    asked = (request.reference, request.amount, request.intent_id, request.charge_id or made.charge_id)
    if (made.reference, made.amount, made.intent_id, made.charge_id) != asked:
        raise RefundContradicted(f"{made.id} is not the refund that was asked for", refund_id=made.id)
