"""What a refund does to the books: taken from the orders before the PSP is asked, sent when the PSP has sent it, and back
again where it failed. Each is booked once, whoever comes with the news how often.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.money import Money, total
from checkout.db.statement import execute
from checkout.ledger import journal, money_back_recipes
from checkout.ledger.money_back_recipes import OrderTake
from checkout.ledger.recipes import WalletPart
from checkout.orders.closing import reopen
from checkout.orders.giving_back import earn_again
from checkout.orders.owing import tell_if_owing
from checkout.orders.shares import OrderShare, change_share, lock_shares
from checkout.psp import Refund as PspRefund
from checkout.refunds import statements, top_ups
from checkout.refunds.payment import count_what_happened, payment_of
from checkout.refunds.refund import Part, Refund, parts_of
from checkout.wallets import balance


def take(session: Session, refund: Refund, *, cause: Cause, now: datetime) -> None:
    """The orders give it: the card's part is on its way to the PSP, the wallet's is there at once."""
    if refund.kind == "unapplied":
        entry = money_back_recipes.unapplied_refund_requested(
            refund_id=refund.id, payment_id=refund.payment_id, psp=refund.psp, amount=refund.card
        )
        journal.post(session, entry, cause=cause)
        return
    shopper_id = payment_of(session, refund.payment_id).shopper_id
    if refund.wallet:
        balance.credit(session, shopper_id=shopper_id, amount=refund.wallet, now=now)
    parts = parts_of(session, refund)
    shares = {share.id: share for share in lock_shares(session, refund.payment_id)}
    for part in parts:
        entry = money_back_recipes.refund_requested(
            refund_id=refund.id,
            take=_let_go(shares[part.order_id], part),
            psp=refund.psp,
            card=part.card,
            wallet=WalletPart(shopper_id, part.wallet) if part.wallet else None,
            effective_at=now,
        )
        journal.post(session, entry, cause=cause)
    _tell_debts(session, refund, shares, cause=cause, now=now)


def take_external(session: Session, refund: Refund, made: PspRefund, *, cause: Cause, now: datetime) -> None:
    """The PSP has sent what we never asked for: it is the orders' first, then what was nobody's, then the platform's."""
    assert made.balance_transaction is not None
    if journal.find(session, "external_refund", made.balance_transaction) is not None:
        return
    parts = parts_of(session, refund)
    shares = {share.id: share for share in lock_shares(session, refund.payment_id)}
    takes = [take_of(shares[part.order_id], part) for part in parts] + _beside(refund, parts)
    refund, credit = top_ups.take_credit(session, refund, now=now)
    entry = money_back_recipes.external_refund(
        refund_id=refund.id,
        psp=refund.psp,
        number=made.balance_transaction,
        takes=takes if credit is None else [*takes, credit],
        excess=refund.excess,
        effective_at=made.created_at,
    )
    if journal.post(session, entry, cause=cause) is not None:
        _tell_debts(session, refund, shares, cause=cause, now=now)


def send(session: Session, refund: Refund, made: PspRefund, *, cause: Cause) -> None:
    """The PSP has taken it from our balance."""
    assert made.balance_transaction is not None
    entry = money_back_recipes.refund_sent(
        refund_id=refund.id,
        psp=refund.psp,
        number=made.balance_transaction,
        amount=refund.card,
        effective_at=made.created_at,
    )
    journal.post(session, entry, cause=cause)


def bounce(session: Session, refund: Refund, number: str, *, cause: Cause) -> None:
    """The PSP has put it back into our balance."""
    entry = money_back_recipes.refund_bounced(
        refund_id=refund.id, psp=refund.psp, number=number, amount=refund.card
    )
    journal.post(session, entry, cause=cause)


def is_in_transit(session: Session, refund: Refund) -> bool:
    """Whether all that was to go to the card lies between us and the PSP: neither sent, nor given back."""
    held: int = execute(session, statements.IN_TRANSIT, source=refund.public_id).scalar_one()
    return held == refund.card.amount_minor


