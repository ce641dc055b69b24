"""The `flask` commands: one file per group, each with its click group, or its one command, under the name `group`.

A file here is found by itself; it parses, calls one use case, and prints.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import click
from flask import Flask

from checkout.cli.context import SETTINGS
from checkout.wiring import wire

if TYPE_CHECKING:
    from config import Settings


def create_program(settings: Settings) -> Flask:
    """The commands by themselves. They answer no HTTP: API and pages would take most of the time of a short one."""
    wire(settings)
    app = Flask("checkout", static_folder=None)
    app.config["PUBLIC_URL"] = settings.public_url
    register(app, settings)
    return app


def register(app: Flask, settings: Settings) -> None:
    """Gives the application its commands, and them the settings."""
    app.extensions[SETTINGS] = settings
    for group in groups():
        app.cli.add_command(group)


def groups() -> list[click.Command]:
    names = sorted(module.name for module in iter_modules(__path__))
    found = (getattr(import_module(f"{__name__}.{name}"), "group", None) for name in names)
    return [group for group in found if isinstance(group, click.Command)]
