"""What people see and change of their own account: password, second factor, recovery codes, sessions."""

from __future__ import annotations

from uuid import UUID

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout import audit
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.identity import passwords, recovery_codes, sessions, totp
from checkout.identity import second_factor as second_factors
from checkout.identity.errors import InvalidCredentials, MfaInvalid, TooManyAttempts
from checkout.pages import access, session_cookie
from checkout.pages.password_pages import DIFFERENT, sentence
from checkout.pages.people_page import show as show_page
from checkout.pages.sign_in import WRONG_CODE
from checkout.wording import times

WRONG_OLD = "The present password is not right."
DONE = {"session": "The session has ended."}


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("account", url_prefix="/account")
    blueprint.add_url_rule("", "show", show)
    blueprint.add_url_rule("/password", "password", change_password, methods=["POST"])
    blueprint.add_url_rule("/second-factor", "second_factor", second_factor)
    blueprint.add_url_rule("/second-factor/begin", "begin_factor", begin_factor, methods=["POST"])
    blueprint.add_url_rule("/second-factor", "confirm_factor", confirm_factor, methods=["POST"])
    blueprint.add_url_rule("/second-factor/off", "disable_factor", disable_factor, methods=["POST"])
    blueprint.add_url_rule("/recovery-codes", "new_codes", new_codes)
    blueprint.add_url_rule("/recovery-codes", "issue_codes", issue_codes, methods=["POST"])
    blueprint.add_url_rule("/sessions/<uuid:session_id>/end", "end_session", end_session, methods=["POST"])
    return blueprint


@access.signed_in
def show() -> Response:
    return _account(done=DONE.get(request.args.get("done", ""), ""))


@access.signed_in
def change_password() -> BaseResponse:
    """Ends every session, this one too: whoever knew the old password is out."""
    new, again = request.form.get("password", ""), request.form.get("again", "")
    if new != again:
        return _account(status=422, password_problem=DIFFERENT)
    try:
        passwords.change(
            access.person().user_id,
            request.form.get("old", ""),
            new,
            cause=access.person_cause(),
            ip=request.remote_addr,
        )
    except InvalidCredentials:
        return _account(status=422, password_problem=WRONG_OLD)
    except InvalidParameter as refusal:
        return _account(status=422, password_problem=sentence(refusal))
    except TooManyAttempts as refusal:
        return _account(status=429, password_problem=_wait(refusal))
    answer = redirect(url_for("sign_in.show", done="password"), 303)
    session_cookie.clear(answer, session_cookie.SESSION)
    return answer


@access.signed_in
def second_factor() -> BaseResponse:
    """Setting one up, or the one there is."""
    if access.person().has_second_factor:
        return show_page("account/second_factor.html", codes_left=_codes_left())
    try:
        enrolment = totp.enrolment_of(access.person().user_id)
    except NotFound:
        return show_page("account/second_factor.html", enrolment=None)
    return show_page("account/second_factor.html", enrolment=enrolment)


@access.signed_in
def begin_factor() -> BaseResponse:
    """With the password: a seed that somebody else began at an open browser would be theirs too."""
    refused = _without_password()
    if refused is not None:
        return refused
    if not access.person().has_second_factor:
        totp.begin_enrolment(access.person().user_id)
    return redirect(url_for("account.second_factor"), 303)


@access.signed_in
def confirm_factor() -> BaseResponse:
    """The first code proves that the app has the secret, the password that its owner did it: from here on the app
    counts as much as they do. The recovery codes are shown on this answer alone. All sessions have ended with it: this
    browser goes on in a new one."""
    user_id = access.person().user_id
    refused = _without_password()
    if refused is not None:
        return refused
    try:
        codes = totp.confirm(
            user_id, request.form.get("code", ""), cause=access.person_cause(), ip=request.remote_addr
        )
    except MfaInvalid:
        return _second_factor_again(WRONG_CODE, 422)
    except TooManyAttempts as refusal:
        return _second_factor_again(_wait(refusal), 429)
    answer = show_page("account/recovery_codes.html", codes=codes)
    with atomic() as session:
        opened = sessions.open(
            session,
            user_id,
            ip=request.remote_addr,
            user_agent=request.headers.get("User-Agent"),
            second_factor=True,
        )
    session_cookie.write(answer, session_cookie.SESSION, opened.text)
    return answer


@access.signed_in
def disable_factor() -> BaseResponse:
    """Only with a code, and only for roles that may go without."""
    person = access.person()
    if person.second_factor_required:
        return _second_factor_again("Your role may not go without a second factor.", 422)
    try:
        second_factors.disable(
            person.user_id,
            request.form.get("code", ""),
            cause=access.person_cause(),
            ip=request.remote_addr,
        )
    except MfaInvalid:
        return _second_factor_again(WRONG_CODE, 422)
    except TooManyAttempts as refusal:
        return _second_factor_again(_wait(refusal), 429)
    return redirect(url_for("sign_in.show", done="off"), 303)


@access.signed_in
@access.after_step_up
def new_codes() -> BaseResponse:
    return show_page("account/new_codes.html", codes_left=_codes_left())


@access.signed_in
@access.after_step_up
def issue_codes() -> BaseResponse:
    """The old ones are worth nothing from here on."""
    with atomic() as session:
        user_id = access.person().user_id
        codes = recovery_codes.issue(session, user_id)
        person = encode("usr", user_id)
        audit.record(
            session, actor=str(access.person_cause()), action="second_factor.recovery_codes", object=person
        )
    return show_page("account/recovery_codes.html", codes=codes)


@access.signed_in
def end_session(session_id: UUID) -> BaseResponse:
    """Another of one's own sessions; somebody else's is not there."""
    with atomic() as session:
        sessions.revoke(session, access.person().user_id, session_id, cause=access.person_cause())
    return redirect(url_for("account.show", done="session"), 303)


def _account(*, status: int = 200, done: str = "", password_problem: str = "") -> Response:
    person = access.person()
    return show_page(
        "account/account.html",
        status=status,
        done=done,
        password_problem=password_problem,
        sessions=sessions.list_of(person.user_id),
        codes_left=_codes_left() if person.has_second_factor else None,
    )


def _second_factor_again(problem: str, status: int) -> Response:
    person = access.person()
    try:
        enrolment = None if person.has_second_factor else totp.enrolment_of(person.user_id)
    except NotFound:
        enrolment = None
    return show_page(
        "account/second_factor.html",
        status=status,
        problem=problem,
        enrolment=enrolment,
        codes_left=_codes_left() if person.has_second_factor else None,
    )


def _without_password() -> Response | None:
    """The page again, where the form's password is not the person's."""
    try:
        passwords.prove(access.person().user_id, request.form.get("password", ""), ip=request.remote_addr)
    except InvalidCredentials:
        return _second_factor_again(WRONG_OLD, 422)
    except TooManyAttempts as refusal:
        return _second_factor_again(_wait(refusal), 429)
    return None


def _codes_left() -> int:
    return recovery_codes.left(access.person().user_id)


def _wait(refusal: TooManyAttempts) -> str:
    return f"There were too many attempts. {times.in_a_while(refusal.retry_after_seconds or 60)}"
