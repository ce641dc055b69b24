"""Emails on the test's database, into the mailbox or to a mail server of this test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from checkout import notifications
from checkout.core.ids import encode, new_uuid
from checkout.notifications.payment_email import send_payment_email
from checkout.payments.links import StatusLinks
from checkout.tasks import ClaimedTask
from tests.conftest import Database
from tests.product import free_port

PUBLIC_URL = "https://pay.example"
SECRET_KEY = "a secret for tests that is long enough"


def configure(smtp_url: str | None = None) -> None:
    notifications.configure(
        smtp_url=smtp_url,
        email_from="no-reply@pay.example",
        public_url=PUBLIC_URL,
        links=StatusLinks(PUBLIC_URL, SECRET_KEY),
        business_tz="Europe/Berlin",
    )


@pytest.fixture
def mailbox(db: Database) -> Callable[[], list[dict[str, Any]]]:
    """The development mailbox, oldest first."""
    configure()
    return lambda: db.rows("SELECT * FROM mailbox_messages ORDER BY id")


def task(fact: str, payment: UUID) -> ClaimedTask:
    """What is staged when the fact is emitted."""
    return ClaimedTask(
        id=new_uuid(),
        queue="mail",
        kind="notifications.payment_email",
        args={"event": str(new_uuid()), "type": fact, "object": encode("pay", payment)},
        attempts=1,
        max_attempts=8,
        fencing_token=1,
    )


def tell(fact: str, payment: UUID) -> None:
    send_payment_email(task(fact, payment))


@dataclass
class PostBox:
    """A mail server that takes what it gets, or answers as it is told to."""

    url: str = ""
    received: list[Envelope] = field(default_factory=list)
    answer: str = "250 taken"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            self.received.append(envelope)
        return self.answer

    def wait_for(self, count: int, *, seconds: float = 30) -> list[Envelope]:
        until = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < until:
            time.sleep(0.01)
        return self.received


@pytest.fixture
def post_box(db: Database) -> Iterator[PostBox]:
    handler = PostBox()
    port = free_port()
    controller = Controller(  # it connects to itself: no port 0
        handler, hostname="127.0.0.1", port=port, ready_timeout=60
    )
    controller.start()
    handler.url = f"smtp://127.0.0.1:{port}"
    configure(handler.url)
    yield handler
    controller.stop()
