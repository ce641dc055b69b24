"""The intention: everything a new payment's first transaction writes, worked out before it. Pure but for fresh ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from checkout.core.cause import Cause
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.events.subscribers import QUEUE_OF, SUBSCRIBERS
from checkout.orders.views import LineView, OrderView
from checkout.payments.commands import TOP_UP, NewOrder, StartPayment
from checkout.payments.hosted_page import PageKind, registration, stored_request
from checkout.payments.shopper import Shopper
from checkout.payments.terms import OrderTerms
from checkout.payments.views import PaymentView
from checkout.psp import PaymentServiceProvider, StoredRequest
from checkout.tasks.enqueue import MAX_ATTEMPTS
from checkout.tasks.ring import DEFAULT_QUEUE

CREATED: Final = "payment.created"
RESUME: Final = "payments.resume"
RESUME_AFTER: Final = timedelta(seconds=60)
NOTHING_TO_ASK: Final[Mapping[str, str]] = {}  # the wallet pays it all: the PSP never hears of the payment


@dataclass(frozen=True, slots=True)
class Intention:
    """`parameters` of start_statements.CREATE, the request for the PSP, the payment as it will be shown, and the queues
    that have something to do once it is written."""

    payment_id: UUID
    parameters: Mapping[str, Any]
    request: StoredRequest
    view: PaymentView
    rings: tuple[str, ...]


def resume_key(payment_id: UUID) -> str:
    """The dedupe key of a payment's one resume task."""
    return f"{RESUME}:{payment_id}"


def plan_intention(
    command: StartPayment,
    *,
    terms: Sequence[OrderTerms],
    shopper: Shopper,
    storefront_name: str,
    psp: PaymentServiceProvider,
    status_url: str,
    payment_id: UUID,
    cause: Cause,
    now: datetime,
) -> Intention:
    """All rows of a new payment."""
    rules = psp.capabilities.currencies[command.amount.currency]
    request = registration(
        payment_id=payment_id,
        amount=command.card_amount,
        kind=_kind(command),
        orders=command.orders,
        seller_names=[each.seller.name for each in terms],
        charge_step_minor=rules.charge_step_minor,
        locale=shopper.details.locale,
        status_url=status_url,
        now=now,
    )
    wire = psp.wire_request(request) if command.card_amount else NOTHING_TO_ASK
    orders = tuple(
        _order_view(command, order, each, payment_id, now)
        for order, each in zip(command.orders, terms, strict=True)
    )
    view = _payment_view(
        command, payment_id, shopper, storefront_name, psp.name, request.expires_at, orders, now
    )
    return Intention(
        payment_id=payment_id,
        parameters=_parameters(command, view, terms, shopper, request.idempotency_key, wire, cause, now),
        request=stored_request(
            payment_id=payment_id,
            idempotency_key=request.idempotency_key,
            amount=command.card_amount,
            wire=wire,
            email=shopper.details.email,
        ),
        view=view,
        rings=tuple({QUEUE_OF.get(kind, DEFAULT_QUEUE) for kind in SUBSCRIBERS.get(CREATED, ())}),
    )


def _kind(command: StartPayment) -> PageKind:
    if command.purpose == TOP_UP:
        return "top_up"
    return "rest" if command.wallet_amount else "orders"


def _parameters(
    command: StartPayment,
    view: PaymentView,
    terms: Sequence[OrderTerms],
    shopper: Shopper,
    idempotency_key: str,
    wire: Mapping[str, str],
    cause: Cause,
    now: datetime,
) -> dict[str, Any]:
    event_id = new_uuid()
    return {
        "id": view.id,
        "storefront_id": command.storefront_id,
        "fingerprint": command.fingerprint,
        "client_payment_id": command.payment_id,
        "livemode": command.livemode,
        "amount_minor": command.amount.amount_minor,
        "currency": command.amount.currency,
        "return_url": command.return_url,
        "cancel_url": command.cancel_url,
        "metadata": Jsonb(dict(command.metadata)),
        "psp": view.psp,
        "psp_idempotency_key": idempotency_key,
        "psp_request": Jsonb(dict(wire)),
        "session_expires_at": view.session_expires_at,
        "shopper_id": shopper.id,
        "shopper_is": shopper.standing,
        "email_index": shopper.email_index,
        "shopper_key": shopper.sealed.key_sealed,
        "shopper_details": shopper.sealed.details,
        "orders": Jsonb(
            [_order_row(*each) for each in zip(view.orders, terms, range(len(terms)), strict=True)]
        ),
        "lines": Jsonb(
            [_line_row(order, line, n) for order in view.orders for n, line in enumerate(order.lines)]
        ),
        "event_id": event_id,
        "object": view.public_id,
        "event_data": Jsonb({"amount": command.amount.amount_minor, "currency": command.amount.currency}),
        "tasks": Jsonb(_tasks(view, event_id, now)),
        "cause": str(cause),
        "now": now,
    }


