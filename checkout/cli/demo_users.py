"""The demo's people: one for every role, and the owner of a second seller. Each has a password and a second factor."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from checkout.cli.context import cli_cause
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.identity import memberships, passwords, totp, users
from checkout.identity.grants import Grant
from checkout.identity.roles import ROLES
from checkout.identity.storefronts import Storefront
from checkout.identity.users import User

DOMAIN = "demo.example"
PASSWORD_BYTES = 15


@dataclass(frozen=True, slots=True)
class _Part:
    """Who is to be there: a role at its tenant, under an address."""

    email: str
    name: str
    grant: Grant
    seller: str | None


def seed(known: Any, *, sellers: Sequence[dict[str, str]], storefront: Storefront) -> list[dict[str, Any]]:
    """What scripts sign in with. Whoever is there already keeps password and second factor, where `known` (the list of
    the last time) has them."""
    entries = {item.get("email"): item for item in known} if isinstance(known, list) else {}
    return [_entry(part, entries.get(part.email, {})) for part in _cast(sellers, storefront)]


def _cast(sellers: Sequence[dict[str, str]], storefront: Storefront) -> list[_Part]:
    first, second = sellers[0]["id"], sellers[1]["id"]
    parts = [_part(role, role, storefront.id, first) for role in ROLES]
    return [*parts, _part("seller_owner", "seller_owner2", storefront.id, second)]


def _part(role: str, local: str, storefront_id: UUID, seller: str) -> _Part:
    tenant = ROLES[role].tenant
    return _Part(
        email=f"{local}@{DOMAIN}",
        name=f"Demo {role.replace('_', ' ')}",
        grant=Grant(
            role,
            decode("sel", seller) if tenant == "seller" else None,
            storefront_id if tenant == "storefront" else None,
        ),
        seller=seller if tenant == "seller" else None,
    )


def _entry(part: _Part, known: dict[str, Any]) -> dict[str, Any]:
    user = users.find_by_email(part.email)
    if user is None or not _is_believed(known, user) or part.grant not in user.grants:
        user, known = _make(part, user)
    return {
        "role": part.grant.role,
        "email": part.email,
        "password": known["password"],
        "totp_secret": known["totp_secret"],
        "seller": part.seller,
        "id": user.public_id,
    }


def _is_believed(known: dict[str, Any], user: User) -> bool:
    """The file is of this database, and the account still has both."""
    return bool(
        known.get("id") == user.public_id
        and known.get("password")
        and known.get("totp_secret")
        and user.has_password
        and user.has_second_factor
    )


def _make(part: _Part, user: User | None) -> tuple[User, dict[str, str]]:
    """The account with its role, a new password and a new second factor."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    password_hash = passwords.hashed(password, email=part.email)
    with atomic() as session:
        made = user or users.create_user(session, email=part.email, name=part.name, cause=cli_cause())
        memberships.grant(
            session,
            made.id,
            part.grant.role,
            seller_id=part.grant.seller_id,
            storefront_id=part.grant.storefront_id,
            cause=cli_cause(),
        )
        passwords.set_hash(session, made.id, password_hash, action="password.change", cause=cli_cause())
        if made.has_second_factor:
            totp.forget(session, made.id, cause=cli_cause())
    secret = totp.enrol_without_a_phone(made.id, cause=cli_cause())
    return made, {"password": password, "totp_secret": secret}
