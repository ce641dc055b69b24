"""Whom a request is about: an address stands for that person at every storefront, an id for one of these."""

from __future__ import annotations

from uuid import UUID

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.statement import run
from checkout.shoppers import find_by_email


def shoppers_of(subject: str) -> list[UUID]:
    """The shoppers meant by an email address or a `cus_…` id; nobody who was erased.

    Raises:
        NotFound: nobody is known by it. MalformedId.
    """
    if "@" in subject:
        found = find_by_email(subject)
    else:
        rows = run(
            "SELECT id FROM shoppers WHERE id = %(id)s AND erased_at IS NULL", id=decode("cus", subject)
        )
        found = [row.id for row in rows]
    if not found:
        raise NotFound("no shopper of that address or id is known")
    return found
