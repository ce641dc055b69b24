"""Key-encryption keys (KEKs): what wraps the data keys. They never stand in the database."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from checkout.secrets.envelope import NONCE_BYTES
from checkout.secrets.errors import CannotOpen, SecretsNotConfigured

KEK_ID_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as it may be stored, and the name of the key that unwraps it."""

    kek_id: str
    blob: bytes


class KeyProvider(Protocol):
    """Wraps under its newest key and unwraps under any it still has. `context` must be the same for both."""

    def current_kek_id(self) -> str: ...

    def wrap(self, key: bytes, *, context: bytes) -> Wrapped: ...

    def unwrap(self, wrapped: Wrapped, *, context: bytes) -> bytes: ...


class LocalKeys:
    """Keys this process was given: the first wraps, all of them unwrap, so that one can be replaced.

    A key's id is the beginning of its SHA-256: it says which key it is and nothing about it.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise SecretsNotConfigured("no key-encryption key was given")
        self._keys = {_kek_id(key): key for key in keys}
        self._current = _kek_id(keys[0])

    def current_kek_id(self) -> str:
        return self._current

    def wrap(self, key: bytes, *, context: bytes) -> Wrapped:
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, key, context)
        return Wrapped(self._current, nonce + sealed)

    def unwrap(self, wrapped: Wrapped, *, context: bytes) -> bytes:
        key = self._keys.get(wrapped.kek_id)
        if key is None:
            raise CannotOpen(f"the key-encryption key {wrapped.kek_id} is not among those given")
        try:
            return AESGCM(key).decrypt(wrapped.blob[:NONCE_BYTES], wrapped.blob[NONCE_BYTES:], context)
        except InvalidTag:
            raise CannotOpen(f"a data key does not unwrap under {wrapped.kek_id}") from None


def _kek_id(key: bytes) -> str:
    return hashlib.sha256(b"checkout kek\x1f" + key).hexdigest()[:KEK_ID_LENGTH]
