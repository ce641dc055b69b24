"""What an instance writes into its data folder for commands, scripts and its next start. All for the owner alone."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any

from config import SECRETS_FILE, SERVERS_FILE, Settings

DEMO_FILE = "demo.json"


def make_development_secrets(data_dir: Path) -> None:
    """Made once, so that links and webhook signatures stay valid over restarts and what is sealed stays readable.

    A folder of an older version gets what it lacks.
    """
    path = data_dir / SECRETS_FILE
    fresh = {
        "secret_key": secrets.token_urlsafe(48),
        "webhook_secret": f"whsec_{secrets.token_urlsafe(32)}",
        "encryption_key": base64.b64encode(secrets.token_bytes(32)).decode("ascii"),
    }
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        stored = {}
    if fresh.keys() - stored.keys():
        write(path, {**fresh, **stored})


def write_servers(settings: Settings, database_url: str, redis_url: str) -> None:
    """How every process and command finds the instance that runs on this data folder."""
    write(
        settings.data_dir / SERVERS_FILE,
        {
            "database_url": database_url,
            "redis_url": redis_url,
            "port": settings.port,
            "mock_psp_port": settings.mock_psp_port,
        },
    )


def remove_servers(data_dir: Path) -> None:
    (data_dir / SERVERS_FILE).unlink(missing_ok=True)


def read_demo(data_dir: Path) -> dict[str, Any]:
    try:
        found = json.loads((data_dir / DEMO_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, content: dict[str, Any]) -> None:
    """Written beside and renamed, so that no reader sees half of it; never readable by others, not for a moment."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=2) + "\n")
    draft.replace(path)
