"""The token in every form: made from the session's cookie, so that a form of another site cannot know it.

It stands beside the check of the request's origin (security.py): either alone would do, in a browser that keeps to the
rules. Before there is a session, a cookie without meaning takes its place.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import Final

from flask import Response as FlaskResponse
from flask import current_app, g, request
from werkzeug.exceptions import Forbidden

from checkout.pages import session_cookie
from checkout.pages.security import SAFE_METHODS

FIELD: Final = "csrf_token"
VISITOR_BYTES: Final = 24


def token() -> str:
    """This form's token."""
    return _token_of(session_cookie.read(session_cookie.SESSION) or _visitor())


def refuse_forged_forms() -> None:
    """Runs before every view of people's pages."""
    if request.method in SAFE_METHODS:
        return
    bound_to = session_cookie.read(session_cookie.SESSION) or session_cookie.read(session_cookie.VISITOR)
    shown = request.form.get(FIELD, "")
    if not bound_to or not hmac.compare_digest(shown.encode(), _token_of(bound_to).encode()):
        raise Forbidden("The form's token does not fit the session.")


def remember_visitor(response: FlaskResponse) -> FlaskResponse:
    """Sets the visitor's cookie where a form of this answer is bound to it."""
    made = g.pop("made_visitor", None)
    if made is not None:
        session_cookie.write(response, session_cookie.VISITOR, made)
    return response


def _visitor() -> str:
    known = session_cookie.read(session_cookie.VISITOR) or str(g.get("made_visitor", ""))
    if not known:
        known = g.made_visitor = secrets.token_urlsafe(VISITOR_BYTES)
    return known


def _token_of(bound_to: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, b"csrf:" + bound_to.encode(), sha256).hexdigest()
