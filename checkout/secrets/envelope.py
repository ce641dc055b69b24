"""The form of a sealed value, version 1. Pure.

    version (1 byte) | data key's id (16) | nonce (12) | AES-256-GCM ciphertext and tag (NIST SP 800-38D)

The associated data are the first two fields and the value's place. Nonces are random: one data key may seal 2^32
values before two nonces meet with a probability above 2^-32, which is why data keys are rotated.
"""

from __future__ import annotations

import os
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from checkout.secrets.errors import CannotOpen

VERSION: Final = 1
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
HEADER_BYTES: Final = 17
SMALLEST: Final = HEADER_BYTES + NONCE_BYTES + TAG_BYTES


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def place(table: str, column: str, row: UUID) -> bytes:
    """Where a value belongs. No table or column has a control character in its name."""
    return f"{table}\x1f{column}\x1f{row}".encode()


def encrypt(plaintext: bytes, *, key: bytes, key_id: UUID, place: bytes) -> bytes:
    header = bytes([VERSION]) + key_id.bytes
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + AESGCM(key).encrypt(nonce, plaintext, header + place)


def decrypt(ciphertext: bytes, *, key: bytes, place: bytes) -> bytes:
    """The plaintext.

    Raises:
        CannotOpen: sealed for another place, under another key, or changed.
    """
    key_id_of(ciphertext)
    header = ciphertext[:HEADER_BYTES]
    nonce = ciphertext[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext[HEADER_BYTES + NONCE_BYTES :], header + place)
    except InvalidTag:
        raise CannotOpen("sealed for another place, under another key, or changed") from None


def key_id_of(ciphertext: bytes) -> UUID:
    """The data key that a value was sealed under.

    Raises:
        CannotOpen: these bytes are no sealed value of a known version.
    """
    if len(ciphertext) < SMALLEST or ciphertext[0] != VERSION:
        raise CannotOpen("not a sealed value of a known version")
    return UUID(bytes=bytes(ciphertext[1:HEADER_BYTES]))
