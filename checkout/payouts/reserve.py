"""Make payouts: take what is free of a seller's balance, reserve it in the ledger, and stage its way to the bank.

Set-based: one seller or five hundred are the same statements. What is taken is locked, so that two who ask at the same
moment never take an item twice; the second finds nothing left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import approvals
from checkout.core.cause import Cause
from checkout.core.currencies import exponent
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.arrays import integer_array, json_array, uuid_array
from checkout.db.statement import execute
from checkout.db.transition_many import transition_many
from checkout.events import DomainEvent, emit_many
from checkout.ledger import journal, payout_recipes
from checkout.payouts import funds, settle, statements
from checkout.payouts.eligibility import NotPayable, Payable, Terms, assess
from checkout.payouts.facts import Free, lock_free, with_instants
from checkout.payouts.states import PAYOUT
from checkout.payouts.wire import new_payout, new_transfer
from checkout.psp import PaymentServiceProvider
from checkout.tasks import enqueue_many
from checkout.tasks.enqueue import NewTask

APPROVAL_UNITS: Final = 10_000  # above so many units of the currency a second person approves
APPROVAL_KIND: Final = "payout.send"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A payout that is asked for: all that is free of one seller in one currency."""

    seller_id: UUID
    currency: str
    kind: str
    terms: Terms
    requested_by: str
    period: date | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A payout that is reserved, or waits for a second person."""

    payout_id: UUID
    wanted: Wanted
    payable: Payable
    status: str


def reserve(
    session: Session,
    wanted: Sequence[Wanted],
    *,
    psp: PaymentServiceProvider,
    cause: Cause,
    now: datetime,
    there: Mapping[str, Money] | None = None,
) -> list[Made | NotPayable]:
    """One result for each payout that was asked for, in the order given; at most one for a seller and currency.

    `there`: what the PSP has of the platform's in each currency; what goes beyond it waits. None: not looked at.
    """
    assert len({(each.seller_id, each.currency) for each in wanted}) == len(wanted)
    free = lock_free(session, [(each.seller_id, each.currency) for each in wanted])
    results: list[Made | NotPayable] = []
    for each in wanted:
        found = free.get((each.seller_id, each.currency))
        payable = _assess(session, each, found, now) if found else NotPayable("suspended")
        results.append(
            Made(new_uuid(), each, payable, _first_status(payable))
            if isinstance(payable, Payable)
            else payable
        )
    made = [result for result in results if isinstance(result, Made)]
    if made:
        _write(session, made, free, psp, cause, now, there)
    return results


def needs_approval(amount: Money) -> bool:
    units: int = 10 ** exponent(amount.currency)
    return amount.amount_minor > APPROVAL_UNITS * units


def _assess(session: Session, each: Wanted, found: Free, now: datetime) -> Payable | NotPayable:
    facts = found.facts
    if each.terms.daily_most_minor is not None:
        facts = with_instants(session, facts, each.seller_id, now)
    return assess(facts, each.terms, now)


def _first_status(payable: Payable) -> str:
    return "awaiting_approval" if needs_approval(payable.amount) else "reserved"


def _write(
    session: Session,
    made: Sequence[Made],
    free: Mapping[tuple[UUID, str], Free],
    psp: PaymentServiceProvider,
    cause: Cause,
    now: datetime,
    there: Mapping[str, Money] | None,
) -> None:
    _insert(session, made, free, psp, cause, now)
    pairs = [(one.payout_id, item) for one in made for item in free[_key(one)].items]
    _take(session, [payout for payout, _ in pairs], [item for _, item in pairs])
    _post(session, made, cause, now)
    _carry(session, made, now)
    reserved = [one.payout_id for one in made if one.status == "reserved"]
    waiting = [one.payout_id for one in made if one.status == "awaiting_approval"]
    for ids, to in ((reserved, "reserved"), (waiting, "awaiting_approval")):
        if ids:
            moved = transition_many(session.connection(), PAYOUT, ids, to=to, cause=cause, at=now)
            assert len(moved) == len(ids), "a payout that was made just now changes its status once"
    _propose(session, [one for one in made if one.status == "awaiting_approval"], cause)
    _tell(session, made, cause)
    _stage(session, made, cause, now, there)


def _insert(
    session: Session,
    made: Sequence[Made],
    free: Mapping[tuple[UUID, str], Free],
    psp: PaymentServiceProvider,
    cause: Cause,
    now: datetime,
) -> None:
    accounts = [str(free[_key(one)].facts.psp_account) for one in made]
    pairs = list(zip(made, accounts, strict=True))
    transfers = [new_transfer(one.payout_id, one.payable.amount, account) for one, account in pairs]
    payouts = [
        new_payout(
            one.payout_id,
            one.payable.amount,
            account,
            "instant" if one.wanted.kind == "instant" else "standard",
        )
        for one, account in pairs
    ]
    execute(
        session,
        statements.INSERT,
        ids=uuid_array(one.payout_id for one in made),
        sellers=uuid_array(one.wanted.seller_id for one in made),
        currencies=[one.wanted.currency for one in made],
        kinds=[one.wanted.kind for one in made],
        periods=[one.wanted.period for one in made],
        amounts=integer_array(one.payable.amount.amount_minor for one in made),
        fees=integer_array(one.payable.fee.amount_minor for one in made),
        carried=integer_array(one.payable.carried.amount_minor for one in made),
        requested_by=[one.wanted.requested_by for one in made],
        accounts=accounts,
        transfers=json_array(psp.wire_of(request) for request in transfers),
        payouts=json_array(psp.wire_of(request) for request in payouts),
        terms=[one.wanted.terms.version for one in made],
        minimums=integer_array(one.wanted.terms.minimum_minor for one in made),
        steps=integer_array(one.wanted.terms.step_minor for one in made),
        fee_bps=integer_array(one.wanted.terms.fee_bps for one in made),
        least_fees=integer_array(one.wanted.terms.fee_minimum_minor for one in made),
        psp=psp.name,
        cause=str(cause),
        now=now,
    )


def _take(session: Session, payouts: Sequence[UUID], items: Sequence[int]) -> None:
    taken = execute(
        session, statements.TAKE, payouts=uuid_array(payouts), items=integer_array(items)
    ).scalar_one()
    assert taken == len(items), "items that are locked are there to be taken"


def _post(session: Session, made: Sequence[Made], cause: Cause, now: datetime) -> None:
    """The reserve of each payout; and its fee, which is one of its items."""
    entries = [
        payout_recipes.payout_created(
            payout_id=one.payout_id,
            seller_id=one.wanted.seller_id,
            amount=one.payable.amount,
            effective_at=now,
        )
        for one in made
    ]
    fees = [
        payout_recipes.payout_fee_charged(
            payout_id=one.payout_id, seller_id=one.wanted.seller_id, fee=one.payable.fee, effective_at=now
        )
        for one in made
        if one.payable.fee
    ]
    journal.post_many(session, entries + fees, cause=cause)
    if fees:
        execute(session, statements.TAKE_FEES, sources=[fee.source for fee in fees], payouts=_with_fee(made))


def _with_fee(made: Sequence[Made]) -> list[UUID]:
    return [one.payout_id for one in made if one.payable.fee]


def _carry(session: Session, made: Sequence[Made], now: datetime) -> None:
    """What the step leaves over is taken out of this payout and put into the next: two items that sum to nothing."""
    over = [one for one in made if one.payable.carried]
    if over:
        execute(
            session,
            statements.CARRY,
            payouts=[one.payout_id for one in over],
            sellers=[one.wanted.seller_id for one in over],
            currencies=[one.wanted.currency for one in over],
            amounts=[one.payable.carried.amount_minor for one in over],
            now=now,
        )


def _propose(session: Session, made: Sequence[Made], cause: Cause) -> None:
    """Nobody's limit: a large payout is looked at by a second person, whoever or whatever asked for it."""
    for one in made:
        approval_id = approvals.propose(
            session,
            kind=APPROVAL_KIND,
            subject=encode("po", one.payout_id),
            proposal={
                "seller": encode("sel", one.wanted.seller_id),
                "amount": one.payable.amount.amount_minor,
                "currency": one.wanted.currency,
                "kind": one.wanted.kind,
            },
            proposer=cause,
        )
        execute(
            session,
            "UPDATE payouts SET approval_id = %(approval_id)s WHERE id = %(id)s",
            approval_id=approval_id,
            id=one.payout_id,
        )


