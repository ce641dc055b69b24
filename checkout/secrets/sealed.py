"""Seal and open values of the database. configure() comes first, once per process."""

from __future__ import annotations

from uuid import UUID

from checkout.secrets import envelope
from checkout.secrets.data_keys import CURRENT_KEY_SECONDS, DataKeys, Purpose
from checkout.secrets.errors import SecretsNotConfigured
from checkout.secrets.providers import KeyProvider

_keys: DataKeys | None = None


def configure(provider: KeyProvider, *, current_seconds: float = CURRENT_KEY_SECONDS) -> None:
    """Says who wraps this process's data keys; forgets those of another."""
    global _keys
    _keys = DataKeys(provider, current_seconds=current_seconds)


def seal(plaintext: bytes, *, table: str, column: str, row: UUID) -> bytes:
    """The value encrypted for one column of one row, under the current data key; 45 bytes longer than it was.

    `row` is the row's id. The column's name ends in `_sealed` and stands in checkout/secrets/registry.py.

    Raises:
        SecretsNotConfigured, KeyProviderUnavailable: no data key can be had.
    """
    key_id, key = data_keys().current(Purpose.SEAL)
    return envelope.encrypt(plaintext, key=key, key_id=key_id, place=envelope.place(table, column, row))


def open_sealed(ciphertext: bytes, *, table: str, column: str, row: UUID) -> bytes:
    """What was sealed for this column of this row, under whichever data key.

    Raises:
        CannotOpen: it was sealed for another place, was changed, or its key is unknown.
        SecretsNotConfigured, KeyProviderUnavailable: its data key cannot be had.
    """
    ciphertext = bytes(ciphertext)
    key = data_keys().get(envelope.key_id_of(ciphertext))
    return envelope.decrypt(ciphertext, key=key, place=envelope.place(table, column, row))


def data_keys() -> DataKeys:
    if _keys is None:
        raise SecretsNotConfigured("secrets.configure() comes first")
    return _keys
