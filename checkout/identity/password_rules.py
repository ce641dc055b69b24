"""Which passwords are taken: long enough, not a common one, not the person's own name. Pure, but for the bundled lists.

After NIST SP 800-63B: no rules about kinds of characters, no forced changes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from checkout.core.errors import InvalidParameter

MIN_LENGTH = 12
MAX_LENGTH = 128  # characters; a bound, so that nobody has us hash a book
MIN_DIFFERENT = 5
PRODUCT = "checkout"
OWN_NAME_LENGTH = 4  # a shorter local part stands in too many words
LISTS = Path(__file__).parent / "wordlists"

_AROUND = re.compile(r"^[^a-z]+|[^a-z]+$")


def normalise(password: str) -> str:
    """One spelling of what looks the same: NFC, as RFC 8265 has it for passwords."""
    return unicodedata.normalize("NFC", password)


def check(password: str, *, email: str) -> str:
    """The password in its one spelling, if it may be used by the owner of the address.

    Raises:
        InvalidParameter: it breaks a rule; says which.
    """
    normal = normalise(password)
    lowered = normal.lower()
    if not MIN_LENGTH <= len(normal) <= MAX_LENGTH:
        raise _refused(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters", "length")
    if any(unicodedata.category(character) == "Cs" for character in normal):
        raise _refused("the password is no text", "invalid")
    if len(set(lowered)) < MIN_DIFFERENT:
        raise _refused(f"a password has at least {MIN_DIFFERENT} different characters", "too_simple")
    if PRODUCT in lowered:
        raise _refused("the password contains the product's name", "product_name")
    if (own := _local_part(email)) and own in lowered:
        raise _refused("the password contains your email address", "own_name")
    if _is_common(lowered):
        raise _refused("this is one of the passwords that are tried first", "common")
    return normal


def _is_common(lowered: str) -> bool:
    """In the list, or a common word with only digits and signs around it, perhaps written several times."""
    stem = _AROUND.sub("", lowered)
    return lowered in _words("common_passwords.txt") or any(
        part in _words("common_stems.txt") for part in (stem, _once(stem))
    )


def _once(text: str) -> str:
    """The shortest text that this one is a repetition of."""
    return text[: (text + text).find(text, 1)] if text else text


def _local_part(email: str) -> str:
    local = email.partition("@")[0].partition("+")[0].lower()
    return local if len(local) >= OWN_NAME_LENGTH else ""


@cache
def _words(name: str) -> frozenset[str]:
    """Read when somebody first sets a password; signing in does not need it."""
    return frozenset((LISTS / name).read_text(encoding="ascii").splitlines())


def _refused(detail: str, code: str) -> InvalidParameter:
    return InvalidParameter.at("/password", detail, code)
