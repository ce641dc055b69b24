"""Trees and chains of SHA-256: how a sequence of records becomes one digest that cannot be made for another. Pure.

Leaf: SHA-256(0x00 + canonical form). Node: SHA-256(0x01 + left + right); an odd one is carried up as it is.
Digest of a seal: SHA-256(0x02 + previous digest + number + first sequence + last sequence + count + root), integers
as 8 bytes, big end first; the first seal's previous digest is 32 zero bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

GENESIS: Final = bytes(32)
DIGEST_BYTES: Final = 32


def leaf_digest(canonical_form: bytes) -> bytes:
    return sha256(b"\x00" + canonical_form).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle root of at least one leaf."""
    assert leaves, "a seal is never empty"
    level = list(leaves)
    while len(level) > 1:
        pairs = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def seal_digest(
    previous: bytes, *, number: int, first_sequence: int, last_sequence: int, entries: int, merkle_root: bytes
) -> bytes:
    numbers = b"".join(value.to_bytes(8, "big") for value in (number, first_sequence, last_sequence, entries))
    return sha256(b"\x02" + previous + numbers + merkle_root).digest()


def split(leaves: bytes) -> list[bytes]:
    """The leaves that a seal stores one behind the other."""
    return [leaves[start : start + DIGEST_BYTES] for start in range(0, len(leaves), DIGEST_BYTES)]


def instant(at: datetime) -> str:
    """A time as canonical forms spell it: UTC, microseconds, "…Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
