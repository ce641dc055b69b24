"""One spelling for all that name the same account. Pure.

Whoever looks an account up and whoever counts attempts on it must agree on what is the same address: where they do not,
each further spelling brings five guesses more.
"""

from __future__ import annotations

from typing import Final

_TO_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def spelled(email: str) -> str:
    """The address as accounts are found by it. Accounts' addresses are ASCII: only A to Z are folded, so that no other
    letter becomes one of theirs; a null character, which PostgreSQL does not take, is left out."""
    return email.replace("\0", "").strip().translate(_TO_LOWER)
