"""Where a form may lead afterwards: to a path of ours, and nowhere else."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

MOST_LENGTH: Final = 2_000
UNWRAPPED: Final = 3  # a proxy may decode what it passes on; nobody of ours encodes twice


def own_path(text: str | None, default: str = "/") -> str:
    """The text where it is a path of ours with its query, else the default.

    A browser reads "//host" and "/\\host" as another site, and drops tabs and line ends before it looks; so the text is
    judged as it stands and as it reads once its percent signs are decoded.
    """
    if not text or len(text) > MOST_LENGTH:
        return default
    reading = text
    for _layer in range(UNWRAPPED):
        if not _is_own(reading):
            return default
        reading = unquote(reading)
    return text if _is_own(reading) else default


def _is_own(text: str) -> bool:
    plain = text.isprintable() and text.isascii() and "\\" not in text
    return plain and text.startswith("/") and not text.partition("?")[0].startswith("//")
