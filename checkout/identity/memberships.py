"""Who holds which role where. Granting and revoking end all sessions of the person: nobody acts with a role of before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.core.text import did_you_mean
from checkout.db.statement import execute, run
from checkout.identity.grants import Grant
from checkout.identity.last_admin import ADMIN, keep_another
from checkout.identity.roles import ROLES
from checkout.identity.sessions import revoke_all

__all__ = ["Grant", "grant", "grants_of", "revoke"]


@dataclass(frozen=True, slots=True)
class _Held:
    """A role at its tenant, checked: exactly the tenant that the role asks for is named."""

    role: str
    seller_id: UUID | None
    storefront_id: UUID | None

    def shown(self) -> dict[str, Any]:
        return {
            "role": self.role,
            "seller": encode("sel", self.seller_id) if self.seller_id else None,
            "storefront": encode("sto", self.storefront_id) if self.storefront_id else None,
        }


def grant(
    session: Session,
    user_id: UUID,
    role: str,
    *,
    seller_id: UUID | None = None,
    storefront_id: UUID | None = None,
    cause: Cause,
) -> Grant:
    """Gives the role at its tenant. Granting what is held already changes nothing.

    Raises:
        InvalidParameter: no such role, or not the tenant that it is held at. NotFound: no such user, seller or
        storefront.
    """
    held = _checked(role, seller_id, storefront_id)
    try:
        row = execute(
            session,
            """
            INSERT INTO memberships (id, user_id, role, seller_id, storefront_id, created_at)
            VALUES (%(id)s, %(user_id)s, %(role)s, %(seller_id)s, %(storefront_id)s, %(now)s)
            ON CONFLICT ON CONSTRAINT role_held_once DO NOTHING RETURNING id
            """,
            id=new_uuid(),
            user_id=user_id,
            role=role,
            seller_id=seller_id,
            storefront_id=storefront_id,
            now=utcnow(),
        ).first()
    except exc.IntegrityError as error:
        raise NotFound("no such user, seller or storefront") from error
    if row is not None:
        _audit(session, "role.grant", user_id, cause, after=held.shown())
        revoke_all(session, user_id, cause=cause)
    return Grant(role, seller_id, storefront_id)


def revoke(
    session: Session,
    user_id: UUID,
    role: str,
    *,
    seller_id: UUID | None = None,
    storefront_id: UUID | None = None,
    cause: Cause,
) -> None:
    """Takes the role away.

    Raises:
        InvalidParameter: no such role, not its tenant, or the last admin's. NotFound: the user does not hold it there.
    """
    held = _checked(role, seller_id, storefront_id)
    if role == ADMIN:
        keep_another(session, user_id)
    gone = execute(
        session,
        """
        DELETE FROM memberships
         WHERE user_id = %(user_id)s AND role = %(role)s
           AND seller_id IS NOT DISTINCT FROM %(seller_id)s AND storefront_id IS NOT DISTINCT FROM %(storefront_id)s
        RETURNING id
        """,
        user_id=user_id,
        role=role,
        seller_id=seller_id,
        storefront_id=storefront_id,
    ).first()
    if gone is None:
        raise NotFound("the user does not hold this role")
    _audit(session, "role.revoke", user_id, cause, before=held.shown())
    revoke_all(session, user_id, cause=cause)


def grants_of(user_id: UUID) -> tuple[Grant, ...]:
    """What a person holds, by role."""
    rows = run(
        "SELECT role, seller_id, storefront_id FROM memberships WHERE user_id = %(user_id)s ORDER BY role, id",
        user_id=user_id,
    )
    return tuple(Grant(row.role, row.seller_id, row.storefront_id) for row in rows)


def _checked(role: str, seller_id: UUID | None, storefront_id: UUID | None) -> _Held:
    known = ROLES.get(role)
    if known is None:
        near = did_you_mean(role, ROLES)
        raise InvalidParameter.at(
            "/role", f"no such role: {role[:50]}" + (f"; did you mean {near}?" if near else "")
        )
    wanted = {
        "seller": (True, False),
        "storefront": (False, True),
        "platform": (False, False),
    }[known.tenant]
    if (seller_id is not None, storefront_id is not None) != wanted:
        raise InvalidParameter.at(
            "/role",
            f"{role} is held at the platform: name no seller and no storefront"
            if known.tenant == "platform"
            else f"{role} is held at one {known.tenant}: name it, and nothing else",
        )
    return _Held(role, seller_id, storefront_id)


def _audit(session: Session, action: str, user_id: UUID, cause: Cause, **change: Any) -> None:
    audit.record(session, actor=str(cause), action=action, object=encode("usr", user_id), **change)
