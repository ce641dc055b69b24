"""The composition root: what is wired to what. wire() serves every process, create_app() the web and the commands."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flask import Flask

from checkout import api
from checkout.core import clock, crash_points
from checkout.db import session
from checkout.doorbell import Doorbell
from checkout.observability import logs, metrics
from checkout.psp import registry
from checkout.tasks import set_ring

if TYPE_CHECKING:
    from config import Settings


def create_app(settings: Settings) -> Flask:
    """The web application; `flask` commands run inside it too."""
    wire(settings)
    metrics.configure(settings.data_dir / "metrics")
    app = Flask("checkout", root_path=_root(), template_folder="../templates", static_folder=None)
    app.config.update(SECRET_KEY=settings.secret_key, PUBLIC_URL=settings.public_url)
    app.url_map.merge_slashes = False  # `//v1` is another address, not a redirect
    api.register(app, settings)
    for name in ("checkout.pages", "checkout.cli"):
        part = _optional(name)
        if part is not None:
            part.register(app, settings)
    return app


def wire(settings: Settings) -> None:
    """What web, jobs and commands all need, before any of them does anything."""
    logs.configure()
    clock.configure(offset_seconds=settings.clock_offset_seconds, advance_file=settings.clock_file)
    crash_points.arm(settings.crash_point, spent_file=settings.crash_spent_file)
    session.configure(settings.database_url)
    registry.configure(
        psp=settings.psp,
        api_key=settings.stripe_api_key,
        webhook_secrets=settings.stripe_webhook_secrets,
        api_base=settings.psp_api_base,
    )
    set_ring(Doorbell(settings.redis_url).ring)


def _root() -> str:
    from pathlib import Path

    return str(Path(__file__).parent)


def _optional(name: str) -> Any:
    try:
        module = import_module(name) if find_spec(name) else None
    except ModuleNotFoundError:
        return None
    return module if hasattr(module, "register") else None
