"""The web application, put together. wiring.py has what every process needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin

from checkout import gate, pages
from checkout.api.register import register as register_api
from checkout.wiring import wire

if TYPE_CHECKING:
    from config import Settings


def create_app(settings: Settings) -> Flask:
    """Everything that answers HTTP."""
    wire(settings)
    app = _SyncFlask(
        "checkout", root_path=str(Path(__file__).parent), template_folder="../templates", static_folder=None
    )
    app.config.update(SECRET_KEY=settings.secret_key, PUBLIC_URL=settings.public_url)
    app.session_interface = _NoSessions()
    app.url_map.merge_slashes = False  # `//v1` is another address, not a redirect
    register_api(app, settings)
    gate.register(app, settings)
    pages.register(app, settings)
    return app


class _SyncFlask(Flask):
    """No view or hook of ours is a coroutine: asking each of them with every request would cost for nothing."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


class _NoSessions(SessionInterface):
    """Nobody has a session: opening one with every request would cost for nothing."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        return NullSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """There is nothing to save."""
