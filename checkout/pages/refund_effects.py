"""What a refund would do to each seller, in figures and in a sentence. Pure but for the balances it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from checkout.core.money import Money, total
from checkout.ledger.seller_balances import in_currency
from checkout.pages.payment_money import Equation, Term
from checkout.refunds.look import Look, PartTaken
from checkout.wording.money import with_code

FROM_NOBODY: Final = "The order was canceled: its money is with the platform, and no seller gives anything."
FROM_HOLD: Final = (
    "{amount} is taken from what {name} has on hold: {before} becomes {after}. No commission is due on it."
)
FROM_AVAILABLE: Final = "{name} has {before} available and will have {after}."
INTO_DEBT: Final = "{name} will be at {after}, taken from the next payout."
DEEPER: Final = "{name} owes {owed} already and will be at {after}, taken from the next payout."


@dataclass(frozen=True, slots=True)
class SellerEffect:
    """`from_seller`: what the seller gives, as an equation; `words`: what becomes of the seller's balance."""

    name: str
    amount: Money
    card: Money
    wallet: Money
    from_seller: Equation
    words: str
    owes: bool


def effects_of(look: Look, names: Mapping[UUID, str]) -> list[SellerEffect]:
    """One for each seller, in the refund's order."""
    by_seller: dict[UUID, list[PartTaken]] = {}
    for taken in look.parts:
        by_seller.setdefault(taken.part.seller_id, []).append(taken)
    return [_effect(seller_id, names[seller_id], parts) for seller_id, parts in by_seller.items()]


def _effect(seller_id: UUID, name: str, parts: list[PartTaken]) -> SellerEffect:
    currency = parts[0].part.card.currency

    def summed(amounts: list[Money]) -> Money:
        return total(amounts, currency)

    card = summed([taken.part.card for taken in parts])
    wallet = summed([taken.part.wallet for taken in parts])
    available, hold = (
        summed([taken.from_available for taken in parts]),
        summed([taken.from_hold for taken in parts]),
    )
    settled = [taken.part for taken in parts if taken.held_in == "available"]
    fees = [
        Term("commission, given back by the platform", summed([part.commission for part in settled]), -1),
        Term("logistics, given back by the platform", summed([part.logistics_fee for part in settled]), -1),
        Term("tax kept back, given back by the platform", summed([part.tax for part in settled]), -1),
    ]
    nobodys = summed([taken.part.amount for taken in parts if taken.held_in == "unapplied"])
    words, owes = _words(seller_id, name, available, hold)
    return SellerEffect(
        name=name,
        amount=card + wallet,
        card=card,
        wallet=wallet,
        from_seller=Equation(
            "taken from the seller",
            (
                Term("goes back to the shopper", card + wallet),
                *(term for term in fees if term.amount),
                *((Term("of a canceled order, with the platform", nobodys, -1),) if nobodys else ()),
            ),
            available + hold,
        ),
        words=words,
        owes=owes,
    )


def _words(seller_id: UUID, name: str, available: Money, hold: Money) -> tuple[str, bool]:
    if not available and not hold:
        return FROM_NOBODY, False
    balance = in_currency(seller_id, (available or hold).currency)
    said, owes = [], False
    if hold:
        left = balance.on_hold - hold
        said.append(
            FROM_HOLD.format(
                amount=with_code(hold), name=name, before=with_code(balance.on_hold), after=with_code(left)
            )
        )
    if available:
        nothing, before = Money.zero(available.currency), balance.available
        after = before - available
        owes = after < nothing
        text = FROM_AVAILABLE if not owes else DEEPER if before < nothing else INTO_DEBT
        said.append(
            text.format(
                name=name,
                before=with_code(before),
                after=with_code(after),
                owed=with_code(nothing - before),
            )
        )
    return " ".join(said), owes
