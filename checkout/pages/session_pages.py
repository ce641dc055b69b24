"""How long the session lasts, asked by the frame of every page; and the button that keeps it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.identity import sessions
from checkout.pages import access, csrf, security, session_cookie
from checkout.pages.menu import landing
from checkout.pages.people_page import session_end


def make_blueprint() -> Blueprint:
    """Open to all: whoever has no session any more is told so, in the place of the warning."""
    blueprint = Blueprint("session", __name__)
    security.protect(blueprint)
    blueprint.before_request(csrf.refuse_forged_forms)
    blueprint.add_url_rule("/session", "look", look)
    blueprint.add_url_rule("/session", "stay", stay, methods=["POST"])
    return blueprint


def look() -> Response:
    """The warning, or its quiet place. Asking is no visit: it prolongs nothing."""
    token = session_cookie.read(session_cookie.SESSION)
    return _fragment(sessions.look(token) if token else None, just_used=False)


def stay() -> BaseResponse:
    """Any request prolongs the session by being one."""
    person = access.current_person()
    if request.headers.get("HX-Request"):
        return _fragment(person, just_used=person is not None)
    return redirect(landing(person) if person else "/sign-in", 303)


def _fragment(person: sessions.Person | None, *, just_used: bool) -> Response:
    return make_response(
        render_template("people/_session.html", session=session_end(person, just_used=just_used))
    )
