"""Reads of sellers and their plans. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.ids import parsed
from checkout.db.statement import execute, run
from checkout.sellers import statements
from checkout.sellers.fees import FeePlan
from checkout.sellers.verification import NOT_STARTED, Verification
from checkout.sellers.views import PayoutAccountView, SellerView

__all__ = ["FeePlan", "SellerView", "get_seller", "list_sellers", "plan_for", "plan_of", "read_seller"]


def get_seller(seller_id: UUID) -> SellerView:
    """One seller.

    Raises:
        NotFound: there is none.
    """
    rows = run(statements.ONE, id=seller_id, now=utcnow())
    if not rows:
        raise NotFound("no such seller")
    return _seller(rows[0])


def read_seller(session: Session, seller_id: UUID) -> SellerView:
    """The same in the caller's transaction: also one that has not been committed.

    Raises:
        NotFound: there is none.
    """
    row = execute(session, statements.ONE, id=seller_id, now=utcnow()).first()
    if row is None:
        raise NotFound("no such seller")
    return _seller(row)


def list_sellers(
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    before: tuple[datetime, UUID] | None = None,
    only: Collection[UUID] | None = None,
) -> list[SellerView]:
    """A page of sellers, newest first; an edge is the (created_at, id) of the row a page ends at. `only` shows no
    others than these."""
    assert after is None or before is None, "a page has one edge"
    edge = after or before
    parameters: dict[str, Any] = {
        "limit": limit,
        "now": utcnow(),
        "only": None if only is None else list(only),
    }
    if edge is None:
        return [_seller(row) for row in run(statements.NEWEST, **parameters)]
    parameters |= {"edge_at": edge[0], "edge_id": edge[1]}
    if after is not None:
        return [_seller(row) for row in run(statements.OLDER, **parameters)]
    return [_seller(row) for row in reversed(run(statements.NEWER, **parameters))]


def plan_for(session: Session, seller_id: UUID, currency: str, at: datetime) -> FeePlan:
    """The plan in force for orders in a currency: the currency's own, else the one for all.

    Raises:
        NotFound: no plan had begun at that time.
    """
    row = execute(session, statements.PLAN_FOR, seller_id=seller_id, currency=currency, at=at).first()
    if row is None:
        raise NotFound("the seller has no fee plan")
    return FeePlan(**{**row._mapping, "category_bps": row.category_bps or {}})


def plan_of(document: Mapping[str, Any]) -> FeePlan:
    """The plan of one JSON document (see statements.PLANS_IN_FORCE)."""
    return FeePlan(
        id=parsed(document["id"]),
        currency=document["currency"],
        version=document["version"],
        commission_bps=document["commission_bps"],
        commission_fixed_minor=document["commission_fixed_minor"],
        commission_minimum_minor=document["commission_minimum_minor"],
        valid_from=datetime.fromisoformat(document["valid_from"]),
        category_bps=document["category_bps"] or {},
    )


def _seller(row: Row[Any]) -> SellerView:
    values = dict(row._mapping)
    values["fee_plans"] = tuple(plan_of(document) for document in values.pop("plans"))
    values["payout_accounts"] = tuple(_account_of(document) for document in values.pop("accounts"))
    facts = Verification(
        status=values.pop("verification_status"),
        reason=values.pop("verification_reason"),
        requirements=tuple(values.pop("requirements")),
        payouts_enabled=values.pop("payouts_enabled"),
    )
    begun = values.pop("onboarding")
    values["verification"] = facts if begun or facts.status != "unverified" else NOT_STARTED
    return SellerView(**values)


def _account_of(document: Mapping[str, Any]) -> PayoutAccountView:
    return PayoutAccountView(
        id=UUID(document["id"]),
        currency=document["currency"],
        country=document["country"],
        last4=document["last4"],
        created_at=datetime.fromisoformat(document["created_at"]),
        set_at=_moment(document["set_at"]),
        refusal=document["refusal"],
        payouts_paused_until=_moment(document["payouts_paused_until"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
