"""Transfers, their reversals and payouts at Stripe: separate charges and transfers, a payout made on the seller's
account. Each answer is compared with what was asked for before it is believed."""

from __future__ import annotations

from datetime import datetime
from typing import Final, assert_never

from checkout.core.money import Money
from checkout.psp.errors import InvalidRequest, OutcomeUnknown
from checkout.psp.port import (
    PLATFORM,
    BankPayout,
    CreateBankPayout,
    CreateConnectedAccount,
    CreateTransfer,
    MoneyOutRequest,
    ReverseTransfer,
    Transfer,
    TransferReversal,
)
from checkout.psp.stripe.accounts import account_parameters
from checkout.psp.stripe.calls import Calls, believing, path_id, since
from checkout.psp.stripe.currencies import CURRENCIES
from checkout.psp.stripe.money_out_reading import PAYOUT_KEY, payout_of, reversal_of, transfer_of
from checkout.psp.stripe.reading import Unreadable, boolean, nested, to_wire

TRANSFERS: Final = "/v1/transfers"
PAYOUTS: Final = "/v1/payouts"
MAX_PAGES_OF_TRANSFERS: Final = 10  # of one transfer group: there should be one transfer
MAX_PAGES_OF_REVERSALS: Final = 10
MAX_PAGES_OF_PAYOUTS: Final = 100  # of one account since a first attempt


def money_out_parameters(request: MoneyOutRequest) -> dict[str, str]:
    """The parameters of whatever a request asks for.

    Raises:
        InvalidRequest: Stripe cannot send the amount: its currency, its step, or nothing at all.
    """
    match request:
        case CreateConnectedAccount():
            return account_parameters(request)
        case CreateTransfer():
            return _amount(request.amount) | {
                "destination": request.destination,
                "transfer_group": request.reference,
                f"metadata[{PAYOUT_KEY}]": request.reference,
            }
        case ReverseTransfer():
            _check(request.amount)
            return {
                "amount": str(to_wire(request.amount)),
                f"metadata[{PAYOUT_KEY}]": request.reference,
            }
        case CreateBankPayout():
            return _amount(request.amount) | {
                "method": request.method,
                f"metadata[{PAYOUT_KEY}]": request.reference,
            }
        case _:
            assert_never(request)


class MoneyOut(Calls):
    """The adapter's part that sends money."""

    def wire_of(self, request: MoneyOutRequest) -> dict[str, str]:
        return money_out_parameters(request)

    def create_transfer(self, request: CreateTransfer) -> Transfer:
        wire = self.wire_of(request) if request.wire is None else request.wire
        answer = self._client.post(TRANSFERS, wire, key=request.idempotency_key)
        with believing():
            made = transfer_of(answer)
            _same_mode(boolean(answer, "livemode"), self.livemode)
            asked = (request.reference, request.amount, request.destination)
            if (made.reference, made.amount, made.destination) != asked:
                raise Unreadable("a transfer of something else")
            return made

    def fetch_transfer(self, transfer_id: str) -> Transfer:
        answer = self._client.get(f"{TRANSFERS}/{path_id(transfer_id)}")
        with believing():
            found = transfer_of(answer)
            if found.id != transfer_id:
                raise Unreadable("another transfer")
            return found

    def find_transfer(self, reference: str) -> Transfer | None:
        group = {"transfer_group": reference}
        with believing():
            found = [
                transfer_of(item)
                for item in self._pages(TRANSFERS, group, MAX_PAGES_OF_TRANSFERS)
                if item.get("transfer_group") == reference
            ]
        if len(found) > 1:
            raise OutcomeUnknown(f"{len(found)} transfers of one payout")
        return found[0] if found else None

    def reverse_transfer(self, request: ReverseTransfer) -> TransferReversal:
        wire = self.wire_of(request) if request.wire is None else request.wire
        path = f"{TRANSFERS}/{path_id(request.transfer_id)}/reversals"
        answer = self._client.post(path, wire, key=request.idempotency_key)
        with believing():
            made = reversal_of(answer)
            if (made.transfer_id, made.amount) != (request.transfer_id, request.amount):
                raise Unreadable("a reversal of something else")
            return made

    def list_transfer_reversals(self, transfer_id: str) -> tuple[TransferReversal, ...]:
        path = f"{TRANSFERS}/{path_id(transfer_id)}/reversals"
        with believing():
            return tuple(reversal_of(item) for item in self._pages(path, {}, MAX_PAGES_OF_REVERSALS))

    def create_payout(self, request: CreateBankPayout) -> BankPayout:
        wire = self.wire_of(request) if request.wire is None else request.wire
        account = _account(request.account)
        answer = self._client.post(PAYOUTS, wire, key=request.idempotency_key, account=account)
        with believing():
            made = payout_of(answer, account)
            _same_mode(boolean(answer, "livemode"), self.livemode)
            if (made.reference, made.amount) != (request.reference, request.amount):
                raise Unreadable("a payout of something else")
            return made

    def fetch_payout(self, payout_id: str, *, account: str = PLATFORM) -> BankPayout:
        answer = self._client.get(f"{PAYOUTS}/{path_id(payout_id)}", account=_account(account))
        with believing():
            found = payout_of(answer, account)
            if found.id != payout_id:
                raise Unreadable("another payout")
            return found

    def find_payout(
        self, reference: str, *, account: str = PLATFORM, created_after: datetime
    ) -> BankPayout | None:
        made_since = since(created_after)
        with believing():
            for item in self._pages(PAYOUTS, made_since, MAX_PAGES_OF_PAYOUTS, _account(account)):
                if nested(item, "metadata").get(PAYOUT_KEY) == reference:
                    return payout_of(item, account)
        return None

    def cancel_payout(self, payout_id: str, idempotency_key: str, *, account: str = PLATFORM) -> BankPayout:
        path = f"{PAYOUTS}/{path_id(payout_id)}/cancel"
        try:
            answer = self._client.post(path, {}, key=idempotency_key, account=_account(account))
        except InvalidRequest:  # it has left already, or has ended: what it is now says which
            return self.fetch_payout(payout_id, account=account)
        with believing():
            return payout_of(answer, account)


def _amount(amount: Money) -> dict[str, str]:
    _check(amount)
    return {"amount": str(to_wire(amount)), "currency": amount.currency.lower()}


def _check(amount: Money) -> None:
    rules = CURRENCIES.get(amount.currency)
    if rules is None:
        raise InvalidRequest(f"Stripe does not send {amount.currency}", psp_code="currency_not_supported")
    if amount.amount_minor <= 0:
        raise InvalidRequest(f"Stripe does not send {amount}", psp_code="amount_out_of_range")
    if amount.amount_minor % rules.payout_step_minor:
        raise InvalidRequest(f"{amount} is no multiple of Stripe's step", psp_code="amount_step")


def _account(account: str) -> str:
    return path_id(account) if account else PLATFORM


def _same_mode(livemode: bool, ours: bool) -> None:
    if livemode != ours:
        raise Unreadable("an object of another mode")
