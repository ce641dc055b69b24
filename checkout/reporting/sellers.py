"""Sellers for those who run the platform: the list with what each has, and one with its plans and holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.reporting.paging import COUNTED, Cut, Page, page_of
from checkout.reporting.seller_order import Plan


@dataclass(frozen=True, slots=True)
class SellerFilter:
    """None does not filter. `name`: how it begins. `held`: anything but None finds those whose payouts are held."""

    name: str | None = None
    verification: str | None = None
    held: str | None = None


@dataclass(frozen=True, slots=True)
class SellerRow:
    """One seller; `available` in each currency, below zero where it owes."""

    id: UUID
    name: str
    country: str | None
    status: str
    verification: str
    held: bool
    commission_bps: int | None
    available: Sequence[Money]
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("sel", self.id)


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold of a seller's payouts, over where it was lifted."""

    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


WHERE: Final = """
     WHERE (%(name)s::text IS NULL OR starts_with(lower(s.name), lower(%(name)s)))
       AND (%(verification)s::text IS NULL OR s.verification_status = %(verification)s)
       AND (%(held)s::text IS NULL
            OR EXISTS (SELECT FROM payout_holds h WHERE h.seller_id = s.id AND h.lifted_at IS NULL))
"""
ROWS: Final = f"""
    SELECT s.id, s.name, s.country, s.status, s.verification_status, s.created_at,
           EXISTS (SELECT FROM payout_holds h WHERE h.seller_id = s.id AND h.lifted_at IS NULL) AS held,
           (SELECT f.commission_bps FROM fee_plans f
             WHERE f.seller_id = s.id AND f.currency IS NULL AND f.valid_from <= now()
             ORDER BY f.version DESC LIMIT 1) AS commission_bps
      FROM sellers s {WHERE}
"""
NEWEST: Final = f"{ROWS} ORDER BY s.id DESC LIMIT %(limit)s"
OLDER: Final = f"{ROWS} AND s.id < %(edge)s ORDER BY s.id DESC LIMIT %(limit)s"
NEWER: Final = f"{ROWS} AND s.id > %(edge)s ORDER BY s.id LIMIT %(limit)s"
COUNT: Final = f"SELECT count(*) FROM (SELECT FROM sellers s {WHERE} LIMIT %(most)s) AS found"
AVAILABLE: Final = """
    SELECT owner, currency, -account_balance(id) AS minor FROM ledger_accounts
     WHERE kind = 'seller_available' AND owner = ANY(%(owners)s) ORDER BY currency
"""
PLANS: Final = """
    SELECT f.version, f.currency, f.commission_bps, f.commission_fixed_minor, f.commission_minimum_minor, f.valid_from,
           coalesce((SELECT jsonb_object_agg(c.category, c.commission_bps)
                       FROM fee_plan_categories c WHERE c.fee_plan_id = f.id), '{}') AS category_bps
      FROM fee_plans f WHERE f.seller_id = %(seller)s ORDER BY f.currency NULLS FIRST, f.version DESC LIMIT 50
"""
HOLDS: Final = """
    SELECT reason, placed_by, placed_at, lifted_by, lifted_at FROM payout_holds
     WHERE seller_id = %(seller)s ORDER BY placed_at DESC LIMIT 20
"""


def list_sellers(filters: SellerFilter, cut: Cut) -> Page[SellerRow]:
    """A page, newest first; `cut` names sellers by their public ids.

    Raises:
        NotFound: the cut's id is malformed.
    """
    parameters = asdict(filters)
    edge = cut.after or cut.before
    statement = NEWEST if edge is None else (OLDER if cut.after else NEWER)
    edges = {"edge": decode("sel", edge)} if edge is not None else {}
    found = run(statement, limit=cut.limit + 1, **parameters, **edges)
    available = _available([row.id for row in found])
    rows = [
        SellerRow(
            id=row.id,
            name=row.name,
            country=row.country,
            status=row.status,
            verification=row.verification_status,
            held=row.held,
            commission_bps=row.commission_bps,
            available=available.get(row.id, ()),
            created_at=row.created_at,
        )
        for row in found
    ]
    total = int(run(COUNT, most=COUNTED + 1, **parameters)[0][0])
    return page_of(rows, cut, total=total, key=lambda row: row.public_id)


def plans_of(seller_id: UUID) -> Sequence[Plan]:
    """All versions, of each currency the newest first: the one before ends where the next begins."""
    return [
        Plan(
            version=row.version,
            currency=row.currency,
            commission_bps=row.commission_bps,
            fixed_minor=row.commission_fixed_minor,
            minimum_minor=row.commission_minimum_minor,
            category_bps=row.category_bps,
            valid_from=row.valid_from,
        )
        for row in run(PLANS, seller=seller_id)
    ]


def holds_of(seller_id: UUID) -> Sequence[HoldRow]:
    """The newest first; at most one of them is not lifted."""
    return [HoldRow(**row._mapping) for row in run(HOLDS, seller=seller_id)]


def _available(sellers: Sequence[UUID]) -> Mapping[UUID, Sequence[Money]]:
    found: dict[UUID, list[Money]] = {}
    for row in run(AVAILABLE, owners=[encode("sel", seller) for seller in sellers]):
        found.setdefault(decode("sel", row.owner), []).append(Money(row.minor, row.currency))
    return found
