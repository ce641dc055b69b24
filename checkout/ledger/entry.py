"""A journal entry before it is posted: a value that is sound or cannot be made."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from checkout.core.money import Money
from checkout.ledger.chart import OF_ONE_ORDER, Account

NumberPart = Literal[
    "movement", "movement-2", "movement-3", "movement-4", "movement-5", "fee", "rounding", "exchange"
]
WhenLocked = Literal["book_when_heard", "refuse"]
RELEASE = "order_released"


class UnsoundEntry(ValueError):
    """An entry that breaks a rule of double-entry: a mistake in a recipe. The database would refuse it as well."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg. The amount is signed: debit positive, credit negative."""

    account: Account
    amount: Money
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PspNumber:
    """The number under which a PSP books a movement. Its own fee may stand under the same number, a rounding, the
    exchange into the currency that it is settled in, and further entries of ours that are one movement of the PSP's:
    hence the part."""

    psp: str
    number: str
    part: NumberPart = "movement"


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened once, in postings that sum to zero per currency.

    kind and source_key together name the fact: it is posted once, whoever retries it. source is the public id of the
    resource it came from. effective_at is business time; where it is None, the time of posting. when_locked: what
    becomes of it where effective_at lies in a locked period: a fact is booked all the same, at the time it is heard of.
    """

    kind: str
    source_key: str
    source: str
    postings: tuple[Posting, ...]
    effective_at: datetime | None = None
    psp_number: PspNumber | None = None
    reverses_entry_id: UUID | None = None
    when_locked: WhenLocked = "book_when_heard"

    def __post_init__(self) -> None:
        if not (self.kind and self.source_key and self.source):
            raise UnsoundEntry("an entry has a kind, a source key and a source")
        if len(self.postings) < 2:
            raise UnsoundEntry(f"{self.kind} {self.source_key} has fewer than two postings")
        sums: dict[str, int] = defaultdict(int)
        for posting in self.postings:
            _check(self, posting)
            sums[posting.amount.currency] += posting.amount.amount_minor
        if any(sums.values()):
            raise UnsoundEntry(f"{self.kind} {self.source_key} does not balance: {dict(sums)}")


def _check(entry: Entry, posting: Posting) -> None:
    if not posting.amount:
        raise UnsoundEntry(f"{entry.kind} {entry.source_key} has a leg of zero on {posting.account.kind}")
    must_name_order = entry.kind == RELEASE or posting.account.kind in OF_ONE_ORDER
    if must_name_order and posting.order_id is None:
        raise UnsoundEntry(f"{entry.kind} {entry.source_key}: {posting.account.kind} does not name its order")


def legs(*postings: Posting) -> tuple[Posting, ...]:
    """The postings of a recipe; a leg of zero is left out."""
    return tuple(posting for posting in postings if posting.amount)


def debit(account: Account, amount: Money, *, order_id: UUID | None = None) -> Posting:
    return Posting(account, amount, order_id)


def credit(account: Account, amount: Money, *, order_id: UUID | None = None) -> Posting:
    return Posting(account, -amount, order_id)
