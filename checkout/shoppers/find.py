"""Find people by address: one row for each storefront they have bought at."""

from __future__ import annotations

from uuid import UUID

from checkout.db.statement import run
from checkout.shoppers.email_index import email_index


def find_by_email(email: str) -> list[UUID]:
    """The shoppers with that address, in whatever case, at every storefront; nobody who was erased."""
    storefronts = [row.id for row in run("SELECT id FROM storefronts")]
    rows = run(
        """
        SELECT s.id FROM unnest(%(storefronts)s::uuid[], %(indexes)s::bytea[]) AS wanted (storefront_id, email_index)
          JOIN shoppers s USING (storefront_id, email_index) ORDER BY s.id
        """,
        storefronts=storefronts,
        indexes=[email_index(email, storefront) for storefront in storefronts],
    )
    return [row.id for row in rows]
