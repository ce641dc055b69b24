"""Rules about text: what looks like a card number, and what somebody may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_CARD_RUN = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")


def contains_card_number(text: str) -> bool:
    """True where 13 to 19 digits, with single spaces or dashes between, pass the Luhn check (ISO/IEC 7812-1)."""
    return any(luhn_valid(re.sub(r"[ -]", "", match.group())) for match in _CARD_RUN.finditer(text))


def luhn_valid(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, over ASCII digits."""
    total = 0
    for index, character in enumerate(reversed(digits)):
        value = ord(character) - 48
        if index % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def did_you_mean(word: str, options: Iterable[str]) -> str | None:
    """The option nearest to a misspelt word, or None where none is near."""
    near = difflib.get_close_matches(word, list(options), n=1, cutoff=0.6)
    return near[0] if near else None
