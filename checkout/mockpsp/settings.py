"""What the mock PSP is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MockSettings:
    """`public_base` is where shoppers' browsers reach the hosted page, never the address of a fault proxy.

    Several webhook secrets sign each delivery several times, as during a rotation. An empty `webhook_url` records
    events and sends none.
    """

    sqlite_path: Path
    public_base: str
    webhook_url: str
    webhook_secrets: tuple[str, ...]
    clock_offset_seconds: int = 0
    drop_dir: Path | None = None  # where each day's settlement file is put once the day has passed