def _tell(session: Session, made: Sequence[Made], cause: Cause) -> None:
    events = [
        DomainEvent(
            type="payout.created",
            object=encode("po", one.payout_id),
            seller_id=one.wanted.seller_id,
            data={
                "amount": one.payable.amount.amount_minor,
                "currency": one.wanted.currency,
                "status": one.status,
            },
        )
        for one in made
    ]
    emit_many(session, events, cause=cause)


def _stage(
    session: Session,
    made: Sequence[Made],
    cause: Cause,
    now: datetime,
    there: Mapping[str, Money] | None,
) -> None:
    """What the platform's balance at the PSP covers goes at once; the rest is marked, and looks again by itself."""
    reserved = [one for one in made if one.status == "reserved"]
    if there is not None:
        covered, _ = funds.cover([one.payable.amount for one in reserved], there)
        waiting = [one.payout_id for one, goes in zip(reserved, covered, strict=True) if not goes]
        if waiting:
            execute(session, statements.WAIT, ids=waiting, because=funds.PENDING)
    staged = [NewTask(settle.ADVANCE, {"payout": encode("po", one.payout_id)}) for one in reserved]
    enqueue_many(session, staged, cause=cause)


def _key(one: Made) -> tuple[UUID, str]:
    return one.wanted.seller_id, one.wanted.currency
