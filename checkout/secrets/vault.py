"""HashiCorp Vault's transit engine as the holder of the key-encryption key: it never leaves Vault.

Speaks the HTTP API (developer.hashicorp.com/vault/api-docs/secret/transit). Vault is asked once per data key and
process, and for each data key when keys are wrapped anew.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import requests

from checkout.secrets.errors import CannotOpen, KeyProviderUnavailable
from checkout.secrets.providers import Wrapped

TIMEOUT_SECONDS: Final = (2.0, 5.0)  # connect, read: below the statement timeout that others wait with


class VaultTransit:
    """`transit_key` is mount/name. A KEK's id is that and the version Vault encrypts under, as `transit/checkout:v3`."""

    def __init__(self, *, address: str, token: str, transit_key: str) -> None:
        self._mount, _, self._name = transit_key.rpartition("/")
        self._address = address.rstrip("/")
        self._headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}

    def current_kek_id(self) -> str:
        version = self._call("GET", f"keys/{self._name}").get("latest_version")
        if not isinstance(version, int):
            raise KeyProviderUnavailable("Vault's answer names no version of the key")
        return self._kek_id(f"v{version}")

    def wrap(self, key: bytes, *, context: bytes) -> Wrapped:
        body = {"plaintext": _base64(key), "associated_data": _base64(context)}
        ciphertext = str(self._call("POST", f"encrypt/{self._name}", body).get("ciphertext", ""))
        vault, _, rest = ciphertext.partition(":")
        version, _, _ = rest.partition(":")
        if vault != "vault" or not version.startswith("v"):
            raise KeyProviderUnavailable("Vault's answer holds no ciphertext")
        return Wrapped(self._kek_id(version), ciphertext.encode("ascii"))

    def unwrap(self, wrapped: Wrapped, *, context: bytes) -> bytes:
        body = {"ciphertext": wrapped.blob.decode("ascii"), "associated_data": _base64(context)}
        return base64.b64decode(str(self._call("POST", f"decrypt/{self._name}", body).get("plaintext", "")))

    def _kek_id(self, version: str) -> str:
        return f"{self._mount}/{self._name}:{version}"

    def _call(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """The answer's data. What Vault says of a refusal is left out: it may quote what it was sent."""
        url = f"{self._address}/v1/{self._mount}/{path}"
        try:
            answer = requests.request(
                method,
                url,
                json=body,
                headers=self._headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,  # the token goes to the configured address alone
            )
        except requests.RequestException as error:
            raise KeyProviderUnavailable(f"Vault cannot be reached: {type(error).__name__}") from None
        if answer.status_code == 400 and path.startswith("decrypt/"):
            raise CannotOpen("a data key does not unwrap in Vault")
        try:
            found = answer.json()["data"] if answer.status_code == 200 else None
        except (ValueError, KeyError, TypeError):
            found = None
        if not isinstance(found, dict):
            raise KeyProviderUnavailable(f"Vault answered {answer.status_code}")
        return found


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
