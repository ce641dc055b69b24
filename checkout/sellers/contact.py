"""A seller's contact address: sealed in its row, opened only where a letter or a form of the PSP needs it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import secrets
from checkout.db.statement import execute, run

TABLE: Final = "sellers"
COLUMN: Final = "contact_email_sealed"


def set_contact_email(session: Session, seller_id: UUID, email: str) -> None:
    execute(
        session,
        "UPDATE sellers SET contact_email_sealed = %(sealed)s WHERE id = %(id)s",
        sealed=secrets.seal(email.encode(), table=TABLE, column=COLUMN, row=seller_id),
        id=seller_id,
    )


def contact_email(seller_id: UUID) -> str | None:
    """The address; None where the seller gave none."""
    rows = run("SELECT contact_email_sealed AS sealed FROM sellers WHERE id = %(id)s", id=seller_id)
    if not rows or rows[0].sealed is None:
        return None
    return secrets.open_sealed(rows[0].sealed, table=TABLE, column=COLUMN, row=seller_id).decode()
