"""Who may open a page: the session's person is read once a request, and every view says which permission it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.audit import context as audit_context
from checkout.core.cause import Cause
from checkout.gate import limited
from checkout.identity import sessions
from checkout.identity.access import Principal, Reach, principal_of
from checkout.identity.sessions import Person
from checkout.identity.step_up import is_fresh
from checkout.pages import csrf, security, session_cookie
from checkout.pages.refusals import missing_role_page

View = TypeVar("View", bound=Callable[..., Any])

SIGNED_IN: Final = "signed_in"  # what people see of themselves: any session will do
OF_THE_PERMISSION: Final = "_permission"
OF_THE_STEP_UP: Final = "_step_up"


def page_requires(permission: str) -> Callable[[View], View]:
    """The view is for people whose roles hold the permission; it finds whose rows they may see by `reach()`."""

    def decorate(view: View) -> View:
        setattr(view, OF_THE_PERMISSION, permission)
        return view

    return decorate


def signed_in(view: View) -> View:
    """The view is for everybody with a session, and shows their own things alone."""
    return page_requires(SIGNED_IN)(view)


def after_step_up(view: View) -> View:
    """The view needs a second factor shown in the last minutes; without it the page that asks for one comes first."""
    setattr(view, OF_THE_STEP_UP, True)
    return view


class PeopleBlueprint(Blueprint):
    """Pages behind the sign-in. Default deny: a view without `page_requires` or `signed_in` cannot be added."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, __name__, **options)
        security.protect(self)
        self.before_request(csrf.refuse_forged_forms)
        self.before_request(_admit)

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        assert hasattr(view_func, OF_THE_PERMISSION), f"{endpoint}: a page of people names its permission"
        super().add_url_rule(rule, endpoint, view_func, *args, **options)


def person() -> Person:
    """Whose session the request shows. Only behind the sign-in."""
    found: Person = g.person
    return found


def current_person() -> Person | None:
    """The same, also on pages that are open to all."""
    if "person" not in g:
        token = session_cookie.read(session_cookie.SESSION)
        g.person = sessions.read(token) if token else None
    found: Person | None = g.person
    return found


def principal() -> Principal:
    if "page_principal" not in g:
        g.page_principal = principal_of(person())
    found: Principal = g.page_principal
    return found


def reach() -> Reach:
    """Whose rows the person may see on this page, by the page's own permission."""
    return principal().reach(str(g.page_permission))


def may(permission: str) -> bool:
    """Whether any role of the person holds the permission."""
    return permission in principal().permissions


def person_cause() -> Cause:
    """Who did it, for use cases."""
    return principal().cause


def _admit() -> BaseResponse | None:
    view = current_app.view_functions[str(request.endpoint)]
    found = current_person()
    if found is None:
        return _to_sign_in()
    audit_context.known_as(principal().actor, principal().role)
    limited.admit(principal())
    needed = g.page_permission = getattr(view, OF_THE_PERMISSION)
    if needed != SIGNED_IN and not may(needed):
        return missing_role_page(needed)
    if getattr(view, OF_THE_STEP_UP, False) and not is_fresh(found, now=found.read_at):
        return redirect(url_for("step_up.ask", next=way_back()), 303)
    return None


def _to_sign_in() -> BaseResponse:
    answer: BaseResponse
    if request.headers.get("HX-Request"):
        answer = Response(status=204, headers={"HX-Redirect": url_for("sign_in.show", next=way_back())})
    else:
        answer = redirect(url_for("sign_in.show", next=way_back()), 303)
    if session_cookie.read(session_cookie.SESSION):
        session_cookie.clear(answer, session_cookie.SESSION)
    return answer


def way_back() -> str:
    """The page to come back to: this one, or for a form the page that holds it."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return request.form.get("form_page") or request.path
