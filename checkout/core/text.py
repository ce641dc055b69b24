"""Rules about text: what looks like a card number, and what somebody may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

CARD_DIGITS = range(13, 20)
# Digits with single spaces or dashes between, as many as the shortest card number has: fewer are not worth a look.
DIGIT_RUN = re.compile(r"[0-9](?:[ -]?[0-9]){12,}")
# Random identifiers written in hexadecimal: one UUID in 250 without dashes holds digits that would pass for a card
# number. Cards have no letters, so whole words of hexadecimal with a letter in them are none.
_RANDOM_ID = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?=[0-9]*[a-fA-F])[0-9a-fA-F]{24,128})"
    r"(?![0-9A-Za-z])"
)
CARD_GROUP, CARD_GROUPS = 3, 6  # nobody writes a card number in smaller groups with other numbers beside it


def contains_card_number(text: str) -> bool:
    """True where 13 to 19 digits, with single spaces or dashes between, pass the Luhn check (ISO/IEC 7812-1).

    Beside other numbers too, as its expiry date and check code often stand.
    """
    return any(_holds_card(re.split("[ -]", match.group())) for match in DIGIT_RUN.finditer(text))


def holds_card_number(text: str) -> bool:
    """As contains_card_number(), but a random identifier is one."""
    return contains_card_number(text) and contains_card_number(_RANDOM_ID.sub("id", text))


def _holds_card(groups: list[str]) -> bool:
    """All groups together are a card number, or some neighbouring ones are."""
    return _is_card("".join(groups)) or any(
        _is_card(digits)
        for start in range(len(groups))
        for digits in _joined(groups[start : start + CARD_GROUPS])
    )


def _joined(groups: list[str]) -> Iterator[str]:
    """The first group, the first two, and so on, as long as they may be one card number."""
    digits = ""
    for group in groups:
        digits += group
        if len(group) < CARD_GROUP or len(digits) > CARD_DIGITS[-1]:
            return
        yield digits


def _is_card(digits: str) -> bool:
    return len(digits) in CARD_DIGITS and luhn_valid(digits)


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
