"""Top a wallet up: a payment without orders, whose money becomes the customer's store credit. It is registered, paid,
resumed, synced and ended as every payment is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.payments.answer import Answer, Renderer
from checkout.payments.commands import TOP_UP, Customer, StartPayment
from checkout.payments.links import StatusLinks
from checkout.payments.start import LEASE_SECONDS, start_payment
from checkout.psp import PaymentServiceProvider
from checkout.shoppers import open_person

ROUTE = "POST /v1/customers/{customer_id}/wallet/top_ups"
READ = "SELECT storefront_id, key_sealed, details FROM shoppers WHERE id = %(id)s"


@dataclass(frozen=True, slots=True)
class TopUp:
    """What is asked for. `fingerprint` as in StartPayment."""

    shopper_id: UUID
    livemode: bool
    amount: Money
    return_url: str
    fingerprint: bytes
    cancel_url: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def start_top_up(
    top_up: TopUp,
    *,
    principal: str,
    key: str,
    cause: Cause,
    psp: PaymentServiceProvider,
    links: StatusLinks,
    render: Renderer,
    lease_seconds: int = LEASE_SECONDS,
) -> Answer:
    """Registers the top-up with the PSP and answers where the customer goes; once per key.

    Raises:
        NotFound: no such customer, or one who was erased. What start_payment raises.
    """
    return start_payment(
        _command(top_up),
        principal=principal,
        key=key,
        cause=cause,
        psp=psp,
        links=links,
        render=render,
        lease_seconds=lease_seconds,
        route=ROUTE,
    )


def _command(top_up: TopUp) -> StartPayment:
    rows = run(READ, id=top_up.shopper_id)
    person = open_person(top_up.shopper_id, rows[0].key_sealed, rows[0].details) if rows else None
    if person is None:
        raise NotFound("no such customer")
    return StartPayment(
        storefront_id=rows[0].storefront_id,
        livemode=top_up.livemode,
        amount=top_up.amount,
        orders=(),
        customer=Customer(person.email, person.name, person.locale, person.country),
        return_url=top_up.return_url,
        cancel_url=top_up.cancel_url,
        fingerprint=top_up.fingerprint,
        metadata=top_up.metadata,
        purpose=TOP_UP,
    )
