"""Whose wallet it is: customers within a caller's reach. What lies outside is not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.db.statement import run
from checkout.identity.access import Reach
from checkout.shoppers import find_by_email

READ = (
    "SELECT id, storefront_id, created_at, erased_at FROM shoppers WHERE id = ANY(%(ids)s) ORDER BY id DESC"
)


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who has bought at a storefront. Nothing personal: their details stand with the shoppers."""

    id: UUID
    storefront_id: UUID
    created_at: datetime
    erased: bool

    @property
    def public_id(self) -> str:
        return encode("cus", self.id)


def customer_within(text: str, reach: Reach) -> Customer:
    """A customer by the "cus_…" id, where their storefront lies within the caller's reach.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    found = _within([decode("cus", text)], reach)
    if not found:
        raise NotFound("no such customer")
    return found[0]


def customers_with_email(email: str, reach: Reach) -> list[Customer]:
    """Whoever has bought with the address, in whatever case: one at each storefront of the reach, the newest first."""
    return _within(find_by_email(email), reach)


def _within(ids: list[UUID], reach: Reach) -> list[Customer]:
    return [
        Customer(row.id, row.storefront_id, row.created_at, row.erased_at is not None)
        for row in run(READ, ids=ids)
        if reach.everything or row.storefront_id in reach.storefronts
    ]
