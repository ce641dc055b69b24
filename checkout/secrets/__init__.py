"""Encryption at rest: a value is sealed for one row and one column, and opens nowhere else.

The value's key (a data key) stands in the database, wrapped by a key-encryption key that does not.
"""

from checkout.secrets.blind_index import blind_index
from checkout.secrets.envelope import key_id_of
from checkout.secrets.errors import CannotOpen, KeyProviderUnavailable, SecretsNotConfigured
from checkout.secrets.providers import KeyProvider, LocalKeys
from checkout.secrets.sealed import configure, open_sealed, seal

__all__ = [
    "CannotOpen",
    "KeyProvider",
    "KeyProviderUnavailable",
    "LocalKeys",
    "SecretsNotConfigured",
    "blind_index",
    "configure",
    "key_id_of",
    "open_sealed",
    "seal",
]
