"""The frame around every page: what its template shows, the reader's choice of colours, the static files."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.pages import csrf, security, shortcuts
from checkout.pages.assets import asset_url, serve_asset
from checkout.pages.own_paths import own_path
from checkout.pages.qr_picture import scalable
from checkout.wording import money, times

PRODUCT = "Checkout"
ROOT = Path(__file__).resolve().parents[2]
THEMES = frozenset({"light", "dark"})
THEME_COOKIE = "theme"
THEME_SECONDS = 365 * 86400


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a navigation."""

    name: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame's template reads."""

    product: str
    version: str
    livemode: bool
    theme: str
    theme_url: str
    here: str
    request_id: str
    today: date
    zone: str
    asset: Callable[[str], str]


def make_blueprint() -> Blueprint:
    """The routes that belong to the frame itself."""
    blueprint = Blueprint("shell", __name__, template_folder=str(ROOT / "templates"))
    security.protect(blueprint)
    blueprint.add_url_rule("/assets/<digest>/<path:name>", "asset", serve_asset)
    blueprint.add_url_rule("/theme", "theme", _choose_theme, methods=["POST"])
    return blueprint


def install(app: Flask, *, livemode: bool, zone: ZoneInfo) -> None:
    """Gives every template the frame's data and the filters for money and time."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "shell": _shell(livemode, zone),
            "days": times.days,
            "csrf_token": csrf.token,
            "shortcuts": shortcuts,
        }

    @app.template_filter("moment")
    def moment(at: datetime, locale: str | None = None) -> times.Moment:
        return times.moment(at, zone, locale, now=clock.utcnow())

    @app.template_filter("dated")
    def dated(at: datetime, locale: str | None = None) -> times.Moment:
        """With its day, also today: for what is kept or printed."""
        return times.moment(at, zone, locale)

    @app.template_filter("day")
    def day(on: date, locale: str | None = None) -> str:
        return times.day(on, locale)

    @app.template_filter("on_day")
    def on_day(at: datetime, locale: str | None = None) -> str:
        """The business day of a moment, where the hour says nothing more."""
        return times.day(at.astimezone(zone).date(), locale)

    app.add_template_filter(money.with_symbol, "with_symbol")
    app.add_template_filter(money.with_code, "with_code")
    app.add_template_filter(money.number, "number")
    app.add_template_filter(money.spoken, "spoken")
    app.add_template_filter(money.decimal_text, "decimal")
    app.add_template_filter(scalable)


def _shell(livemode: bool, zone: ZoneInfo) -> Shell:
    chosen = request.cookies.get(THEME_COOKIE, "")
    return Shell(
        product=PRODUCT,
        version=_version(),
        livemode=livemode,
        theme=chosen if chosen in THEMES else "",
        theme_url=url_for("shell.theme"),
        here=request.full_path.rstrip("?") if request.method == "GET" else "/",
        request_id=getattr(g, "request_id", "-"),
        today=clock.utcnow().astimezone(zone).date(),
        zone=zone.key,
        asset=asset_url,
    )


def _choose_theme() -> BaseResponse:
    """Remembers light or dark; anything else means: as the system has it. Leads back to a page of ours only."""
    response = redirect(own_path(request.form.get("next")), 303)
    chosen = request.form.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            chosen,
            max_age=THEME_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    else:
        response.delete_cookie(THEME_COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@lru_cache(maxsize=1)
def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
