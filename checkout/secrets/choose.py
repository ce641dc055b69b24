"""The key provider that the settings name."""

from __future__ import annotations

from collections.abc import Sequence

from checkout.secrets.providers import KeyProvider, LocalKeys


def choose_provider(
    kind: str, *, keys: Sequence[bytes], vault_addr: str, vault_token: str, vault_transit_key: str
) -> KeyProvider:
    """`kind` is KEY_PROVIDER; `keys` are those of the environment or of the file. Nothing is called yet."""
    if kind == "vault":
        from checkout.secrets.vault import VaultTransit  # an HTTP client that nobody else of us loads

        return VaultTransit(address=vault_addr, token=vault_token, transit_key=vault_transit_key)
    return LocalKeys(keys)
