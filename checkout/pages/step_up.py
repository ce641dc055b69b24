"""The page that asks for a code before something that is hard to take back, and returns to where one was."""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.db.session import atomic
from checkout.identity import second_factor, sessions
from checkout.identity.errors import MfaInvalid, TooManyAttempts
from checkout.pages import access, session_cookie
from checkout.pages.own_paths import own_path
from checkout.pages.people_page import show
from checkout.pages.sign_in import WRONG_CODE
from checkout.wording import times


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("step_up")
    blueprint.add_url_rule("/step-up", "ask", ask)
    blueprint.add_url_rule("/step-up", "confirm", confirm, methods=["POST"])
    return blueprint


@access.signed_in
def ask() -> Response:
    return _page()


@access.signed_in
def confirm() -> BaseResponse:
    """The session goes on under a new token: what was known of the old one opens nothing that is behind the code."""
    person = access.person()
    try:
        second_factor.verify(person.user_id, request.form.get("code", ""), ip=request.remote_addr)
    except MfaInvalid:
        return _page(status=422, problem=WRONG_CODE)
    except TooManyAttempts as refusal:
        wait = times.in_a_while(refusal.retry_after_seconds or 60)
        return _page(status=429, problem=f"There were too many attempts. {wait}")
    with atomic() as session:
        renewed = sessions.step_up(session, person.session_id)
    answer = redirect(own_path(request.form.get("next"), default="/account"), 303)
    session_cookie.write(answer, session_cookie.SESSION, renewed.text)
    return answer


def _page(*, status: int = 200, problem: str = "") -> Response:
    there = own_path(request.values.get("next"), default="/account")
    return show("account/step_up.html", status=status, problem=problem, next=there)
