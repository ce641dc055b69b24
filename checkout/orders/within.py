"""Which sellers' money lies within a caller's reach."""

from __future__ import annotations

from uuid import UUID

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.statement import run
from checkout.identity.access import Reach


def seller_within(text: str, reach: Reach) -> UUID:
    """A seller by its "sel_…" id: of the platform, for whoever sees all; of the caller; or of one who has sold in the
    caller's storefront.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    seller_id = decode("sel", text)
    rows = run(
        """
        SELECT %(everything)s OR id = ANY(%(sellers)s)
               OR EXISTS (SELECT FROM orders WHERE seller_id = sellers.id AND storefront_id = ANY(%(storefronts)s))
               AS within
          FROM sellers WHERE id = %(id)s
        """,
        id=seller_id,
        everything=reach.everything,
        sellers=list(reach.sellers),
        storefronts=list(reach.storefronts),
    )
    if not rows or not rows[0].within:
        raise NotFound("no such seller")
    return seller_id
