"""What is known of sellers when a payout is asked for: locked for whoever takes it, read for whoever only explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.payouts import statements
from checkout.payouts.eligibility import NotPayable, SellerFacts, against_the_seller
from checkout.payouts.payout import Payout

SellerCurrency = tuple[UUID, str]
INSTANT_DAY: Final = timedelta(hours=24)  # the last hours, not the calendar's: midnight doubles nothing


@dataclass(frozen=True, slots=True)
class Free:
    """The facts, and the items that no payout has."""

    facts: SellerFacts
    items: Sequence[int]


def lock_free(session: Session, wanted: Sequence[SellerCurrency]) -> dict[SellerCurrency, Free]:
    """Of each seller and currency; their items are this transaction's until it ends. A seller that is not there is
    left out."""
    return _by_pair(execute(session, statements.LOCK_FREE, **_parameters(wanted)).all())


def read_free(wanted: Sequence[SellerCurrency]) -> dict[SellerCurrency, Free]:
    """The same, at this moment, and nobody waits for it."""
    return _by_pair(run(statements.READ_FREE, **_parameters(wanted)))


def with_instants(session: Session, facts: SellerFacts, seller_id: UUID, now: datetime) -> SellerFacts:
    """And what went instantly within a day."""
    return replace(
        facts, instant_minor=execute(session, statements.INSTANT_PAID, **_day(facts, seller_id, now)).one()[0]
    )


def read_instants(facts: SellerFacts, seller_id: UUID, now: datetime) -> SellerFacts:
    """The same, at this moment."""
    return replace(facts, instant_minor=run(statements.INSTANT_PAID, **_day(facts, seller_id, now))[0][0])


def against_paying(session: Session, payout: Payout) -> NotPayable | None:
    """Why a payout that was made may not leave now; what it takes is its own already."""
    pair = (payout.seller_id, payout.currency)
    row = execute(session, statements.READ_FREE, **_parameters([pair])).one()
    return against_the_seller(replace(_facts(row), unresolved=False), utcnow())


def _day(facts: SellerFacts, seller_id: UUID, now: datetime) -> dict[str, Any]:
    return {"seller": seller_id, "currency": facts.free.currency, "since": now - INSTANT_DAY}


def _parameters(wanted: Sequence[SellerCurrency]) -> dict[str, Any]:
    return {
        "sellers": [seller_id for seller_id, _ in wanted],
        "owners": [encode("sel", seller_id) for seller_id, _ in wanted],
        "currencies": [currency for _, currency in wanted],
    }


def _by_pair(rows: Sequence[Row[Any]]) -> dict[SellerCurrency, Free]:
    return {(row.seller_id, row.currency): Free(_facts(row), row.items) for row in rows}


def _facts(row: Row[Any]) -> SellerFacts:
    return SellerFacts(
        free=Money(row.free_minor, row.currency),
        available=Money(row.available_minor, row.currency),
        active=row.active,
        verified=row.verified,
        psp_account=row.psp_account_id,
        has_bank_account=row.payouts_enabled,
        paused_until=row.paused_until,
        held_because=row.held_because,
        unresolved=row.unresolved,
    )
