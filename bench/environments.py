"""Virtual environments of the peers: made once under a cache folder, never in the product's."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

INSTALL_SECONDS = 180.0
# The drivers and the server that the product has too, so that only the frameworks differ.
SERVER = ("gunicorn==27.0.1", "psycopg[binary]==3.3.9")
PACKAGES = {
    # django-payments 4.1 reads Stripe's objects as dicts, which they are no more since version 15 of the SDK.
    "django-payments": ("django-payments[stripe]==4.1.0", "stripe<15", *SERVER),
    "dj-stripe": ("dj-stripe==2.11.0", *SERVER),
    "django-hordak": ("django-hordak==2.0.0", "psycopg[binary]==3.3.9"),
}


def python_of(peer: str) -> Path | None:
    """The peer's interpreter; None, and a line that says so, where it cannot be installed."""
    packages = PACKAGES[peer]
    digest = hashlib.sha256(" ".join((sys.version, *packages)).encode()).hexdigest()[:10]
    folder = _cache() / f"{peer}-{digest}"
    if not (folder / "complete").exists():
        print(f"  installing {peer} into {folder} …", flush=True)
        refusal = _install(folder, packages)
        if refusal:
            print(f"  SKIPPED {peer}: it does not install here ({refusal})", flush=True)
            return None
        (folder / "complete").touch()
    return folder / "bin" / "python"


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "checkout-bench"


def _install(folder: Path, packages: tuple[str, ...]) -> str | None:
    """None when all went well, else the last thing that was said."""
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            *packages,
        ],
    ):
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return type(error).__name__
        if done.returncode != 0:
            return (done.stderr.strip().splitlines() or ["no reason given"])[-1][:200]
    return None
