"""Ids: UUIDv7 (RFC 9562) inside, `prefix_` + 26 Crockford base32 characters (TypeID) outside, lower case only."""

from __future__ import annotations

import os
import time
from collections import deque
from datetime import datetime
from functools import lru_cache
from struct import Struct
from typing import Final
from uuid import UUID, SafeUUID

from checkout.core.errors import NotFound

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS: Final = frozenset(ALPHABET)
_PAIRS: Final = [high + low for high in ALPHABET for low in ALPHABET]  # ten bits at once
_TO_PYTHON: Final = bytes.maketrans(
    ALPHABET.encode(), b"0123456789abcdefghijklmnopqrstuv"
)  # int()'s own digits
SUFFIX_LENGTH: Final = 26
REMEMBERED: Final = (
    4_096  # public forms, about 1 MB: a request writes the id of its payment or seller many times
)
_CUT: Final = Struct("10s")  # the random bytes of an id
_IDS_AHEAD: Final = 256  # randomness that is asked of the system at once
_NOT_FIXED: Final = ~(0xF << 76 | 0x3 << 62)
_FIXED: Final = 0x7 << 76 | 0x2 << 62  # version 7, variant 2
_set = object.__setattr__
PREFIXES: Final = frozenset(
    "pay ord re dp po sel sto shp cus pm sub evt we del key req usr alr run file jrn acc tsk oli apr stm grp rpl"
    " pac wcr".split()
)


class MalformedId(NotFound):
    """The text is no id of the wanted kind. It is answered as an unknown one is: no hint which it was."""


def new_uuid() -> UUID:
    """A UUIDv7: 48 bits of Unix milliseconds, then random bits; sorts by creation time.

    The system's clock is used, not the business clock: an id's order shows in what order rows were made.
    """
    milliseconds = time.time_ns() // 1_000_000
    random_bits = _random_bits()
    value = (milliseconds & ((1 << 48) - 1)) << 80 | random_bits
    made = object.__new__(UUID)  # UUID() looks at each of the six forms that it could be given
    _set(made, "int", value & _NOT_FIXED | _FIXED)
    _set(made, "is_safe", SafeUUID.unknown)
    return made


# The system's own randomness, asked for in advance: to ask lets the other threads of a busy process run first, and a
# request makes a dozen ids. A forked child throws away what its parent has left: no two processes make the same id.
_ahead: deque[tuple[bytes]] = deque()
os.register_at_fork(after_in_child=_ahead.clear)


def _random_bits() -> int:
    try:
        (drawn,) = _ahead.pop()
    except IndexError:
        (drawn,), *others = _CUT.iter_unpack(os.urandom(_CUT.size * _IDS_AHEAD))
        _ahead.extend(others)
    return int.from_bytes(drawn, "big")


def oldest_at(moment: datetime) -> UUID:
    """The smallest id made at that moment: ids below it are older. Before 1970 it is the smallest of all."""
    return UUID(int=max(int(moment.timestamp() * 1000), 0) << 80)


def new(prefix: str) -> str:
    """A fresh public id of the kind."""
    return encode(prefix, new_uuid())


def encode(prefix: str, value: UUID) -> str:
    """The public form: encode("pay", uuid) = "pay_01j…"."""
    return _encoded(prefix, value.int)  # an int is compared far faster than a UUID


@lru_cache(REMEMBERED)
def _encoded(prefix: str, number: int) -> str:
    assert prefix in PREFIXES, f"unknown id prefix {prefix}"
    pair = _PAIRS
    return (  # written out: a loop takes twice as long
        f"{prefix}_{pair[number >> 120]}{pair[number >> 110 & 1023]}{pair[number >> 100 & 1023]}"
        f"{pair[number >> 90 & 1023]}{pair[number >> 80 & 1023]}{pair[number >> 70 & 1023]}"
        f"{pair[number >> 60 & 1023]}{pair[number >> 50 & 1023]}{pair[number >> 40 & 1023]}"
        f"{pair[number >> 30 & 1023]}{pair[number >> 20 & 1023]}{pair[number >> 10 & 1023]}{pair[number & 1023]}"
    )


@lru_cache(REMEMBERED)
def parsed(text: str) -> UUID:
    """The UUID that PostgreSQL has written into a document. A page of payments holds two hundred, the same ones for each
    of an order's storefronts and sellers."""
    return UUID(text)


@lru_cache(REMEMBERED)
def decode(prefix: str, text: str) -> UUID:
    """The UUID of a public id.

    Raises:
        MalformedId: another prefix, wrong length, upper case, or more than 128 bits.
    """
    head, separator, suffix = text.partition("_")
    if head != prefix or not separator or len(suffix) != SUFFIX_LENGTH or suffix[0] not in "01234567":
        raise MalformedId(f"no {prefix}_ id")
    if not _LETTERS.issuperset(suffix):
        raise MalformedId(f"no {prefix}_ id")
    return UUID(int=int(suffix.encode("ascii").translate(_TO_PYTHON), 32))
