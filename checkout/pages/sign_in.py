"""Signing in: address and password, then the second factor; and signing out.

What is wrong is never told apart: the words, the status and the time are one for all. The cookie between the two pages
holds a token of its own that opens nothing by itself; the session's token is made anew at the end.
"""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from checkout.core.errors import NotFound
from checkout.db.session import atomic
from checkout.identity import sessions, sign_in
from checkout.identity.errors import InvalidCredentials, MfaInvalid, TooManyAttempts
from checkout.pages import access, csrf, security, session_cookie
from checkout.pages.menu import landing
from checkout.pages.own_paths import own_path
from checkout.wording import times

WRONG = "Email and password do not belong together, or the account cannot be used."
WRONG_CODE = "This code does not fit. A code of the app holds for half a minute and is taken once."
START_AGAIN = "That took too long. Please begin again."
DONE = {
    "out": "You are signed out.",
    "password": "Your password is set. Please sign in with it.",
    "all": "You are signed out everywhere.",
    "off": "Your second factor is turned off, and its recovery codes with it. Please sign in.",
    "again": START_AGAIN,
}


def make_blueprint() -> Blueprint:
    blueprint = Blueprint("sign_in", __name__, url_prefix="/sign-in")
    security.protect(blueprint)
    blueprint.before_request(csrf.refuse_forged_forms)
    blueprint.after_request(csrf.remember_visitor)
    blueprint.add_url_rule("", "show", show)
    blueprint.add_url_rule("", "begin", begin, methods=["POST"])
    blueprint.add_url_rule("/code", "code", code)
    blueprint.add_url_rule("/code", "finish", finish, methods=["POST"])
    blueprint.add_url_rule("/enrol", "enrol", enrol)
    blueprint.add_url_rule("/enrol", "finish_enrolment", finish_enrolment, methods=["POST"])
    return blueprint


def make_sign_out() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("sign_out")
    blueprint.add_url_rule("/sign-out", "leave", leave, methods=["POST"])
    return blueprint


def show() -> Response:
    """The first page; who is signed in already is led on."""
    person = access.current_person()
    if person is not None:
        return redirect(_next() or landing(person), 303)
    return _page("sign_in/sign_in.html", done=DONE.get(request.args.get("done", ""), ""))


def begin() -> Response:
    """The same answer for whatever is wrong."""
    email = request.form.get("email", "").strip()
    try:
        begun = sign_in.begin(
            email, request.form.get("password", ""), ip=request.remote_addr, user_agent=_user_agent()
        )
    except InvalidCredentials:
        return _page("sign_in/sign_in.html", status=422, problem=WRONG, email=email)
    except TooManyAttempts as refusal:
        return _page("sign_in/sign_in.html", status=429, problem=_wait(refusal), email=email)
    if begun.session is not None:
        return _signed_in(begun.session)
    step = "sign_in.enrol" if begun.kind == "enrol" else "sign_in.code"
    answer = redirect(url_for(step, next=_next() or None), 303)
    session_cookie.write(answer, session_cookie.PENDING, begun.pending_token or "")
    return answer


def code() -> Response:
    """The second page. Without a first one there is none."""
    if not _pending():
        return _start_again()
    return _page("sign_in/code.html")


def finish() -> Response:
    try:
        session = sign_in.finish(
            _pending(), request.form.get("code", ""), ip=request.remote_addr, user_agent=_user_agent()
        )
    except MfaInvalid:
        return _page("sign_in/code.html", status=422, problem=WRONG_CODE)
    except TooManyAttempts as refusal:
        return _page("sign_in/code.html", status=429, problem=_wait(refusal))
    except (InvalidCredentials, NotFound):
        return _start_again()
    return _signed_in(session)


def enrol() -> Response:
    """Roles that need a second factor get one before they get anywhere."""
    try:
        return _page("sign_in/enrol.html", enrolment=sign_in.enrolment(_pending()))
    except (InvalidCredentials, NotFound):
        return _start_again()


def finish_enrolment() -> Response:
    """The recovery codes are shown on this answer and never again."""
    pending = _pending()
    try:
        enrolled = sign_in.finish_enrolment(
            pending, request.form.get("code", ""), ip=request.remote_addr, user_agent=_user_agent()
        )
    except MfaInvalid:
        return _enrol_again(pending, WRONG_CODE, 422)
    except TooManyAttempts as refusal:
        return _enrol_again(pending, _wait(refusal), 429)
    except (InvalidCredentials, NotFound):
        return _start_again()
    answer = _page("sign_in/recovery_codes.html", codes=enrolled.recovery_codes, go_on=_next() or "/sign-in")
    return _with_session(answer, enrolled.session)


@access.signed_in
def leave() -> Response:
    """Ends this session, or with `everywhere` all of them."""
    person = access.person()
    everywhere = request.form.get("everywhere") == "yes"
    with atomic() as session:
        if everywhere:
            sessions.revoke_all(session, person.user_id, cause=access.person_cause())
        else:
            sessions.revoke(session, person.user_id, person.session_id, cause=access.person_cause())
    answer = redirect(url_for("sign_in.show", done="all" if everywhere else "out"), 303)
    session_cookie.clear(answer, session_cookie.SESSION)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _signed_in(session: sessions.SessionToken) -> Response:
    return _with_session(redirect(_next() or url_for("sign_in.show"), 303), session)


def _with_session(answer: Response, session: sessions.SessionToken) -> Response:
    session_cookie.write(answer, session_cookie.SESSION, session.text)
    session_cookie.clear(answer, session_cookie.PENDING)
    session_cookie.clear(answer, session_cookie.VISITOR)
    return answer


def _enrol_again(pending: str, problem: str, status: int) -> Response:
    return _page("sign_in/enrol.html", status=status, problem=problem, enrolment=sign_in.enrolment(pending))


def _start_again() -> Response:
    answer = redirect(url_for("sign_in.show", next=_next() or None, done="again"), 303)
    session_cookie.clear(answer, session_cookie.PENDING)
    return answer


def _next() -> str:
    """Where to go afterwards, or an empty text for the role's own first page."""
    return own_path(request.values.get("next"), default="")


def _pending() -> str:
    return session_cookie.read(session_cookie.PENDING)


def _user_agent() -> str | None:
    return request.headers.get("User-Agent")


def _wait(refusal: TooManyAttempts) -> str:
    return f"There were too many attempts. {times.in_a_while(refusal.retry_after_seconds or 60)}"


def _page(template: str, *, status: int = 200, **data: object) -> Response:
    return make_response(render_template(template, next=_next(), **data), status)
