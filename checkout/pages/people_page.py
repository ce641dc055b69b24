"""Renders a page behind the sign-in: the frame gets its person, menu and the session's end; the view gives the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from flask import Response, make_response, render_template, request

from checkout.identity.access import roles_with
from checkout.identity.sessions import IDLE_MINUTES, Person
from checkout.pages import access
from checkout.pages.menu import menu_of
from checkout.pages.role_names import role_name

WARN_BEFORE: Final = timedelta(minutes=2)  # WCAG 2.2.1: time enough to act
A_LITTLE_LATER: Final = 1  # asked a second after the moment, the answer is on its right side

assert timedelta(minutes=IDLE_MINUTES) > 2 * WARN_BEFORE


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How the session ends, for the frame: when to ask again, and what to say meanwhile."""

    state: Literal["open", "ending", "over"]
    ask_in_seconds: int | None


def show(template: str, *, status: int = 200, **data: Any) -> Response:
    """The page of the signed-in person."""
    person = access.person()
    page = render_template(
        template,
        person=person,
        roles=sorted({role_name(grant.role) for grant in person.grants}),
        menu=menu_of(access.principal()),
        may=access.may,
        needs=needs,
        here=request.endpoint,
        session=session_end(person, just_used=True),
        **data,
    )
    return make_response(page, status)


def session_end(person: Person | None, *, just_used: bool) -> SessionEnd:
    """`just_used`: the request counts as a visit, so nobody is warned by it."""
    if person is None:
        return SessionEnd("over", None)
    left = person.expires_at - person.read_at
    if left > WARN_BEFORE or just_used:
        seconds = max(0, int((left - WARN_BEFORE).total_seconds()))
        return SessionEnd("open", seconds + A_LITTLE_LATER)
    return SessionEnd("ending", int(left.total_seconds()) + A_LITTLE_LATER)


def needs(permission: str) -> str:
    """Why something is shown but cannot be done: "Needs role Operator or Admin"."""
    names = [role_name(role) for role in roles_with(permission)]
    return f"Needs role {' or '.join(names)}"
