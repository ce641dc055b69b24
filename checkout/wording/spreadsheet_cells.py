"""A cell of a file that people open in a spreadsheet: text that would run as a formula is made text."""

from __future__ import annotations

import re
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # full width too: East Asian spreadsheets
PLAIN_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def defused(text: str) -> str:
    """With an apostrophe before what begins like a formula; a number is a number."""
    dangerous = text.lstrip().startswith(FORMULA) and PLAIN_NUMBER.fullmatch(text) is None
    return f"'{text}" if dangerous else text
