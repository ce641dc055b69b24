"""How a command prints: data on stdout as text or as JSON, everything else on stderr."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import click


def show(found: Mapping[str, Any], *, as_json: bool) -> None:
    """One thing: an object, or a line per member."""
    if as_json:
        click.echo(json.dumps(found, default=_plain, ensure_ascii=False))
        return
    width = max((len(name) for name in found), default=0)
    for name, value in found.items():
        click.echo(f"{name:<{width}}  {_text(value)}")


def show_list(found: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str = "Nothing to show.") -> None:
    """Many things of one shape: {"items": […]}, or a table with the first one's members as columns."""
    if as_json:
        click.echo(json.dumps({"items": list(found)}, default=_plain, ensure_ascii=False))
        return
    if not found:
        note(empty)
        return
    rows = [list(found[0]), *([_text(item.get(name)) for name in found[0]] for item in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def note(text: str) -> None:
    """What a person should know and a script should not have to parse."""
    click.echo(text, err=True)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value) or "-"
    if isinstance(value, Mapping):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return str(_plain(value)) if isinstance(value, (datetime, date)) else str(value)


def _plain(value: Any) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
