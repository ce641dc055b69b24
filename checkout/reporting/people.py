"""The people of the platform as an admin sees them: roles, second factor, open sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.db.statement import run
from checkout.identity import names
from checkout.reporting.paging import COUNTED, Cut, Page, page_of

CHOICES_SHOWN: Final = 500
LOOKED_THROUGH: Final = 10_000  # accounts whose names are opened for one search: about a tenth of a second


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role and where it is held; `at` is the tenant's name, empty for the platform."""

    role: str
    seller_id: UUID | None
    storefront_id: UUID | None
    at: str

    @property
    def seller(self) -> str | None:
        """The seller's public id."""
        return encode("sel", self.seller_id) if self.seller_id else None

    @property
    def storefront(self) -> str | None:
        """The storefront's public id."""
        return encode("sto", self.storefront_id) if self.storefront_id else None


@dataclass(frozen=True, slots=True)
class UserRow:
    """`invited`: there is no password yet."""

    id: UUID
    email: str
    name: str | None
    status: str
    invited: bool
    has_second_factor: bool
    sessions: int
    last_seen_at: datetime | None
    created_at: datetime
    roles: tuple[HeldRole, ...]

    @property
    def public_id(self) -> str:
        return encode("usr", self.id)


ROWS: Final = """
    SELECT u.id, u.email_sealed, u.name_sealed, u.status, u.password_hash IS NULL AS invited, u.created_at,
           EXISTS (SELECT FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
               AS has_second_factor,
           (SELECT count(*) FROM sessions s
             WHERE s.user_id = u.id AND s.ended_at IS NULL AND s.expires_at > %(now)s) AS sessions,
           (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = u.id) AS last_seen_at,
           COALESCE((SELECT jsonb_agg(jsonb_build_object('role', m.role, 'seller_id', m.seller_id,
                            'storefront_id', m.storefront_id, 'at', COALESCE(sel.name, sf.name, ''))
                            ORDER BY m.role, m.id)
                       FROM memberships m
                       LEFT JOIN sellers sel ON sel.id = m.seller_id
                       LEFT JOIN storefronts sf ON sf.id = m.storefront_id
                      WHERE m.user_id = u.id), '[]'::jsonb) AS roles
      FROM users u
"""
WHERE: Final = """
     WHERE (%(role)s::text IS NULL OR EXISTS (
               SELECT FROM memberships m WHERE m.user_id = u.id AND m.role = %(role)s))
       AND (%(ids)s::uuid[] IS NULL OR u.id = ANY(%(ids)s))
       AND (%(status)s::text IS NULL OR u.status = %(status)s)
"""
NEWEST: Final = f"{ROWS} {WHERE} ORDER BY u.id DESC LIMIT %(limit)s"
OLDER: Final = f"{ROWS} {WHERE} AND u.id < %(edge)s ORDER BY u.id DESC LIMIT %(limit)s"
NEWER: Final = f"{ROWS} {WHERE} AND u.id > %(edge)s ORDER BY u.id LIMIT %(limit)s"
NAMES: Final = "SELECT id, email_sealed, name_sealed FROM users ORDER BY id DESC LIMIT %(limit)s"
COUNT: Final = f"SELECT count(*) FROM (SELECT FROM users u {WHERE} LIMIT %(most)s) AS found"


def list_users(
    cut: Cut, *, role: str | None = None, text: str | None = None, status: str | None = None
) -> Page[UserRow]:
    """A page of people; `text` is an address, or the beginning of an address or a name: the database cannot read
    either, so beginnings are looked for among the newest LOOKED_THROUGH accounts alone.

    Raises:
        NotFound: the cut's id is malformed.
    """
    parameters: dict[str, Any] = {"role": role, "status": status}
    parameters["ids"] = None if text is None else _ids_of(text)
    total = int(run(COUNT, most=COUNTED + 1, **parameters)[0][0])
    edge = cut.after or cut.before
    statement = NEWEST if edge is None else (OLDER if cut.after else NEWER)
    if edge is not None:
        parameters["edge"] = decode("usr", edge)
    rows = [_user(row) for row in run(statement, limit=cut.limit + 1, now=utcnow(), **parameters)]
    return page_of(rows, cut, total=total, key=lambda user: user.public_id)


def get_user(user_id: UUID) -> UserRow:
    """One person.

    Raises:
        NotFound: there is none.
    """
    rows = run(f"{ROWS} WHERE u.id = %(id)s", id=user_id, now=utcnow())
    if not rows:
        raise NotFound("no such user")
    return _user(rows[0])


@dataclass(frozen=True, slots=True)
class Choice:
    """A seller or a storefront that a role can be held at."""

    id: UUID
    name: str

    def public_id(self, prefix: str) -> str:
        """`prefix`: sel or sto."""
        return encode(prefix, self.id)


def sellers_to_choose() -> Sequence[Choice]:
    """By name, at most 500."""
    rows = run("SELECT id, name FROM sellers ORDER BY name, id LIMIT %(limit)s", limit=CHOICES_SHOWN)
    return [Choice(row.id, row.name) for row in rows]


def storefronts_to_choose() -> Sequence[Choice]:
    """By name, at most 500."""
    rows = run("SELECT id, name FROM storefronts ORDER BY name, id LIMIT %(limit)s", limit=CHOICES_SHOWN)
    return [Choice(row.id, row.name) for row in rows]


def _ids_of(text: str) -> list[UUID]:
    """Whose whole address it is, else whose address or name begins with it."""
    exact = run("SELECT id FROM users WHERE email_index = %(index)s", index=names.email_index(text))
    if exact:
        return [exact[0].id]
    beginning = text.casefold()
    rows = run(NAMES, limit=LOOKED_THROUGH)
    return [row.id for row in rows if _begins(names.opened(row), beginning)]


def _begins(person: Mapping[str, Any], beginning: str) -> bool:
    return any((person[name] or "").casefold().startswith(beginning) for name in ("email", "name"))


def _user(row: Row[Any]) -> UserRow:
    roles = tuple(
        HeldRole(item["role"], _uuid(item["seller_id"]), _uuid(item["storefront_id"]), item["at"])
        for item in row.roles
    )
    return UserRow(**{**names.opened(row), "roles": roles})


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
