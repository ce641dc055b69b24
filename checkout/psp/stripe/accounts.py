"""Connected accounts at Stripe: ours to control, without a dashboard of their own, paid out by hand alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from checkout.psp.port import AccountLink, Balance, ConnectedAccount, CreateConnectedAccount, SetBankAccount
from checkout.psp.stripe.account_reading import SELLER_KEY, account_link_of, connected_account_of
from checkout.psp.stripe.balance import balance_of
from checkout.psp.stripe.calls import Calls, believing, path_id, since
from checkout.psp.stripe.reading import Unreadable, nested

ACCOUNTS: Final = "/v1/accounts"
MAX_PAGES_OF_ACCOUNTS: Final = 1_000


def account_parameters(request: CreateConnectedAccount) -> dict[str, str]:
    """The parameters of POST /v1/accounts: the platform collects what is required (on Stripe's page), bears losses
    and fees, and nothing leaves the account that we did not ask for."""
    wire = {
        "country": request.country,
        "business_profile[name]": request.business_name,
        "capabilities[transfers][requested]": "true",
        "controller[fees][payer]": "application",
        "controller[losses][payments]": "application",
        "controller[requirement_collection]": "application",
        "controller[stripe_dashboard][type]": "none",
        "settings[payouts][schedule][interval]": "manual",
        f"metadata[{SELLER_KEY}]": request.reference,
    }
    if request.email:
        wire["email"] = request.email
    if request.default_currency:
        wire["default_currency"] = request.default_currency.lower()
    return wire


class ConnectedAccounts(Calls):
    """The adapter's part that opens and reads sellers' accounts."""

    def create_connected_account(self, request: CreateConnectedAccount) -> ConnectedAccount:
        wire = account_parameters(request) if request.wire is None else request.wire
        answer = self._client.post(ACCOUNTS, wire, key=request.idempotency_key)
        with believing():
            account = connected_account_of(answer)
            if account.reference != request.reference:
                raise Unreadable("an account of another seller")
            return account

    def create_account_link(
        self, account_id: str, *, refresh_url: str, return_url: str, idempotency_key: str
    ) -> AccountLink:
        wire = {
            "account": path_id(account_id),
            "refresh_url": refresh_url,
            "return_url": return_url,
            "type": "account_onboarding",
        }
        answer = self._client.post("/v1/account_links", wire, key=idempotency_key)
        with believing():
            return account_link_of(answer)

    def fetch_connected_account(self, account_id: str) -> ConnectedAccount:
        answer = self._client.get(f"{ACCOUNTS}/{path_id(account_id)}")
        with believing():
            return _of(connected_account_of(answer), account_id)

    def find_connected_account(self, reference: str, created_after: datetime) -> ConnectedAccount | None:
        for account in self._pages(ACCOUNTS, since(created_after), MAX_PAGES_OF_ACCOUNTS):
            with believing():
                if nested(account, "metadata").get(SELLER_KEY) == reference:
                    return connected_account_of(account)
        return None

    def set_bank_account(self, account_id: str, request: SetBankAccount) -> ConnectedAccount:
        place = "external_account"
        wire = {
            f"{place}[object]": "bank_account",
            f"{place}[country]": request.country,
            f"{place}[currency]": request.currency.lower(),
            f"{place}[account_number]": request.number,
            f"{place}[account_holder_name]": request.holder_name,
        }
        if request.routing_number:
            wire[f"{place}[routing_number]"] = request.routing_number
        path = f"{ACCOUNTS}/{path_id(account_id)}"
        answer = self._client.post(path, wire, key=request.idempotency_key)
        with believing():
            return _of(connected_account_of(answer), account_id)

    def fetch_connected_balance(self, account_id: str) -> Balance:
        answer = self._client.get("/v1/balance", account=path_id(account_id))
        with believing():
            return balance_of(answer)


def _of(account: ConnectedAccount, account_id: str) -> ConnectedAccount:
    if account.id != account_id:
        raise Unreadable("another account")
    return account
