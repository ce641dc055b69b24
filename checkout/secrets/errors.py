"""What can go wrong with sealed values. None of these is a client's fault, and none says what was sealed."""

from __future__ import annotations


class CannotOpen(Exception):
    """The bytes were not sealed for this row and column, were changed, or their key is not known here."""


class SecretsNotConfigured(Exception):
    """No key-encryption key was given to this process, or not in a form that can be used."""


class KeyProviderUnavailable(Exception):
    """The place that holds the key-encryption key cannot be reached, or refuses us. Asking again may help."""
