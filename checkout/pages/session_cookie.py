"""The cookies of people who sign in. Over https their names begin with `__Host-`: no other host and no plain http can
set them; in development over plain http they go without the prefix and without Secure."""

from __future__ import annotations

from flask import current_app, request
from werkzeug.wrappers import Response

SESSION = "session"
PENDING = "sign_in"  # a password was right, the code is still due
VISITOR = "visitor"  # what the forms of people without a session are bound to


def read(name: str) -> str:
    """The cookie's value, or an empty text."""
    return request.cookies.get(_full_name(name), "")


def write(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    response.set_cookie(
        _full_name(name), value, max_age=max_age, path="/", httponly=True, samesite="Lax", secure=_is_secure()
    )


def clear(response: Response, name: str) -> None:
    response.delete_cookie(_full_name(name), path="/", httponly=True, samesite="Lax", secure=_is_secure())


def _full_name(name: str) -> str:
    return f"__Host-{name}" if _is_secure() else name


def _is_secure() -> bool:
    """By the configured address: a proxy may speak plain http to us."""
    return request.is_secure or str(current_app.config["PUBLIC_URL"]).startswith("https://")
