"""What somebody asks of a list again and again, kept for them alone under a name of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.core.text import contains_card_number
from checkout.db.statement import execute, run

List = Literal["finance_alerts"]

NAME_LENGTH: Final = 60
QUERY_LENGTH: Final = 2_000
MOST: Final = 20  # views that somebody may keep of one list


@dataclass(frozen=True, slots=True)
class SavedView:
    """`query`: what stands in the list's address after the question mark."""

    id: UUID
    name: str
    query: str


def views_of(user_id: UUID, list: List) -> Sequence[SavedView]:
    """By their names."""
    rows = run(
        "SELECT id, name, query FROM saved_views WHERE user_id = %(user)s AND list = %(list)s ORDER BY name LIMIT %(most)s",
        user=user_id,
        list=list,
        most=MOST,
    )
    return [SavedView(**row._mapping) for row in rows]


def save_view(session: Session, user_id: UUID, *, list: List, name: str, query: str, cause: Cause) -> None:
    """Keeps a view; one that has the name already is another one from now on.

    Raises:
        InvalidParameter: no name, too long, or there are MOST already.
    """
    named = _checked(name)
    if len(query) > QUERY_LENGTH:
        raise InvalidParameter.at("/view", "the filter is too long to be kept", "too_long")
    execute(session, "SELECT FROM users WHERE id = %(id)s FOR UPDATE", id=user_id)
    execute(
        session,
        "DELETE FROM saved_views WHERE user_id = %(user)s AND list = %(list)s AND name = %(name)s",
        user=user_id,
        list=list,
        name=named,
    )
    kept = execute(
        session,
        "SELECT count(*) FROM saved_views WHERE user_id = %(user)s AND list = %(list)s",
        user=user_id,
        list=list,
    ).scalar_one()
    if kept >= MOST:
        raise InvalidParameter.at("/name", f"you keep {MOST} views already: drop one first", "too_many")
    execute(
        session,
        """
        INSERT INTO saved_views (id, user_id, list, name, query, created_at)
        VALUES (%(id)s, %(user)s, %(list)s, %(name)s, %(query)s, %(now)s)
        """,
        id=new_uuid(),
        user=user_id,
        list=list,
        name=named,
        query=query,
        now=utcnow(),
    )
    _audit(session, "saved_view.save", user_id, cause, {"list": list, "name": named, "query": query})


def drop_view(session: Session, user_id: UUID, view_id: UUID, *, cause: Cause) -> None:
    """
    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    gone = execute(
        session,
        "DELETE FROM saved_views WHERE id = %(id)s AND user_id = %(user)s RETURNING list, name",
        id=view_id,
        user=user_id,
    ).first()
    if gone is None:
        raise NotFound("no such view")
    _audit(session, "saved_view.drop", user_id, cause, {"list": gone.list, "name": gone.name})


def _checked(name: str) -> str:
    named = " ".join(name.split())
    if not named or len(named) > NAME_LENGTH or not named.isprintable():
        raise InvalidParameter.at("/name", f"a name has 1 to {NAME_LENGTH} visible characters", "required")
    if contains_card_number(named):
        raise InvalidParameter.at("/name", "this looks like a card number: it is not kept", "card_number")
    return named


def _audit(session: Session, action: str, user_id: UUID, cause: Cause, after: dict[str, str]) -> None:
    audit.record(session, actor=str(cause), action=action, object=encode("usr", user_id), after=after)
