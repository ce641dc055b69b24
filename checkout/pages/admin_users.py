"""People and their roles: list, invite, grant and revoke, disable. Whoever changes a role shows a second factor first."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.identity import invitations, memberships, sessions, users
from checkout.identity.errors import EmailInUse
from checkout.identity.roles import ROLES
from checkout.pages import access
from checkout.pages.filters import Wanted, read_cut, read_filters
from checkout.pages.password_pages import sentence
from checkout.pages.payment_words import StateWords
from checkout.pages.people_page import show as show_page
from checkout.pages.role_names import ROLE_NAMES, role_name
from checkout.reporting import people
from checkout.reporting.paging import Page

STATES: Final = {"active": StateWords("Active", "good"), "disabled": StateWords("Disabled", "bad")}
WANTED: Final = (
    Wanted("text", "Email or name (beginning)"),
    Wanted("role", "Role", options=list(ROLE_NAMES.items())),
    Wanted("status", "Status", options=[(state, words.word) for state, words in STATES.items()]),
)
DONE: Final = {
    "invited": "The invitation is on its way.",
    "granted": "The role is granted. The person signs in anew.",
    "revoked": "The role is taken away, and all sessions with it.",
    "disabled": "The account is disabled, and all its sessions have ended.",
    "enabled": "The account can be used again.",
    "ended": "All sessions of this person have ended.",
}
OWN = "This is your own account: somebody else has to do that."


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("admin_users", url_prefix="/admin/users")
    blueprint.add_url_rule("", "index", index)
    blueprint.add_url_rule("/new", "new", new)
    blueprint.add_url_rule("", "invite", invite, methods=["POST"])
    blueprint.add_url_rule("/<user>", "show", show)
    for name, view in (("grant", grant), ("revoke", revoke), ("disable", disable), ("enable", enable)):
        blueprint.add_url_rule(f"/<user>/{name}", name, view, methods=["POST"])
    blueprint.add_url_rule("/<user>/invite", "invite_again", invite_again, methods=["POST"])
    blueprint.add_url_rule("/<user>/end-sessions", "end_sessions", end_sessions, methods=["POST"])
    return blueprint


@access.page_requires("users:read")
def index() -> Response:
    filters = read_filters(url_for("admin_users.index"), WANTED, request.args)
    page: Page[people.UserRow] = Page((), 0, None, None)
    if not filters.problems:
        page = people.list_users(read_cut(request.args), **filters.values)
    return show_page(
        "admin/users.html",
        status=422 if filters.problems else 200,
        filters=filters,
        page=page,
        states=STATES,
        role_name=role_name,
    )


@access.page_requires("users:write")
@access.after_step_up
def new() -> Response:
    return _new()


@access.page_requires("users:write")
@access.after_step_up
def invite() -> BaseResponse:
    """An account with its first role, and the email that lets its owner choose a password."""
    email, name = request.form.get("email", ""), request.form.get("name", "").strip() or None
    try:
        with atomic() as session:
            cause = access.person_cause()
            user = users.create_user(session, email=email, name=name, cause=cause)
            role, seller_id, storefront_id = _role_sent()
            memberships.grant(
                session, user.id, role, seller_id=seller_id, storefront_id=storefront_id, cause=cause
            )
            invitations.invite(session, user.id, cause=cause)
    except EmailInUse:
        return _new(status=409, problem="There is an account under this address already.")
    except InvalidParameter as refusal:
        return _new(status=422, problem=sentence(refusal))
    except NotFound:
        return _new(status=422, problem="Choose where the role is held: the seller or the shop is not there.")
    return redirect(url_for("admin_users.show", user=user.public_id, done="invited"), 303)


@access.page_requires("users:read")
def show(user: str) -> Response:
    return _user(user, done=DONE.get(request.args.get("done", ""), ""))


@access.page_requires("users:write")
@access.after_step_up
def grant(user: str) -> BaseResponse:
    """One role more. Nobody raises their own."""
    user_id = decode("usr", user)
    if user_id == access.person().user_id:
        return _user(user, status=403, problem=OWN)
    try:
        role, seller_id, storefront_id = _role_sent()
        with atomic() as session:
            memberships.grant(
                session,
                user_id,
                role,
                seller_id=seller_id,
                storefront_id=storefront_id,
                cause=access.person_cause(),
            )
    except InvalidParameter as refusal:
        return _user(user, status=422, problem=sentence(refusal))
    return redirect(url_for("admin_users.show", user=user, done="granted"), 303)


@access.page_requires("users:write")
@access.after_step_up
def revoke(user: str) -> BaseResponse:
    user_id = decode("usr", user)
    if user_id == access.person().user_id:
        return _user(user, status=403, problem=OWN)
    try:
        role, seller_id, storefront_id = _role_sent()
        with atomic() as session:
            memberships.revoke(
                session,
                user_id,
                role,
                seller_id=seller_id,
                storefront_id=storefront_id,
                cause=access.person_cause(),
            )
    except InvalidParameter as refusal:
        return _user(user, status=422, problem=sentence(refusal))
    return redirect(url_for("admin_users.show", user=user, done="revoked"), 303)


@access.page_requires("users:write")
@access.after_step_up
def disable(user: str) -> BaseResponse:
    user_id = decode("usr", user)
    if user_id == access.person().user_id:
        return _user(user, status=403, problem=OWN)
    try:
        with atomic() as session:
            users.disable(session, user_id, cause=access.person_cause(), reason=_reason())
    except InvalidParameter as refusal:
        return _user(user, status=422, problem=sentence(refusal))
    return redirect(url_for("admin_users.show", user=user, done="disabled"), 303)


@access.page_requires("users:write")
@access.after_step_up
def enable(user: str) -> BaseResponse:
    with atomic() as session:
        users.enable(session, decode("usr", user), cause=access.person_cause(), reason=_reason())
    return redirect(url_for("admin_users.show", user=user, done="enabled"), 303)


@access.page_requires("users:write")
def end_sessions(user: str) -> BaseResponse:
    found = people.get_user(decode("usr", user))
    with atomic() as session:
        sessions.revoke_all(session, found.id, cause=access.person_cause())
    return redirect(url_for("admin_users.show", user=user, done="ended"), 303)


@access.page_requires("users:write")
def invite_again(user: str) -> BaseResponse:
    """A new link; the old one ends with it."""
    found = people.get_user(decode("usr", user))
    with atomic() as session:
        invitations.invite(session, found.id, cause=access.person_cause())
    return redirect(url_for("admin_users.show", user=user, done="invited"), 303)


def _role_sent() -> tuple[str, UUID | None, UUID | None]:
    """The role with its tenant. The form offers both kinds of tenant: what the role is not held at is left out.

    Raises:
        InvalidParameter: a tenant is missing. NotFound: its id is malformed.
    """
    role = request.form.get("role", "")
    tenant = ROLES[role].tenant if role in ROLES else "platform"
    seller, storefront = request.form.get("seller", ""), request.form.get("storefront", "")
    return (
        role,
        decode("sel", seller) if tenant == "seller" and seller else None,
        decode("sto", storefront) if tenant == "storefront" and storefront else None,
    )


def _reason() -> str | None:
    return request.form.get("reason", "").strip()[:500] or None


def _user(user: str, *, status: int = 200, done: str = "", problem: str = "") -> Response:
    found = people.get_user(decode("usr", user))
    return show_page(
        "admin/user.html",
        status=status,
        user=found,
        is_own=found.id == access.person().user_id,
        done=done,
        problem=problem,
        **_choices(),
    )


def _new(*, status: int = 200, problem: str = "") -> Response:
    return show_page("admin/user_new.html", status=status, problem=problem, form=request.form, **_choices())


def _choices() -> dict[str, object]:
    return {
        "states": STATES,
        "role_names": ROLE_NAMES,
        "role_name": role_name,
        "all_roles": ROLES,
        "sellers": people.sellers_to_choose(),
        "storefronts": people.storefronts_to_choose(),
    }
