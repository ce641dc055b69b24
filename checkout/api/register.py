"""Puts the API into an app: hooks, error handlers, blueprints, document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from checkout.api import errors, health, request_log

if TYPE_CHECKING:
    from config import Settings


def register(app: Flask, settings: Settings) -> None:
    request_log.register(app)
    errors.register(app)
    app.register_blueprint(health.blueprint)
