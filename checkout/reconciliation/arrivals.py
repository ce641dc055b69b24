"""Which credit of a bank statement is which payout: by the payout's number in its text, else by amount and days, and only
where one credit and one payout are each other's only choice. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WORDS: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PayoutSent:
    """A payout on its way to our bank. number: the PSP's of the movement; source_id: of the payout, where a file told it."""

    number: str
    psp: str
    currency: str
    amount_minor: int
    effective_at: datetime
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """What came in. reference: every text that its sender wrote."""

    reference: str
    amount_minor: int
    currency: str
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """The payout that it is; or none, with why, and the payout that it names although the amount is another."""

    payout: PayoutSent | None
    named: PayoutSent | None = None
    detail: str = ""


def pair(
    credits: Sequence[Credit], sent: Sequence[PayoutSent], *, before: timedelta, after: timedelta
) -> list[Finding]:
    """For each credit what it is. A payout is the arrival of one credit at most."""
    found: dict[int, PayoutSent] = {}
    left = list(sent)
    while certain := _certain(credits, left, found, before, after):
        found |= certain
        left = [payout for payout in left if payout not in certain.values()]
    return [
        Finding(found[n]) if n in found else _unpaired(credit, _choices(credit, left, before, after), left)
        for n, credit in enumerate(credits)
    ]


def _certain(
    credits: Sequence[Credit],
    left: Sequence[PayoutSent],
    found: Mapping[int, PayoutSent],
    before: timedelta,
    after: timedelta,
) -> dict[int, PayoutSent]:
    """Of what is left, the credits that have one choice which no other has alone; what they take is no choice any more."""
    choices = {n: _choices(credit, left, before, after) for n, credit in enumerate(credits) if n not in found}
    only = {n: choice[0] for n, choice in choices.items() if len(choice) == 1}
    return {n: payout for n, payout in only.items() if list(only.values()).count(payout) == 1}


def _choices(
    credit: Credit, sent: Sequence[PayoutSent], before: timedelta, after: timedelta
) -> list[PayoutSent]:
    """The payouts of its amount, currency and days; of these the ones that it names, where it names any."""
    fitting = [
        payout
        for payout in sent
        if (payout.amount_minor, payout.currency) == (credit.amount_minor, credit.currency)
        and -before <= credit.booked_at - payout.effective_at <= after
    ]
    named = _named(credit, sent)
    return [payout for payout in fitting if payout in named] if named else fitting


def _named(credit: Credit, sent: Sequence[PayoutSent]) -> list[PayoutSent]:
    words = set(WORDS.findall(credit.reference))
    return [payout for payout in sent if payout.number in words or payout.source_id in words]


def _unpaired(credit: Credit, choices: Sequence[PayoutSent], left: Sequence[PayoutSent]) -> Finding:
    if len(choices) == 1:
        return Finding(None, None, f"More than one credit could be the payout {choices[0].number}.")
    if choices:
        return Finding(None, None, f"{len(choices)} payouts on their way could be this credit.")
    if named := _named(credit, left):
        payout = named[0]
        detail = f"It names the payout {payout.number}, which is {payout.amount_minor} in {payout.currency}."
        return Finding(None, payout if payout.currency == credit.currency else None, detail)
    return Finding(None, None, "No payout on its way has this amount.")
