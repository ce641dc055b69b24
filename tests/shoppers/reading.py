"""What the rows of shoppers say, opened; and a row for tests that need one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from checkout.shoppers import Details, email_index, new_person, open_person
from tests.conftest import Database


def people(db: Database) -> list[Details | None]:
    """Oldest first; None for whoever is erased."""
    rows = db.rows("SELECT id, key_sealed, details FROM shoppers ORDER BY created_at, id")
    return [open_person(row["id"], row["key_sealed"], row["details"]) for row in rows]


def add_shopper(db: Database, id: UUID, storefront_id: UUID, details: Details, *, at: datetime) -> None:
    sealed = new_person(id, details)
    db.rows(
        "INSERT INTO shoppers (id, storefront_id, email_index, key_sealed, details, created_at)"
        " VALUES (%(id)s, %(shop)s, %(index)s, %(key)s, %(details)s, %(at)s)",
        id=id,
        shop=storefront_id,
        index=email_index(details.email, storefront_id),
        key=sealed.key_sealed,
        details=sealed.details,
        at=at,
    )
