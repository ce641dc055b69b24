"""Whose money a dispute's movement is: split over what is left of the orders, and given back the same way. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from checkout.core.money import Money, allocate, total

Owner = TypeVar("Owner")


@dataclass(frozen=True, slots=True)
class Portion(Generic[Owner]):
    """What an owner has, and what of it is moved."""

    owner: Owner
    amount: Money


@dataclass(frozen=True, slots=True)
class Sharing(Generic[Owner]):
    """`portions`, without those of zero, and `losses`, which no owner bears: together the whole amount. `beyond` is what
    of the losses nobody could foresee: a person must look."""

    portions: tuple[Portion[Owner], ...]
    losses: Money
    beyond: Money


def take(amount: Money, left: Sequence[Portion[Owner]], *, returned_early: Money) -> Sharing[Owner]:
    """A bank takes `amount` from whatever is `left`, by largest remainder; the platform bears what is beyond it.

    returned_early: what had come back before it was known to be taken, and was nobody's until now.
    """
    early = min(amount, returned_early)
    return _share(amount - early, left, losses=early)


def give_back(amount: Money, taken: Sequence[Portion[Owner]], *, lost: Money) -> Sharing[Owner]:
    """A bank gives `amount` back: first what nobody had borne (`lost`), then to those it was taken from, in proportion.
    What is beyond both is nobody's."""
    to_losses = min(amount, lost)
    return _share(amount - to_losses, taken, losses=to_losses)


def _share(amount: Money, among: Sequence[Portion[Owner]], *, losses: Money) -> Sharing[Owner]:
    whole = total([portion.amount for portion in among], amount.currency)
    covered = min(amount, whole)
    beyond = amount - covered
    if not covered:
        return Sharing((), losses + beyond, beyond)
    parts = allocate(covered, [portion.amount.amount_minor for portion in among])
    portions = tuple(Portion(portion.owner, part) for portion, part in zip(among, parts, strict=True) if part)
    return Sharing(portions, losses + beyond, beyond)
