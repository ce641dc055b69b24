"""A storefront with two sellers, a PSP in memory, and short ways to start a payment and look at it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from checkout.core.cause import Cause
from checkout.core.errors import DomainError
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.idempotency import fingerprint
from checkout.identity import storefronts
from checkout.payments import apply_news
from checkout.payments.answer import Answer
from checkout.payments.commands import Customer, NewLine, NewOrder, StartPayment
from checkout.payments.links import StatusLinks
from checkout.payments.queries import get_view
from checkout.payments.start import start_payment
from checkout.payments.views import PaymentView
from checkout.psp import registry
from checkout.sellers.create import create_seller
from tests.payments.fake_psp import FakePsp

REQUEST = Cause("request", "req_test")
LINKS = StatusLinks("https://pay.example", "a secret of the tests")


class PlainRenderer:
    """Enough of a representation to see which state was answered."""

    def payment(self, view: PaymentView, *, status: int) -> Answer:
        document = {
            "id": view.public_id,
            "status": view.status,
            "url": view.hosted_url,
            "version": view.version,
        }
        return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def problem(self, error: DomainError) -> Answer:
        statuses = {"psp_rejected": 424}
        document = {"code": error.code, "detail": error.detail, **error.extra}
        return Answer(
            statuses[error.code], json.dumps(document).encode(), {"Content-Type": "application/problem+json"}
        )


@dataclass
class Shop:
    """A storefront, its sellers Ada (10 %) and Bao (10 %), and the PSP its shoppers pay at."""

    storefront_id: UUID
    ada: UUID
    bao: UUID
    psp: FakePsp
    render: PlainRenderer = field(default_factory=PlainRenderer)

    def command(
        self, amounts: tuple[int, ...] = (1500, 990), currency: str = "EUR", **changes: Any
    ) -> StartPayment:
        """24.90 EUR: Ada 15.00 with 3.00 logistics, Bao 9.90."""
        sellers = (self.ada, self.bao)
        orders = tuple(
            NewOrder(
                seller_id=sellers[n % 2],
                reference=f"1042-{'AB'[n % 2]}",
                amount=Money(amount, currency),
                logistics_fee=Money(300, currency) if n == 0 and amount > 300 else None,
                lines=(NewLine("Mug", 1, Money(amount, currency), sku="MUG"),),
            )
            for n, amount in enumerate(amounts)
        )
        command = StartPayment(
            storefront_id=self.storefront_id,
            livemode=False,
            amount=Money(sum(amounts), currency),
            orders=orders,
            customer=Customer("jo@example.org", "Jo", "de-DE", "DE"),
            return_url="https://shop.example/thanks",
            cancel_url="https://shop.example/cart",
            metadata={"cart": "c-77"},
            fingerprint=b"",
        )
        command = replace(command, **changes)
        if not command.fingerprint:
            body = {
                "amount": command.amount.amount_minor,
                "payment_id": str(command.payment_id),
                "n": str(amounts),
            }
            command = replace(command, fingerprint=fingerprint("POST", "/v1/payments", body))
        return command

    def start(self, command: StartPayment | None = None, key: str | None = None, **options: Any) -> Answer:
        return start_payment(
            command or self.command(),
            principal=options.pop("principal", f"storefront:{self.storefront_id}"),
            key=key or str(uuid4()),
            cause=REQUEST,
            psp=self.psp,
            links=LINKS,
            render=self.render,
            **options,
        )

    def started(self, *args: Any, **options: Any) -> PaymentView:
        """A payment that waits for its shopper."""
        return self.view(self.start(self.command(*args, **options)))

    def view(self, answer: Answer | UUID) -> PaymentView:
        return get_view(answer if isinstance(answer, UUID) else decode("pay", json.loads(answer.body)["id"]))

    def hears(self, news: Any, snapshot: Any = None, event: str = "evt_1") -> UUID | None:
        """The inbox's task applies an event."""
        with atomic() as session:
            return apply_news(session, news, snapshot, cause=Cause("event", event))

    def paid(self, *args: Any, **options: Any) -> PaymentView:
        """A payment whose money was captured."""
        payment = self.started(*args, **options)
        assert payment.psp_session_id is not None
        self.hears(self.psp.captured(payment.psp_session_id))
        return self.view(payment.id)


@pytest.fixture
def psp():
    return FakePsp()


@pytest.fixture
def shop(db, psp):
    with atomic() as session:
        storefront = storefronts.create(
            session, name="Demo shop", origins=["https://shop.example"], cause=Cause("cli", "test")
        )
        ada = create_seller(session, name="Ada's Pottery", commission_bps=1000, cause=Cause("cli", "test"))
        bao = create_seller(session, name="Bao Tea", commission_bps=1000, cause=Cause("cli", "test"))
    registry.use(psp)
    return Shop(storefront.id, ada, bao, psp)


def ledger(db) -> list[tuple[str, str, str, int]]:
    """Every posting: (entry kind, account kind, currency, amount)."""
    rows = db.rows("""
        SELECT e.kind, a.kind AS account, p.currency, p.amount_minor
          FROM postings p JOIN journal_entries e ON e.id = p.entry_id JOIN ledger_accounts a ON a.id = p.account_id
         ORDER BY e.sequence, p.id
    """)
    return [(row["kind"], row["account"], row["currency"], row["amount_minor"]) for row in rows]


def events(db) -> list[str]:
    return [row["type"] for row in db.rows("SELECT type FROM events ORDER BY sequence")]


def history(db, payment_id) -> list[str]:
    rows = db.rows(
        "SELECT to_status FROM payment_transitions WHERE payment_id = %(id)s ORDER BY version", id=payment_id
    )
    return [row["to_status"] for row in rows]
