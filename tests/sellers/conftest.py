"""Sellers whose PSP is the mock, over the wire: tasks run and events are delivered when a test says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import requests

from checkout import notifications, tasks
from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.inbox import apply_inbox_event, receive
from checkout.inbox.account_events import apply_account_event
from checkout.inbox.routes import ACCOUNT_EVENT
from checkout.inbox.stages import APPLY
from checkout.notifications.payout_account_email import send_payout_account_email
from checkout.payments.links import StatusLinks
from checkout.psp import registry
from checkout.sellers.create import create_seller
from checkout.sellers.onboarding import OPEN_ACCOUNT, open_account, request_onboarding
from checkout.sellers.payout_accounts import SET_BANK_ACCOUNT, set_bank_account
from checkout.sellers.queries import SellerView, get_seller
from checkout.tasks.ring import DEFAULT_QUEUE, MAIL_QUEUE, WEBHOOK_QUEUE
from jobs.handler import Handler, Owning, Transactional
from jobs.run_task import run_task
from tests.psp.conftest import MockPsp, _running_mock, mock
from tests.psp.deliveries import encoded, signature

__all__ = ["_running_mock", "mock"]

CLI = Cause("cli", "root")
HANDLERS: dict[str, Handler] = {
    APPLY: Transactional(apply_inbox_event),
    ACCOUNT_EVENT: Owning(apply_account_event),
    OPEN_ACCOUNT: Owning(open_account),
    SET_BANK_ACCOUNT: Owning(set_bank_account),
    "notifications.payout_account_email": Owning(send_payout_account_email),
}


@dataclass
class Platform:
    """The platform's side of onboarding, with the mock PSP behind it."""

    mock: MockPsp
    offset_seconds: int = field(default=0)

    def onboarded(self, email: str | None = "ada+verified@example.org", **options: Any) -> UUID:
        """A seller whose onboarding was asked for; no task has run."""
        with atomic() as session:
            seller_id = create_seller(
                session,
                name="Ada's Pottery",
                commission_bps=1000,
                cause=CLI,
                email=email,
                **{"country": "DE"} | options,
            )
            request_onboarding(session, seller_id, cause=CLI)
        return seller_id

    def work(self) -> int:
        """Runs what is due, and what becomes due by it at once; returns how many tasks."""
        done = 0
        for queue in (DEFAULT_QUEUE, WEBHOOK_QUEUE, MAIL_QUEUE):
            while batch := tasks.claim(queue, worker="test", lease_seconds=60):
                for task in batch:
                    run_task(task, HANDLERS.get(task.kind))
                done += len(batch)
        return done

    def later(self, seconds: int) -> None:
        self.offset_seconds += seconds
        clock.configure(offset_seconds=self.offset_seconds)

    def seller(self, seller_id: UUID) -> SellerView:
        return get_seller(seller_id)

    def account_of(self, seller_id: UUID) -> str:
        return str(
            run("SELECT psp_account_id FROM connected_accounts WHERE seller_id = %(id)s", id=seller_id)[0][0]
        )

    def decide(self, seller_id: UUID, action: str) -> None:
        """The PSP's checks come to a result."""
        self.mock.control("POST", "accounts", {"account": self.account_of(seller_id), "action": action})

    def events_of(self, account: str) -> list[dict[str, Any]]:
        """What the mock sends about an account, oldest first."""
        answer = requests.get(
            f"{self.mock.running.base}/v1/events?limit=100",
            headers={"Authorization": "Bearer sk_test_mock", "Stripe-Account": account},
            timeout=10,
        )
        return list(answer.json()["data"][::-1])

    def deliver(self, *events: dict[str, Any]) -> None:
        for event in events:
            body = encoded(event)
            receive(body, [signature(body, at=clock.wallclock())], self.mock.adapter)

    def accounts_at_psp(self, seller_id: UUID) -> list[str]:
        """Every account that the mock has for a seller."""
        answer = requests.get(
            f"{self.mock.running.base}/v1/accounts?limit=100",
            headers={"Authorization": "Bearer sk_test_mock"},
            timeout=10,
        )
        named = encode("sel", seller_id)
        return [item["id"] for item in answer.json()["data"] if item["metadata"].get("seller") == named]


@pytest.fixture
def platform(db, mock):
    registry.use(mock.adapter)
    notifications.configure(
        smtp_url=None,
        email_from="no-reply@pay.example",
        public_url="https://pay.example",
        links=StatusLinks("https://pay.example", "a secret for tests that is long enough"),
        business_tz="Europe/Berlin",
    )
    yield Platform(mock)
    clock.configure()


def stored_text(db) -> str:
    """Everything that the tables of this package hold, as text."""
    rows = [
        *db.rows("SELECT * FROM sellers"),
        *db.rows("SELECT * FROM connected_accounts"),
        *db.rows("SELECT * FROM payout_accounts"),
        *db.rows("SELECT args FROM tasks"),
        *db.rows("SELECT * FROM audit_log"),
        *db.rows("SELECT * FROM events"),
    ]
    return json.dumps(rows, default=str)
