"""The port, spoken to Stripe. Every answer is checked before it is believed: another id, amount, currency or mode in a
readable answer is as unknown an outcome as no answer at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from checkout.psp.breaker import Breaker
from checkout.psp.errors import Contradicted, InvalidRequest
from checkout.psp.events import PaymentNews, PspEvent
from checkout.psp.port import (
    PLATFORM,
    Balance,
    BalanceTransaction,
    Capabilities,
    MoneyBackNews,
    MoneyOutNews,
    PaymentSnapshot,
    RegisteredPayment,
    RegisterPayment,
    StoredRequest,
)
from checkout.psp.stripe.accounts import ConnectedAccounts
from checkout.psp.stripe.balance import balance_of, balance_transaction_of
from checkout.psp.stripe.calls import believing, path_id, since
from checkout.psp.stripe.client import StripeClient
from checkout.psp.stripe.currencies import CURRENCIES
from checkout.psp.stripe.disputes import Disputes
from checkout.psp.stripe.money_back_news import money_back_news
from checkout.psp.stripe.money_out import MoneyOut
from checkout.psp.stripe.money_out_news import money_out_news
from checkout.psp.stripe.news import payment_news
from checkout.psp.stripe.reading import Object, Unreadable, boolean, moment, nested, text
from checkout.psp.stripe.refunds import Refunds
from checkout.psp.stripe.sessions import snapshot_of
from checkout.psp.stripe.settlement import REPORT_TYPE, Settlement
from checkout.psp.stripe.webhook import verified_event
from checkout.psp.stripe.wire import session_parameters

SESSIONS: Final = "/v1/checkout/sessions"
MAX_PAGES_OF_SESSIONS: Final = 100
MAX_PAGES_OF_TRANSACTIONS: Final = 20_000  # two million movements: twice a day's goal
WITH_CHARGE: Final = {"expand[0]": "payment_intent.latest_charge"}

CAPABILITIES: Final = Capabilities(
    key_window_hours=24,
    stores_errors=True,
    finds_by_reference=True,
    session_minutes_min=30,
    session_minutes_max=24 * 60,
    currencies=CURRENCIES,
    settlement_formats=(REPORT_TYPE,),
)


class StripeAdapter(ConnectedAccounts, MoneyOut, Refunds, Disputes, Settlement):
    """Stripe, or a program that speaks its protocol at `api_base`."""

    name = "stripe"
    capabilities = CAPABILITIES

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secrets: Sequence[str],
        api_base: str | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.breaker = breaker or Breaker(self.name)
        self.livemode = api_key.startswith(("sk_live_", "rk_live_"))
        self._secrets = tuple(webhook_secrets)
        self._client = StripeClient(api_key=api_key, api_base=api_base, breaker=self.breaker)

    def refuse_while_open(self) -> None:
        self.breaker.refuse_while_open()

    def wire_request(self, request: RegisterPayment) -> dict[str, str]:
        return session_parameters(request)

    def register_payment(self, request: RegisterPayment | StoredRequest) -> RegisteredPayment:
        wire = request.wire if isinstance(request, StoredRequest) else self.wire_request(request)
        answer = self._client.post(SESSIONS, wire, key=request.idempotency_key)
        with believing():
            return self._registered(answer, request)

    def fetch_payment(self, session_id: str) -> PaymentSnapshot:
        answer = self._client.get(f"{SESSIONS}/{path_id(session_id)}", WITH_CHARGE)
        with believing():
            return self._snapshot(answer, session_id)

    def find_payment(self, reference: str, created_after: datetime) -> PaymentSnapshot | None:
        for session in self._pages(SESSIONS, since(created_after), MAX_PAGES_OF_SESSIONS):
            if session.get("client_reference_id") == reference:
                return self.fetch_payment(str(session.get("id")))
        return None

    def list_open_pages(
        self, *, created_from: datetime, created_before: datetime
    ) -> Iterator[PaymentSnapshot]:
        during = {"status": "open", **_during(created_from, created_before)}
        for session in self._pages(SESSIONS, during, MAX_PAGES_OF_SESSIONS):
            with believing():
                page = snapshot_of(session)
            yield page

    def expire_payment(self, session_id: str, idempotency_key: str) -> PaymentSnapshot:
        try:
            answer = self._client.post(
                f"{SESSIONS}/{path_id(session_id)}/expire", WITH_CHARGE, key=idempotency_key
            )
        except InvalidRequest:  # it is complete or expired already: what it is now says which
            return self.fetch_payment(session_id)
        with believing():
            return self._snapshot(answer, session_id)

    def fetch_balance(self) -> Balance:
        answer = self._client.get("/v1/balance")
        with believing():
            return balance_of(answer)

    def fetch_charge_balance_transaction(self, charge_id: str) -> BalanceTransaction | None:
        answer = self._client.get(f"/v1/charges/{path_id(charge_id)}", {"expand[0]": "balance_transaction"})
        with believing():
            if text(answer, "id") != charge_id:
                raise Unreadable("another charge")
            made = nested(answer, "balance_transaction")
            return balance_transaction_of(made) if made else None

    def list_balance_transactions(
        self, *, created_from: datetime, created_before: datetime, account: str = PLATFORM
    ) -> Iterator[BalanceTransaction]:
        during = _during(created_from, created_before)
        path = "/v1/balance_transactions"
        for item in self._pages(path, during, MAX_PAGES_OF_TRANSACTIONS, account):
            with believing():
                made = balance_transaction_of(item)
            yield made

    def verify_and_parse_webhook(
        self, body: bytes, signature_headers: Sequence[str], now: datetime
    ) -> PspEvent:
        return verified_event(body, signature_headers, secrets=self._secrets, livemode=self.livemode, now=now)

    def interpret(self, event_payload: Mapping[str, Any]) -> PaymentNews:
        return payment_news(event_payload)

    def interpret_money_out(self, event_payload: Mapping[str, Any]) -> MoneyOutNews | None:
        return money_out_news(event_payload)

    def interpret_money_back(self, event_payload: Mapping[str, Any]) -> MoneyBackNews | None:
        return money_back_news(event_payload)

    def _registered(self, session: Object, request: RegisterPayment | StoredRequest) -> RegisteredPayment:
        """The session is ours: our reference, amount, currency and mode, and a page to send the shopper to."""
        snapshot = snapshot_of(session)
        if snapshot.reference != request.reference:
            raise Unreadable("a session for another payment")
        if snapshot.livemode != self.livemode:
            raise Unreadable("a session of another mode")
        if snapshot.amount != request.amount:
            detail = f"a session for {snapshot.amount} where {request.amount} was asked for"
            raise Contradicted(detail, session_id=snapshot.session_id)
        return RegisteredPayment(
            session_id=snapshot.session_id,
            hosted_url=_web_address(text(session, "url")),
            expires_at=moment(session, "expires_at"),
        )

    def _snapshot(self, session: Object, session_id: str) -> PaymentSnapshot:
        if text(session, "id") != session_id:
            raise Unreadable("another session")
        if boolean(session, "livemode") != self.livemode:
            raise Unreadable("a session of another mode")
        return snapshot_of(session)


def _during(created_from: datetime, created_before: datetime) -> dict[str, str]:
    return {
        "created[gte]": str(int(created_from.timestamp())),
        "created[lt]": str(int(created_before.timestamp())),
    }


def _web_address(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise Unreadable("url is no web address")
    return url
