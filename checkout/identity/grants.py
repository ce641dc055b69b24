"""A role at its tenant, as a value. Pure: access, sessions and memberships all speak of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from checkout.identity.roles import ROLES


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one person: at a seller, at a storefront, or (neither) at the platform."""

    role: str
    seller_id: UUID | None = None
    storefront_id: UUID | None = None


def read_grants(found: Iterable[dict[str, Any]]) -> tuple[Grant, ...]:
    """The grants that a statement aggregated as JSON objects with the keys role, seller_id, storefront_id."""
    return tuple(
        Grant(item["role"], _uuid(item["seller_id"]), _uuid(item["storefront_id"])) for item in found
    )


def second_factor_required(grants: Iterable[Grant]) -> bool:
    """True where any of the roles may not be used without one."""
    return any(ROLES[grant.role].second_factor_required for grant in grants)


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
