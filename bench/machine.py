"""What the figures were taken on: without it they say nothing."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.ground import Ground
from bench.load import run as load
from checkout.launcher.programs import cores

PACKAGES = ("flask", "gunicorn", "SQLAlchemy", "psycopg", "stripe")
SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_connections")


def facts(ground: Ground) -> list[str]:
    """The head of every run, as lines."""
    settings = {name: ground.sql(ground.servers.database_url, f"SHOW {name}")[0][0] for name in SETTINGS}
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {platform.system()} {platform.release()} · {cores()} cores "
        f"({_processor()}) shared by load generator, servers, PSP stub and database · load average before: "
        f"{os.getloadavg()[0]:.2f}",
        f"Python {platform.python_version()} · " + " · ".join(f"{name} {version(name)}" for name in PACKAGES),
        f"PostgreSQL {settings.pop('server_version')} · "
        + " · ".join(f"{name} {value}" for name, value in settings.items()),
        _ceiling(ground),
    ]


def _ceiling(ground: Ground) -> str:
    """How fast the load generator is when the server does nothing: no figure below may come near."""
    with ground.psp_stub() as stub:
        what = {"kind": "gets", "port": stub.port, "paths": ["/_stub/ping"], "headers": {}}
        empty = load.closed(what, connections=16, seconds=1.0)
    return f"Load generator against an empty answer: {empty.per_second:.0f} requests/s"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