def return_card(session: Session, refund: Refund, *, cause: Cause, now: datetime) -> None:
    """The card's part lies with its orders again, as they stand now; what went to the wallet stays there."""
    parts = parts_of(session, refund)
    shares = {share.id: share for share in lock_shares(session, refund.payment_id)}
    takes = []
    for part in parts:
        back = earn_again(shares[part.order_id], part.card, _logistics_of(part))
        takes.append(
            _take(
                shares[part.order_id],
                part.card,
                (back.commission, back.logistics_fee, back.tax),
            )
        )
    count_back(session, refund, parts, cause=cause, now=now)
    credit = top_ups.return_credit(session, refund, now=now)
    if credit is not None:
        takes.append(credit)
    entry = money_back_recipes.refund_failed(
        refund_id=refund.id,
        psp=refund.psp,
        takes=[each for each in takes if each.amount] + _beside(refund, parts, credit),
        losses=refund.excess,
        effective_at=now,
    )
    journal.post(session, entry, cause=cause)
    _tell_debts(session, refund, shares, cause=cause, now=now)


def count_back(
    session: Session, refund: Refund, parts: tuple[Part, ...], *, cause: Cause, now: datetime
) -> None:
    """Payment, orders and lines no longer count what did not go back; closed orders are open again."""
    was_taken = refund.status != "awaiting_approval"
    for part in parts:
        amount = part.card if was_taken else part.amount
        change_share(
            session,
            part.order_id,
            now=now,
            refunded=-amount.amount_minor,
            refunded_to_wallet=0 if was_taken else -part.wallet.amount_minor,
            logistics_returned=-(_logistics_of(part) if was_taken else part.logistics_fee).amount_minor,
            refunds_in_flight=-1 if refund.in_flight else 0,
        )
        if amount:
            reopen(session, part.order_id, cause=cause, now=now)
    execute(session, statements.LINES_BACK, id=refund.id)
    execute(session, "UPDATE refunds SET in_flight = false WHERE id = %(id)s", id=refund.id)
    back = refund.card if was_taken else refund.amount
    count_what_happened(session, refund.payment_id, -back, now=now)


def take_of(share: OrderShare, part: Part) -> OrderTake:
    return _take(share, part.amount, (part.commission, part.logistics_fee, part.tax))


def _let_go(share: OrderShare, part: Part) -> OrderTake:
    """With the fees as they are now: while it waited for a second person, other refunds may have gone."""
    back = earn_again(share, part.amount, part.logistics_fee)
    return _take(share, part.amount, (back.commission, back.logistics_fee, back.tax))


def _take(share: OrderShare, amount: Money, fees: tuple[Money, Money, Money]) -> OrderTake:
    commission, logistics_fee, tax = fees
    return OrderTake(
        order_id=share.id,
        seller_id=share.seller_id,
        payment_id=share.payment_id,
        held_in=share.held_in,
        amount=amount,
        commission=commission,
        logistics_fee=logistics_fee,
        tax=tax,
    )


def _beside(refund: Refund, parts: tuple[Part, ...], credit: OrderTake | None = None) -> list[OrderTake]:
    """What of the refund was money of no order, and no store credit either."""
    nothing = Money.zero(refund.currency)
    amount = refund.card - total([part.card for part in parts], refund.currency) - refund.excess
    if credit is not None:
        amount = amount - credit.amount
    if not amount:
        return []
    return [OrderTake(None, None, refund.payment_id, "unapplied", amount, nothing, nothing, nothing)]


def _logistics_of(part: Part) -> Money:
    """What was given back with the way stays so where a part of the order's money arrived in the wallet."""
    return part.logistics_fee if not part.wallet else Money.zero(part.card.currency)


def _tell_debts(
    session: Session, refund: Refund, shares: Mapping[UUID, OrderShare], *, cause: Cause, now: datetime
) -> None:
    owing = [share.seller_id for share in shares.values() if share.held_in == "available"]
    if owing:
        tell_if_owing(session, owing, refund.currency, cause=cause, now=now)
