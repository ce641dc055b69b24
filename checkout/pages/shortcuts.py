"""Single-key shortcuts: off until somebody switches them on in their profile, for their browser."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.pages import security

COOKIE: Final = "shortcuts"
ON: Final = "on"
KEEP_SECONDS: Final = 365 * 86400
# What stands in the profile; static/shortcuts.js does it.
KEYS: Final = (
    ("/", "Go to the search"),
    ("?", "Come to this list"),
    ("j", "Next row of the list"),
    ("k", "The row before"),
    ("x", "Tick the row"),
    ("e", "Explain the figure of the row or page"),
    ("a", "Assign the alert to me"),
    ("r", "Go to the ways to resolve the alert"),
)


def make_blueprint() -> Blueprint:
    blueprint = Blueprint("shortcuts", __name__)
    security.protect(blueprint)
    blueprint.add_url_rule("/shortcuts", "choose", choose, methods=["POST"])
    return blueprint


def chosen() -> bool:
    """Whether this browser's person has switched them on."""
    return request.cookies.get(COOKIE) == ON


def choose() -> BaseResponse:
    """On, or anything else: off."""
    answer = redirect(url_for("account.show", _anchor="shortcuts"), 303)
    if request.form.get("shortcuts") == ON:
        answer.set_cookie(
            COOKIE, ON, max_age=KEEP_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure
        )
    else:
        answer.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer
