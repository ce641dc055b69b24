"""`flask clock`: the test clock, which moves the whole product and the mock PSP with it. Development only."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import requests

from checkout.cli.context import CommandFailed, Group, development_only, json_option
from checkout.cli.output import show
from checkout.core import clock

MOCK_SECONDS = 10.0
# A clock that ran back would break what was already decided by it.
Seconds = click.IntRange(min=0, max=10 * 366 * 24 * 3600)

group = Group("clock", help="The test clock (development only).")


@group.command("show")
@json_option
def show_clock(as_json: bool) -> None:
    """Shows the product's time and how far it stands ahead."""
    show(_state(_clock_file()), as_json=as_json)


@group.command("advance")
@click.argument("seconds", type=Seconds)
@json_option
def advance_clock(seconds: int, as_json: bool) -> None:
    """Moves the product's clock and the mock PSP's forward by SECONDS."""
    path = _clock_file()
    with _one_at_a_time(path):
        if development_only().psp == "mock":
            _advance_mock(seconds)
        clock.write_advance_seconds(path, clock.read_advance_seconds(path) + seconds)
    show(_state(path), as_json=as_json)


def _clock_file() -> Path:
    path = development_only().clock_file
    assert path is not None
    return path


def _state(path: Path) -> dict[str, Any]:
    advance = clock.read_advance_seconds(path)
    clock.configure(offset_seconds=development_only().clock_offset_seconds, advance_file=path)
    return {"now": clock.utcnow(), "system": clock.wallclock(), "advanced_seconds": advance}


def _advance_mock(seconds: int) -> None:
    """First, because it can fail: the product must not be ahead of its PSP."""
    address = f"http://127.0.0.1:{development_only().mock_psp_port}/_mock/clock"
    try:
        requests.post(address, json={"advance_seconds": seconds}, timeout=MOCK_SECONDS).raise_for_status()
    except requests.RequestException as error:
        raise CommandFailed(f"The mock PSP's clock could not be moved, so ours was not: {error}") from error


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Two advances at once add up."""
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
