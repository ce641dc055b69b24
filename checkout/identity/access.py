"""Whose rows may this caller touch, with which permission? Keys and people alike, asked in one way.

Pure. A permission that is not held is refused here; a row outside the reach is simply not there (NotFound).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from checkout.core.cause import Cause
from checkout.core.errors import DomainError
from checkout.core.ids import encode
from checkout.identity.roles import PLATFORM_SCOPES, ROLES, SCOPES

Kind = Literal["key", "person"]
KEY_KIND: Final = "key"
PERSON_KIND: Final = "person"


class Forbidden(DomainError):
    """A person who holds no role with this permission."""

    code = "forbidden"


class MissingScope(DomainError):
    """A key that was made without this scope."""

    code = "missing_scope"


@dataclass(frozen=True, slots=True)
class Reach:
    """The rows one permission leads to: those of these storefronts and of these sellers, or all there are."""

    everything: bool = False
    storefronts: frozenset[UUID] = frozenset()
    sellers: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return self.everything or bool(self.storefronts or self.sellers)

    def __or__(self, other: Reach) -> Reach:
        return Reach(
            self.everything or other.everything,
            self.storefronts | other.storefronts,
            self.sellers | other.sellers,
        )

    def but(self, tenant: str) -> Reach:
        """Without what it has as a "storefront", or as a "seller"."""
        return Reach(
            self.everything,
            frozenset() if tenant == "storefront" else self.storefronts,
            frozenset() if tenant == "seller" else self.sellers,
        )

    @property
    def one_storefront(self) -> UUID | None:
        """The storefront, where the reach is exactly one: what a storefront's key has."""
        if self.everything or self.sellers or len(self.storefronts) != 1:
            return None
        (only,) = self.storefronts
        return only

    def holds(self, *, storefront_id: UUID | None = None, seller_id: UUID | None = None) -> bool:
        """Whether a row of that storefront, or of that seller, lies within."""
        return self.everything or storefront_id in self.storefronts or seller_id in self.sellers


EVERYTHING = Reach(everything=True)


class GrantLike(Protocol):
    """A role at its tenant: one seller, one storefront, or neither for the platform."""

    @property
    def role(self) -> str: ...
    @property
    def seller_id(self) -> UUID | None: ...
    @property
    def storefront_id(self) -> UUID | None: ...


class PersonLike(Protocol):
    """Somebody who has signed in, on the pages or for an access token."""

    @property
    def user_id(self) -> UUID: ...
    @property
    def grants(self) -> Iterable[GrantLike]: ...
    @property
    def second_factor_at(self) -> datetime | None: ...
    @property
    def read_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever a request speaks for.

    `actor` is what audit rows name: "key:key_…" or "person:usr_…". `scope` is what idempotency keys belong to: a
    key's storefront or seller, whichever of its keys is used, so that rolling a key does not forget what was asked
    under the old one; a person's own id. `second_factor_at` is when a person last gave a code,
    `read_at` when that was read, both by the database's clock.
    """

    kind: Kind
    id: UUID
    livemode: bool
    scope: str = field(repr=False)
    reaches: Mapping[str, Reach] = field(repr=False)
    second_factor_at: datetime | None = None
    read_at: datetime | None = None
    roles: tuple[str, ...] = ()

    @property
    def role(self) -> str | None:
        """In which capacity they act, as the audit log says it."""
        return "api_key" if self.kind == KEY_KIND else ", ".join(self.roles) or None

    @property
    def public_id(self) -> str:
        return encode("key" if self.kind == KEY_KIND else "usr", self.id)

    @property
    def actor(self) -> str:
        return f"{self.kind}:{self.public_id}"

    @property
    def cause(self) -> Cause:
        """For use cases that are told who did it."""
        return Cause(self.kind, self.public_id)

    @property
    def permissions(self) -> frozenset[str]:
        return frozenset(self.reaches)

    def reach(self, permission: str) -> Reach:
        """The rows it leads to; never none.

        Raises:
            MissingScope: a key without it. Forbidden: a person without a role that has it.
        """
        found = self.reaches.get(permission)
        if found:
            return found
        if self.kind == KEY_KIND:
            raise MissingScope(f"this key lacks the scope {permission}", extra={"required_scope": permission})
        roles = roles_with(permission)
        raise Forbidden(
            f"this needs the permission {permission}, which these roles have: {', '.join(roles)}",
            extra={"required_permission": permission, "roles": roles},
        )


def roles_with(permission: str) -> list[str]:
    """The names of the roles that hold a permission, in alphabetical order."""
    return sorted(role.name for role in ROLES.values() if permission in role.permissions)


def reaches_of_grants(grants: Iterable[GrantLike]) -> dict[str, Reach]:
    """What several memberships give together: for each permission the union of where it is held.

    A grant that names no tenant of its role's kind gives nothing.
    """
    reaches: dict[str, Reach] = {}
    for grant in grants:
        role = ROLES.get(grant.role)
        at = _tenant(grant) if role is not None else Reach()
        for permission in role.permissions if role is not None and at else ():
            reaches[permission] = reaches.get(permission, Reach()) | at
    return reaches


def _tenant(grant: GrantLike) -> Reach:
    match ROLES[grant.role].tenant:
        case "platform":
            return EVERYTHING
        case "storefront":
            return Reach(storefronts=_only(grant.storefront_id))
        case "seller":
            return Reach(sellers=_only(grant.seller_id))


def _only(id: UUID | None) -> frozenset[UUID]:
    return frozenset() if id is None else frozenset({id})


def key_principal(
    key_id: UUID,
    *,
    storefront_id: UUID | None,
    seller_id: UUID | None,
    scopes: Iterable[str],
    livemode: bool,
) -> Principal:
    """Who a key of one storefront, or of one seller, speaks for. A scope that no key may have any more gives nothing."""
    if storefront_id is not None:
        scope, at = encode("sto", storefront_id), Reach(storefronts=frozenset({storefront_id}))
    else:
        assert seller_id is not None, "a key belongs to a storefront or a seller"
        scope, at = encode("sel", seller_id), Reach(sellers=frozenset({seller_id}))
    return Principal(
        kind=KEY_KIND,
        id=key_id,
        livemode=livemode,
        scope=scope,
        reaches=dict.fromkeys(SCOPES.intersection(scopes), at)
        | dict.fromkeys(PLATFORM_SCOPES.intersection(scopes), EVERYTHING),
    )


def principal_of(person: PersonLike, *, livemode: bool = False) -> Principal:
    """Who a person is: the same for a session of the pages and for an access token."""
    return Principal(
        kind=PERSON_KIND,
        id=person.user_id,
        livemode=livemode,
        scope=encode("usr", person.user_id),
        reaches=reaches_of_grants(person.grants),
        roles=tuple(sorted({grant.role for grant in person.grants})),
        second_factor_at=person.second_factor_at,
        read_at=person.read_at,
    )
