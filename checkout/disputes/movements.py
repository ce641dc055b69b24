"""Book what a dispute moves on our balance: each movement once, by the PSP's number, whatever event told of it.

The money follows the movements alone, never the dispute's status. A seller bears the amount wherever its order stands;
commission stays earned.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from checkout.alerts import open_alert
from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.disputes.dispute import Dispute
from checkout.disputes.movement_rows import write_movement
from checkout.disputes.sharing import Portion, Sharing, give_back, take
from checkout.disputes.whose import Apart, Owner, currency_of, left, taken
from checkout.ledger import journal, money_back_recipes
from checkout.ledger.entry import Entry
from checkout.ledger.money_back_recipes import OrderTake
from checkout.orders.closing import reopen
from checkout.orders.shares import OrderShare, lock_shares
from checkout.psp import DisputeMovement


def book_movements(
    session: Session, dispute: Dispute, movements: Iterable[DisputeMovement], *, cause: Cause, now: datetime
) -> None:
    """The oldest first, and of one moment what was taken first. The caller holds the payment's and the dispute's lock."""
    ordered = sorted(movements, key=lambda m: (m.created_at, m.amount.amount_minor > 0, m.number))
    for movement in ordered:
        if _is_bookable(session, dispute, movement):
            _book(session, dispute, movement, cause=cause, now=now)


def _is_bookable(session: Session, dispute: Dispute, movement: DisputeMovement) -> bool:
    known = execute(
        session,
        "SELECT dispute_id FROM dispute_movements WHERE psp = %(psp)s AND number = %(number)s",
        psp=dispute.psp,
        number=movement.number,
    ).first()
    if known is not None or not (movement.amount or movement.fee):
        return False
    if {movement.amount.currency, movement.fee.currency, dispute.currency} != {currency_of(session, dispute)}:
        _warn(session, dispute, movement, "dispute_in_other_currency", "it is in another currency")
        return False
    if journal.entry_by_number(session, dispute.psp, movement.number) is not None:
        _warn(
            session, dispute, movement, "dispute_booked_elsewhere", "its number is booked as something else"
        )
        return False
    return True


def _book(
    session: Session, dispute: Dispute, movement: DisputeMovement, *, cause: Cause, now: datetime
) -> None:
    shares = lock_shares(session, dispute.payment_id)
    lost = _lost(session, dispute)
    zero = Money.zero(dispute.currency)
    if movement.amount.amount_minor < 0:
        sharing = take(-movement.amount, left(session, dispute, shares), returned_early=max(zero, -lost))
        entry = _withdrawn(dispute, movement, sharing)
    elif movement.amount:
        sharing = give_back(movement.amount, taken(session, dispute, shares), lost=max(zero, lost))
        entry = _reinstated(dispute, movement, sharing)
    else:
        sharing = Sharing((), zero, zero)
        entry = money_back_recipes.dispute_fee(**_named(dispute, movement), fee=movement.fee)
    if sharing.beyond:
        _warn(
            session,
            dispute,
            movement,
            "dispute_beyond_orders",
            _beyond(movement, sharing.beyond, has_orders=bool(shares)),
        )
    write_movement(session, dispute, movement, sharing, now=now)
    journal.post(session, entry, cause=cause)
    if movement.amount.amount_minor > 0:
        _reopen(session, sharing, cause=cause, now=now)


def is_owed(session: Session, dispute: Dispute) -> bool:
    """Whether the bank has decided for us and has not given back yet what it took: its orders wait for that."""
    return dispute.status == "won" and bool(taken(session, dispute, lock_shares(session, dispute.payment_id)))


def _lost(session: Session, dispute: Dispute) -> Money:
    """What of the dispute seller_losses bears now; below zero where more came back than was taken."""
    minor: int = execute(
        session,
        "SELECT coalesce(sum(losses_minor), 0)::bigint FROM dispute_movements WHERE dispute_id = %(id)s",
        id=dispute.id,
    ).scalar_one()
    return Money(minor, dispute.currency)


def _withdrawn(dispute: Dispute, movement: DisputeMovement, sharing: Sharing[Owner]) -> Entry:
    return money_back_recipes.dispute_withdrawn(
        **_named(dispute, movement),
        takes=_takes(dispute, sharing),
        excess=sharing.losses,
        fee=movement.fee,
    )


def _reinstated(dispute: Dispute, movement: DisputeMovement, sharing: Sharing[Owner]) -> Entry:
    return money_back_recipes.dispute_reinstated(
        **_named(dispute, movement),
        takes=_takes(dispute, sharing),
        losses=sharing.losses,
        fee_back=-movement.fee,
    )


def _takes(dispute: Dispute, sharing: Sharing[Owner]) -> list[OrderTake]:
    """No fee of the platform goes with them: what was earned stays earned."""
    return [_take_of(dispute, portion) for portion in sharing.portions]


def _take_of(dispute: Dispute, portion: Portion[Owner]) -> OrderTake:
    zero, owner = Money.zero(dispute.currency), portion.owner
    order = owner if isinstance(owner, OrderShare) else None
    return OrderTake(
        order_id=order.id if order else None,
        seller_id=order.seller_id if order else None,
        payment_id=dispute.payment_id,
        held_in=owner.held_in,
        amount=portion.amount,
        commission=zero,
        logistics_fee=zero,
        tax=zero,
        customer_id=owner.shopper_id if isinstance(owner, Apart) else None,
    )


def _named(dispute: Dispute, movement: DisputeMovement) -> dict[str, Any]:
    return {
        "dispute_id": dispute.id,
        "psp": dispute.psp,
        "number": movement.number,
        "effective_at": movement.created_at,
    }


def _reopen(session: Session, sharing: Sharing[Owner], *, cause: Cause, now: datetime) -> None:
    """Something is left again of orders that were closed with nothing."""
    for portion in sharing.portions:
        if isinstance(portion.owner, OrderShare):
            reopen(session, portion.owner.id, cause=cause, now=now)


def _beyond(movement: DisputeMovement, beyond: Money, *, has_orders: bool) -> str:
    if movement.amount.amount_minor < 0:
        if has_orders:
            return f"{beyond} is more than was left of its orders: no seller bears it"
        return f"{beyond} is more than was still there of what was paid: the platform bears it"
    return f"{beyond} is more than was ever taken"


def _warn(session: Session, dispute: Dispute, movement: DisputeMovement, code: str, detail: str) -> None:
    open_alert(
        session,
        code=code,
        severity="critical",
        subject=dispute.public_id,
        detail=f"{movement.number} moved {movement.amount} with a fee of {movement.fee}: {detail}",
        amount=movement.amount,
        payment_id=dispute.payment_id,
        dedupe_key=f"{code}:{dispute.psp}:{movement.number}",
    )
