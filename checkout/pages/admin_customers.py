"""A customer's store credit, for those who help them: what is there, every movement of it, and giving promotional credit."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout.approvals import InvalidApprovalState
from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.money import Money
from checkout.core.text import contains_card_number
from checkout.idempotency import InProgress, KeyReused
from checkout.ledger.seller_balances import Movement
from checkout.pages import access, once
from checkout.pages.people_page import show as show_page
from checkout.pages.typed_money import typed_amount
from checkout.wallets import queries
from checkout.wallets.customers import Customer, customer_within
from checkout.wallets.grant import REASON_LENGTH, grant_credit
from checkout.wallets.propose import ALONE_UP_TO_UNITS, propose_credit, takes_two

ROWS: Final = 25
EDGE_LENGTH: Final = 18
USUAL_DAYS: Final = 90
PARTS: Final = {"free": "Free to spend", "held": "Held by open checkouts"}
MOVEMENTS: Final = {
    "wallet_topped_up": "Topped up by the customer",
    "unapplied_applied": "Topped up by the customer, counted later",
    "wallet_credited": "Promotional credit given",
    "wallet_credit_expired": "Promotional credit expired",
    "wallet_held": "Held for a checkout",
    "wallet_hold_released": "Free again: the checkout came to nothing",
    "payment_captured": "Spent on an order",
    "refund_requested": "Refund as store credit",
    "external_refund": "Taken back with a refund at the payment provider",
    "dispute_withdrawn": "Taken back by the customer's bank",
    "dispute_reinstated": "Given back by the customer's bank",
}
DONE: Final = {
    "given": "The credit is given: it can be spent now.",
    "proposed": "A second person has to approve it. Then it is given.",
}
REFUSALS: Final = (InvalidParameter, InvalidApprovalState, KeyReused, InProgress)


class CustomerPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("admin_customers", url_prefix="/admin/customers")
        blueprint.add_url_rule("/<customer>", "show", self.show)
        blueprint.add_url_rule("/<customer>/credit", "ask_credit", self.ask_credit)
        blueprint.add_url_rule("/<customer>/credit", "credit", self.credit, methods=["POST"])
        return blueprint

    @access.page_requires("wallets:read")
    def show(self, customer: str) -> Response:
        found = customer_within(customer, access.reach())
        wallets = queries.wallets_of(found.id)
        currency = request.args.get("currency", wallets[0].currency if wallets else "")
        part = request.args.get("of", "free")
        if (wallets and currency not in {wallet.currency for wallet in wallets}) or part not in PARTS:
            raise NotFound("no such statement")
        after, before = _edge("after"), _edge("before")
        rows = _movements(found, currency, part, after, before) if wallets else []
        return show_page(
            "admin/customer.html",
            customer=found,
            wallets=wallets,
            currency=currency,
            part=part,
            parts_of=PARTS,
            rows=rows[:ROWS] if before is None else rows[-ROWS:],
            older=rows[:ROWS][-1].number if before is None and len(rows) > ROWS else _older(rows, before),
            newer=_newer(rows, after, before),
            word=lambda movement: MOVEMENTS.get(movement.kind, movement.kind.replace("_", " ").capitalize()),
            done=DONE.get(request.args.get("done", ""), ""),
        )

    @access.page_requires("wallets:write")
    @access.after_step_up
    def ask_credit(self, customer: str) -> Response:
        return self._form(customer_within(customer, access.reach()))

    @access.page_requires("wallets:write")
    @access.after_step_up
    def credit(self, customer: str) -> BaseResponse:
        """Once for each form that was shown; above the limit it is proposed to a second person."""
        found = customer_within(customer, access.reach())
        if found.erased:
            raise NotFound("no such customer")

        def work(session: Session) -> str:
            return self._give(session, found)

        try:
            return redirect(once.sent_once(work), 303)
        except REFUSALS as refusal:
            status = 422 if isinstance(refusal, InvalidParameter) else 409
            return self._form(found, status=status, problem=_sentence(refusal))

    def _give(self, session: Session, customer: Customer) -> str:
        amount, reason = _typed(), request.form.get("reason", "")
        if contains_card_number(reason):
            raise InvalidParameter.at("/reason", "the reason looks as if it held a card number")
        act = propose_credit if takes_two(amount) else grant_credit
        act(
            session,
            shopper_id=customer.id,
            amount=amount,
            expires_at=self._end_of(request.form.get("until", "")),
            reason=reason,
            cause=access.person_cause(),
        )
        done = "proposed" if takes_two(amount) else "given"
        return url_for(
            "admin_customers.show", customer=customer.public_id, done=done, currency=_known(amount)
        )

    def _end_of(self, text: str) -> datetime:
        """The credit can be spent until the day is over."""
        try:
            day = date.fromisoformat(text)
            return datetime.combine(day + timedelta(days=1), time(), self._zone)
        except (ValueError, OverflowError):
            raise InvalidParameter.at("/until", "choose the last day on which it can be spent") from None

    def _form(self, customer: Customer, *, status: int = 200, problem: str = "") -> Response:
        usual = clock.utcnow().astimezone(self._zone).date() + timedelta(days=USUAL_DAYS)
        wallets = queries.wallets_of(customer.id)
        return show_page(
            "admin/customer_credit.html",
            status=status,
            customer=customer,
            problem=problem,
            values=request.form,
            currency=request.form.get("currency") or (wallets[0].currency if wallets else "EUR"),
            until=request.form.get("until") or usual.isoformat(),
            reason_length=REASON_LENGTH,
            alone_units=ALONE_UP_TO_UNITS,
            form_key=once.new_key(),
        )


def _movements(
    customer: Customer, currency: str, part: str, after: int | None, before: int | None
) -> list[Movement]:
    return queries.entries_of(
        customer.id, currency, part, limit=ROWS + 1, after=after if before is None else None, before=before
    )


def _older(rows: list[Movement], before: int | None) -> int | None:
    return rows[-1].number if before is not None and rows else None


def _newer(rows: list[Movement], after: int | None, before: int | None) -> int | None:
    if before is not None:
        return rows[-ROWS:][0].number if len(rows) > ROWS else None
    return rows[0].number if after is not None and rows else None


def _edge(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= EDGE_LENGTH else None


def _typed() -> Money:
    currency = request.form.get("currency", "").strip().upper()
    if currency not in CODES:
        raise InvalidParameter.at("/currency", "a currency is three letters, such as EUR")
    amount = typed_amount(request.form.get("amount", ""), currency, "amount")
    if not amount:
        raise InvalidParameter.at("/amount", "say how much is given")
    return amount


def _known(amount: Money) -> str | None:
    """The statement to show: what is only proposed may be in a currency that the customer has none of yet."""
    return None if takes_two(amount) else amount.currency


def _sentence(refusal: DomainError) -> str:
    said = (refusal.detail or "").strip().rstrip(".")
    if refusal.pointers and refusal.pointers[0].pointer == "/expires_at":
        said = "The last day is today or later, and within ten years"
    if (
        refusal.pointers
        and refusal.pointers[0].code == "out_of_range"
        and "/amount" in refusal.pointers[0].pointer
    ):
        said = "So much cannot be given at once"
    return f"{said[:1].upper()}{said[1:]}."
