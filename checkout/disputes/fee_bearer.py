"""Who bears the fee of a seller's disputes: the platform, unless a person decided otherwise for that seller.

Disputes that are open already keep what was so when they were opened.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode
from checkout.db.statement import execute, run

BEARERS: Final = ("platform", "seller")


def set_fee_bearer(session: Session, seller_id: UUID, bearer: str, *, cause: Cause) -> None:
    """Decides for the disputes to come.

    Raises:
        NotFound: no such seller. InvalidParameter: neither platform nor seller.
    """
    if bearer not in BEARERS:
        raise InvalidParameter.at("/dispute_fee_borne_by", "must be platform or seller", "invalid_choice")
    row = execute(
        session,
        "SELECT dispute_fee_borne_by AS bearer FROM sellers WHERE id = %(id)s FOR UPDATE",
        id=seller_id,
    ).first()
    if row is None:
        raise NotFound("no such seller")
    if row.bearer == bearer:
        return
    execute(
        session,
        "UPDATE sellers SET dispute_fee_borne_by = %(bearer)s WHERE id = %(id)s",
        id=seller_id,
        bearer=bearer,
    )
    audit.record(
        session,
        actor=str(cause),
        action="seller.dispute_fee",
        object=encode("sel", seller_id),
        before={"kind": row.bearer},
        after={"kind": bearer},
    )


def fee_bearer(seller_id: UUID) -> str:
    """Who bears it now.

    Raises:
        NotFound: no such seller.
    """
    rows = run("SELECT dispute_fee_borne_by AS bearer FROM sellers WHERE id = %(id)s", id=seller_id)
    if not rows:
        raise NotFound("no such seller")
    bearer: str = rows[0].bearer
    return bearer
