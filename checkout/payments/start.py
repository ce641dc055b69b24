"""Start a payment: write the intention, ask the PSP for a page, record its answer. A crash between any two of these
leaves a row whose status says where to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, exc

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.errors import FieldError, InvalidParameter, NotFound
from checkout.core.ids import new_uuid, parsed
from checkout.db.session import column_name, constraint_name, retrying
from checkout.db.statement import run
from checkout.identity.origins import allows
from checkout.payments import registering, shopper, start_outcome, start_statements
from checkout.payments.answer import Answer, Renderer
from checkout.payments.checks import check_amounts, check_psp_limits
from checkout.payments.commands import TOP_UP, StartPayment
from checkout.payments.errors import OtherMode, PspUnavailable, ReturnUrlNotAllowed
from checkout.payments.intention import Intention, plan_intention
from checkout.payments.key import HeldKey
from checkout.payments.links import StatusLinks
from checkout.payments.shopper import shopper_of
from checkout.payments.start_again import ROUTE, Desk, by_client_id, by_key
from checkout.payments.start_with_wallet import Written, write_with_wallet
from checkout.payments.terms import SellerTerms, freeze_terms
from checkout.payments.views import PaymentView
from checkout.psp import CircuitOpen, PaymentServiceProvider, StoredRequest
from checkout.sellers.queries import plan_of
from checkout.shoppers import email_index
from checkout.tasks.ring import ring

LEASE_SECONDS: Final = 60  # longer than all that a request does; TASK_LEASE_SECONDS sets it


def start_payment(
    command: StartPayment,
    *,
    principal: str,
    key: str,
    cause: Cause,
    psp: PaymentServiceProvider,
    links: StatusLinks,
    render: Renderer,
    lease_seconds: int = LEASE_SECONDS,
    route: str = ROUTE,
) -> Answer:
    """Registers the checkout with the PSP and answers where the shopper goes; once per key and per `payment_id`.

    Raises:
        InvalidParameter, CurrencyMismatch, OrderAmountsDoNotAddUp, AmountTooSmall, AmountStep, SellerNotPayable,
        ReturnUrlNotAllowed, WalletTooSmall: nothing was written.
        OtherMode. KeyReused, InProgress: of the idempotency key. PaymentIdInUse: another checkout has the payment_id.
        PspUnavailable: no answer yet; where a payment was written, it is named and the same key goes on.
    """
    if command.livemode != psp.livemode:
        raise OtherMode("the API key's mode is not the mode that payments are made in here")
    check_amounts(command)
    return _start(command, Desk(principal, key, cause, psp, links, render, lease_seconds, route))


def _start(command: StartPayment, desk: Desk) -> Answer:
    now = utcnow()
    index = email_index(command.customer.email, command.storefront_id)
    read = _read(command, desk, index, now)
    if read.key_exists:
        return _stored(read, command) or by_key(command, desk)
    if read.existing_id is not None:
        return by_client_id(command, desk)
    intention = _plan(command, desk, read, index, now)
    if command.card_amount:
        _refuse_while_open(desk.psp)
    return _execute(command, desk, intention)


def _read(command: StartPayment, desk: Desk, index: bytes, now: datetime) -> Row[Any]:
    sellers = start_statements.seller_parameters(
        order.seller_id for order in command.orders if order.seller_id
    )
    rows = run(
        start_statements.prepare_statement(len(sellers)),
        **sellers,
        storefront_id=command.storefront_id,
        currency=command.amount.currency,
        email_index=index,
        client_payment_id=command.payment_id,
        principal=desk.principal,
        key=desk.key,
        now=now,
    )
    if not rows:
        raise NotFound("no such storefront")
    return rows[0]


def _stored(read: Row[Any], command: StartPayment) -> Answer | None:
    """The answer under the key, where the same request has had one: nothing more is read, nothing is written."""
    if read.key_status is None or bytes(read.key_fingerprint) != command.fingerprint:
        return None
    return Answer(read.key_status, bytes(read.key_body), read.key_headers or {}, replayed=True)


def _plan(command: StartPayment, desk: Desk, read: Row[Any], index: bytes, now: datetime) -> Intention:
    """The checks that need what was read; then all rows of the payment."""
    rules = desk.psp.capabilities.currencies.get(command.amount.currency)
    if rules is None:
        raise InvalidParameter.at(
            "/currency", f"{command.amount.currency} cannot be charged", "not_supported"
        )
    if command.card_amount:
        pointer = "/wallet_amount" if command.wallet_amount else "/amount"
        check_psp_limits(command.card_amount, rules, pointer=pointer)
    _check_return_urls(command, frozenset(read.origins))
    terms = freeze_terms(command.orders, {seller.id: seller for seller in map(_seller, read.sellers or ())})
    payment_id = new_uuid()
    return plan_intention(
        command,
        terms=terms,
        shopper=shopper_of(command, read, index),
        storefront_name=read.storefront_name,
        psp=desk.psp,
        status_url=desk.links.url(payment_id),
        payment_id=payment_id,
        cause=desk.cause,
        now=now,
    )


def _execute(command: StartPayment, desk: Desk, intention: Intention) -> Answer:
    """First transaction: one statement. Then the PSP, with none open. Then the second."""
    crash_point("payments.start.before_intention")
    try:
        written = retrying(lambda: _write(command, desk, intention))
    except exc.IntegrityError as error:
        if column_name(error) == shopper.COLUMN:
            return _start(command, desk)  # the shopper was erased since they were read: they are new now
        if constraint_name(error) != "payments_by_client_id":
            raise
        return by_client_id(command, desk)  # another key was faster
    if written is None:
        return by_key(command, desk)  # the same key was faster
    for queue in intention.rings:
        ring(queue)
    crash_point("payments.start.after_intention")
    if written.answer is not None:
        return written.answer
    held = HeldKey(desk.principal, desk.key, command.fingerprint, written.token, 201)
    outcome = registering.ask(desk.psp, _request(intention, written.shopper_id))
    crash_point("payments.start.after_psp_answer")
    view = _view(intention, written.shopper_id)
    made = retrying(lambda: start_outcome.record(desk, held, view, outcome))
    crash_point("payments.start.after_outcome")
    return made


def _write(command: StartPayment, desk: Desk, intention: Intention) -> Written | None:
    parameters = {
        **intention.parameters,
        "principal": desk.principal,
        "key": desk.key,
        "route": desk.route,
        "lease_seconds": desk.lease_seconds,
        **audit.stamp(str(desk.cause)),
    }
    if command.wallet_amount or command.purpose == TOP_UP:
        return write_with_wallet(command, desk, parameters)
    rows = run(start_statements.CREATE, **parameters)
    return Written(rows[0].token, rows[0].shopper_id) if rows else None


def _request(intention: Intention, shopper_id: UUID) -> StoredRequest:
    """What is sent, first or again, names the shopper as their row does. Where another first checkout of theirs made
    the row at the same moment, it may spell the address otherwise."""
    if shopper_id == intention.view.shopper_id:
        return intention.request
    stored = registering.read_registration(intention.payment_id)
    return intention.request if stored is None else stored.request


def _view(intention: Intention, shopper_id: UUID) -> PaymentView:
    """Names the shopper that stands there, as a later read does."""
    view = intention.view
    return view if view.shopper_id == shopper_id else replace(view, shopper_id=shopper_id)


def _refuse_while_open(psp: PaymentServiceProvider) -> None:
    """Fast, and before a row is written: a PSP that is down must not fill the table with payments nobody waits for."""
    try:
        psp.refuse_while_open()
    except CircuitOpen as open_circuit:
        wait = open_circuit.retry_after_seconds or registering.RETRY_AFTER_SECONDS
        raise PspUnavailable("the PSP is out of service just now", retry_after_seconds=wait) from open_circuit


def _check_return_urls(command: StartPayment, origins: frozenset[str]) -> None:
    wrong = [
        FieldError(pointer, "not_allowed", "not at an origin that is registered for the storefront")
        for pointer, url in (("/return_url", command.return_url), ("/cancel_url", command.cancel_url))
        if url is not None and not allows(url, origins, livemode=command.livemode)
    ]
    if wrong:
        raise ReturnUrlNotAllowed("shoppers are sent back to registered origins only", pointers=wrong)


def _seller(document: Mapping[str, Any]) -> SellerTerms:
    return SellerTerms(
        id=parsed(document["id"]),
        name=document["name"],
        status=document["status"],
        plan=plan_of(document["plan"]) if document["plan"] else None,
        reserve_bps=document["reserve_bps"],
        reserve_days=document["reserve_days"],
    )
