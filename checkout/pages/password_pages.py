"""A password by a link: forgotten and set anew, or set for the first time by an invitation.

A reset never opens a session: whoever has set the password signs in with it, and shows the second factor as always.
"""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from checkout.core.errors import InvalidParameter
from checkout.identity import invitations, reset
from checkout.identity.errors import LinkEnded, TooManyAttempts
from checkout.pages import csrf, security
from checkout.wording import times

DIFFERENT = "The two passwords are not the same."


def make_blueprint() -> Blueprint:
    blueprint = Blueprint("password", __name__)
    security.protect(blueprint)
    blueprint.before_request(csrf.refuse_forged_forms)
    blueprint.after_request(csrf.remember_visitor)
    blueprint.add_url_rule("/password-reset", "forgotten", forgotten)
    blueprint.add_url_rule("/password-reset", "send_link", send_link, methods=["POST"])
    blueprint.add_url_rule("/password-reset/<token>", "reset", choose_new)
    blueprint.add_url_rule("/password-reset/<token>", "set_new", set_new, methods=["POST"])
    blueprint.add_url_rule("/invitation/<token>", "invitation", choose_first)
    blueprint.add_url_rule("/invitation/<token>", "accept", set_first, methods=["POST"])
    return blueprint


def forgotten() -> Response:
    return _page("sign_in/forgotten.html")


def send_link() -> Response:
    """One answer, whether there is an account under the address or not."""
    try:
        reset.request(request.form.get("email", "").strip(), ip=request.remote_addr)
    except TooManyAttempts as refusal:
        problem = f"There were too many attempts. {times.in_a_while(refusal.retry_after_seconds or 60)}"
        return _page("sign_in/forgotten.html", status=429, problem=problem)
    return _page("sign_in/forgotten.html", sent=True)


def choose_new(token: str) -> Response:
    try:
        reset.look_at(token)
    except LinkEnded:
        return _ended()
    return _page("sign_in/new_password.html", heading="Choose a new password")


def set_new(token: str) -> Response:
    problem = _differ()
    if not problem:
        try:
            reset.perform(token, request.form.get("password", ""), ip=request.remote_addr)
            return redirect(url_for("sign_in.show", done="password"), 303)
        except LinkEnded:
            return _ended()
        except InvalidParameter as refusal:
            problem = sentence(refusal)
    return _page("sign_in/new_password.html", status=422, heading="Choose a new password", problem=problem)


def choose_first(token: str) -> Response:
    try:
        user = invitations.look_at(token)
    except LinkEnded:
        return _ended()
    return _page("sign_in/new_password.html", heading="Welcome", invited=user)


def set_first(token: str) -> Response:
    problem = _differ()
    try:
        user = invitations.look_at(token)
        if not problem:
            name = request.form.get("name", "").strip() or None
            invitations.accept(token, request.form.get("password", ""), name=name, ip=request.remote_addr)
            return redirect(url_for("sign_in.show", done="password"), 303)
    except LinkEnded:
        return _ended()
    except InvalidParameter as refusal:
        problem = sentence(refusal)
    return _page("sign_in/new_password.html", status=422, heading="Welcome", invited=user, problem=problem)


def sentence(refusal: InvalidParameter) -> str:
    """The rule that was broken, as a sentence for people."""
    text = refusal.detail.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def _differ() -> str:
    return DIFFERENT if request.form.get("password", "") != request.form.get("again", "") else ""


def _ended() -> Response:
    return _page("sign_in/link_ended.html", status=404)


def _page(template: str, *, status: int = 200, **data: object) -> Response:
    return make_response(render_template(template, **data), status)
