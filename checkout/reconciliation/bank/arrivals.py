"""Which credit of a bank statement is which payout: by the payout's number in its text, else by amount and days, and only
where one credit and one payout are each other's only choice. One credit may be several payouts, and one that is named may
come in several credits. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final
from uuid import UUID

from checkout.core.money import Money

WORDS: Final = re.compile(r"\w+")
BUNDLED_MOST: Final = 4  # payouts in one credit; of more, some sum fits by chance
CHOICES_MOST: Final = 20  # payouts on their way among which a sum is sought: 6 215 sums at most


@dataclass(frozen=True, slots=True)
class PayoutSent:
    """A payout on its way to our bank. number: the PSP's of the movement; source_id: of the payout, where a file told it.
    amount_minor: what no statement has shown of it yet."""

    number: str
    psp: str
    currency: str
    amount_minor: int
    effective_at: datetime
    source_id: str = ""
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """What came in. reference: every text that its sender wrote."""

    reference: str
    amount_minor: int
    currency: str
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a credit is of which payout."""

    payout: PayoutSent
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Finding:
    """The payouts that it is, whose shares are the credit; or none, with why, and the payout that it names although the
    amount is another."""

    shares: tuple[Share, ...]
    named: PayoutSent | None = None
    detail: str = ""


def pair(
    credits: Sequence[Credit], sent: Sequence[PayoutSent], *, before: timedelta, after: timedelta
) -> list[Finding]:
    """For each credit what it is. No more of a payout arrives than was sent."""
    found: dict[int, tuple[Share, ...]] = {}
    left = list(sent)
    for certain in (_single, _in_parts, _bundled):
        while fresh := certain(credits, left, found, before, after):
            found |= fresh
            gone = {share.payout for shares in fresh.values() for share in shares}
            left = [payout for payout in left if payout not in gone]
    return [
        Finding(found[n]) if n in found else _unpaired(credit, _choices(credit, left, before, after), left)
        for n, credit in enumerate(credits)
    ]


Found = Mapping[int, tuple[Share, ...]]


def _single(
    credits: Sequence[Credit], left: Sequence[PayoutSent], found: Found, before: timedelta, after: timedelta
) -> dict[int, tuple[Share, ...]]:
    """Of what is left, the credits that have one choice which no other has alone; what they take is no choice any more."""
    choices = {n: _choices(credit, left, before, after) for n, credit in enumerate(credits) if n not in found}
    only = {n: choice[0] for n, choice in choices.items() if len(choice) == 1}
    return {
        n: (Share(payout, payout.amount_minor),)
        for n, payout in only.items()
        if list(only.values()).count(payout) == 1
    }


def _in_parts(
    credits: Sequence[Credit], left: Sequence[PayoutSent], found: Found, before: timedelta, after: timedelta
) -> dict[int, tuple[Share, ...]]:
    """Credits that each name one payout, and together are it."""
    parts: dict[PayoutSent, list[int]] = {}
    for n, credit in enumerate(credits):
        named = [each for each in _named(credit, left) if _fits(credit, each, before, after)]
        if n not in found and len(named) == 1:
            parts.setdefault(named[0], []).append(n)
    return {
        n: (Share(payout, credits[n].amount_minor),)
        for payout, places in parts.items()
        if len(places) > 1 and sum(credits[n].amount_minor for n in places) == payout.amount_minor
        for n in places
    }


def _bundled(
    credits: Sequence[Credit], left: Sequence[PayoutSent], found: Found, before: timedelta, after: timedelta
) -> dict[int, tuple[Share, ...]]:
    """Credits that are exactly one sum of payouts of one PSP, where no two credits want the same payout."""
    bundles = {n: _bundle(credit, left, before, after) for n, credit in enumerate(credits) if n not in found}
    wanted = [payout for bundle in bundles.values() for payout in bundle]
    return {
        n: tuple(Share(payout, payout.amount_minor) for payout in bundle)
        for n, bundle in bundles.items()
        if bundle and all(wanted.count(payout) == 1 for payout in bundle)
    }


def _bundle(
    credit: Credit, left: Sequence[PayoutSent], before: timedelta, after: timedelta
) -> tuple[PayoutSent, ...]:
    """The only sum; none where there are several, where a payout alone would do as well, or where too many are on their way
    for anybody to know. Where the text names payouts, they and no others are it."""
    within = [payout for payout in left if _fits(credit, payout, before, after)]
    if named := tuple(_named(credit, within)):
        whole = len(named) > 1 and sum(payout.amount_minor for payout in named) == credit.amount_minor
        return named if whole else ()
    sums: list[tuple[PayoutSent, ...]] = []
    for psp in sorted({payout.psp for payout in within}):
        choices = [payout for payout in within if payout.psp == psp]
        if len(choices) > CHOICES_MOST:
            return ()
        sums += [
            bundle
            for size in range(1, BUNDLED_MOST + 1)
            for bundle in combinations(choices, size)
            if sum(payout.amount_minor for payout in bundle) == credit.amount_minor
        ]
    return sums[0] if len(sums) == 1 and len(sums[0]) > 1 else ()


def _fits(credit: Credit, payout: PayoutSent, before: timedelta, after: timedelta) -> bool:
    """Its currency and its days."""
    return payout.currency == credit.currency and -before <= credit.booked_at - payout.effective_at <= after


def _choices(
    credit: Credit, sent: Sequence[PayoutSent], before: timedelta, after: timedelta
) -> list[PayoutSent]:
    """The payouts of its amount, currency and days; of these the ones that it names, where it names any."""
    fitting = [
        payout
        for payout in sent
        if payout.amount_minor == credit.amount_minor and _fits(credit, payout, before, after)
    ]
    named = _named(credit, sent)
    return [payout for payout in fitting if payout in named] if named else fitting


def _named(credit: Credit, sent: Sequence[PayoutSent]) -> list[PayoutSent]:
    words = set(WORDS.findall(credit.reference))
    return [payout for payout in sent if payout.number in words or payout.source_id in words]


def _unpaired(credit: Credit, choices: Sequence[PayoutSent], left: Sequence[PayoutSent]) -> Finding:
    if len(choices) == 1:
        return Finding((), None, f"More than one credit could be the payout {choices[0].number}.")
    if choices:
        return Finding((), None, f"{len(choices)} payouts on their way could be this credit.")
    if named := _named(credit, left):
        payout = named[0]
        detail = (
            f"It names the payout {payout.number}, which is {Money(payout.amount_minor, payout.currency)}."
        )
        return Finding((), payout if payout.currency == credit.currency else None, detail)
    return Finding((), None, "No payout on its way has this amount.")
