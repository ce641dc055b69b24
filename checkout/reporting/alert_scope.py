"""What a set of alerts comes to, to be said before something is done to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from checkout.core.money import Money
from checkout.db.statement import run

BY_CODE: Final = """
    SELECT code, count(*) AS n FROM alerts WHERE id = ANY(%(ids)s::uuid[]) GROUP BY code ORDER BY n DESC, code
"""
BY_CURRENCY: Final = """
    SELECT currency, sum(amount_minor)::bigint AS minor,
           coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::bigint AS over,
           coalesce(sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::bigint AS under
      FROM alerts WHERE id = ANY(%(ids)s::uuid[]) AND amount_minor IS NOT NULL GROUP BY currency ORDER BY currency
"""


@dataclass(frozen=True, slots=True)
class Sum:
    """Of one currency. `over` and `under`: what it is made up of, where differences of both signs meet."""

    amount: Money
    over: Money
    under: Money

    @property
    def mixed(self) -> bool:
        return bool(self.over) and bool(self.under)


@dataclass(frozen=True, slots=True)
class Scope:
    """How many alerts of which codes, and what their differences come to, currency by currency."""

    count: int
    codes: Mapping[str, int]
    sums: Sequence[Sum]


def scope_of(ids: Sequence[UUID]) -> Scope:
    codes = {row.code: row.n for row in run(BY_CODE, ids=list(ids))}
    sums = [
        Sum(Money(row.minor, row.currency), Money(row.over, row.currency), Money(row.under, row.currency))
        for row in run(BY_CURRENCY, ids=list(ids))
    ]
    return Scope(sum(codes.values()), codes, sums)