def _tasks(view: PaymentView, event_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """The resume task, in case nobody comes back; and those of the event's subscribers."""
    event = {"event": str(event_id), "type": CREATED, "object": view.public_id}
    resume = _task_row(RESUME, {"payment": view.public_id}, DEFAULT_QUEUE, now + RESUME_AFTER)
    resume["dedupe_key"] = resume_key(view.id)
    subscribers = [
        _task_row(kind, event, QUEUE_OF.get(kind, DEFAULT_QUEUE), now)
        for kind in SUBSCRIBERS.get(CREATED, ())
    ]
    return [resume, *subscribers]


def _task_row(kind: str, args: Mapping[str, Any], queue: str, due_at: datetime) -> dict[str, Any]:
    return {
        "id": new_uuid().hex,
        "queue": queue,
        "kind": kind,
        "args": dict(args),
        "due_at": due_at.isoformat(),
        "max_attempts": MAX_ATTEMPTS,
        "dedupe_key": None,
    }


def _order_row(view: OrderView, terms: OrderTerms, position: int) -> dict[str, Any]:
    return {
        "id": view.id.hex,
        "seller_id": view.seller_id.hex,
        "position": position,
        "reference": view.reference,
        "amount_minor": view.amount.amount_minor,
        "commission_minor": view.commission.amount_minor,
        "logistics_fee_minor": view.logistics_fee.amount_minor,
        "tax_amount_minor": view.tax_amount.amount_minor,
        "tax_collected_by": view.tax_collected_by,
        "fee_plan_id": terms.plan.id.hex,
        "reserve_bps": terms.seller.reserve_bps,
        "reserve_days": terms.seller.reserve_days,
        "delivery_from": view.delivery_from.isoformat() if view.delivery_from else None,
        "delivery_to": view.delivery_to.isoformat() if view.delivery_to else None,
    }


def _line_row(order: OrderView, line: LineView, position: int) -> dict[str, Any]:
    return {
        "id": line.id.hex,
        "order_id": order.id.hex,
        "position": position,
        "kind": line.kind,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_amount_minor": line.unit_amount.amount_minor,
        "category": line.category,
    }


def _order_view(
    command: StartPayment, order: NewOrder, terms: OrderTerms, payment_id: UUID, now: datetime
) -> OrderView:
    return OrderView(
        id=new_uuid(),
        payment_id=payment_id,
        storefront_id=command.storefront_id,
        seller_id=terms.seller.id,
        seller_name=terms.seller.name,
        reference=order.reference,
        status="pending",
        version=1,
        amount=order.amount,
        commission=terms.commission,
        logistics_fee=terms.logistics_fee,
        tax_amount=terms.tax_amount,
        tax_collected_by=order.tax_collected_by,
        amount_refunded=Money.zero(order.amount.currency),
        delivery_from=order.delivery_from,
        delivery_to=order.delivery_to,
        lines=tuple(
            LineView(
                new_uuid(), line.kind, line.sku, line.name, line.quantity, line.unit_amount, line.category
            )
            for line in order.lines
        ),
        created_at=now,
        updated_at=now,
    )


def _payment_view(
    command: StartPayment,
    payment_id: UUID,
    shopper: Shopper,
    storefront_name: str,
    psp_name: str,
    expires_at: datetime,
    orders: tuple[OrderView, ...],
    now: datetime,
) -> PaymentView:
    zero = Money.zero(command.amount.currency)
    return PaymentView(
        id=payment_id,
        client_payment_id=command.payment_id,
        storefront_id=command.storefront_id,
        storefront_name=storefront_name,
        shopper_id=shopper.id,
        open_shopper=lambda: shopper.details,
        livemode=command.livemode,
        status="created",
        version=1,
        amount=command.amount,
        amount_received=zero,
        amount_refunded=zero,
        return_url=command.return_url,
        cancel_url=command.cancel_url,
        metadata=dict(command.metadata),
        psp=psp_name,
        psp_session_id=None,
        psp_charge_id=None,
        hosted_url=None,
        session_expires_at=expires_at,
        method=None,
        last_error=None,
        cancel_requested_at=None,
        processing_at=None,
        succeeded_at=None,
        ended_at=None,
        last_synced_at=None,
        next_sync_at=None,
        late_capture=False,
        created_at=now,
        updated_at=now,
        orders=orders,
        purpose=command.purpose,
        wallet_amount_minor=command.wallet_amount.amount_minor if command.wallet_amount else 0,
    )
