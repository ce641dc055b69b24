"""Settings that must not start: those that contradict each other anywhere, and those that are unsafe in production.

Each refusal is one line that says what to do. config.py reads the settings and asks here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.core.variables import ConfigError

if TYPE_CHECKING:
    from config import Settings

MIN_SECRET_KEY_LENGTH = 32
MIN_HASH_COST_KIB = 35_840  # the cheapest that OWASP's Password Storage Cheat Sheet lists for Argon2id
DEFAULT_SECRETS = frozenset({"change-me", "changeme", "secret", "default", "development", "dev", "test"})


def refuse_impossible(settings: Settings) -> None:
    if settings.livemode and not settings.is_production:
        raise ConfigError(
            "STRIPE_API_KEY is a live key: it moves real money and needs ENVIRONMENT=production."
        )
    if settings.psp == "stripe" and not settings.stripe_api_key:
        raise ConfigError("PSP=stripe needs STRIPE_API_KEY.")
    if settings.psp == "stripe" and not settings.stripe_webhook_secrets:
        raise ConfigError("PSP=stripe needs STRIPE_WEBHOOK_SECRETS: without them no webhook can be believed.")
    if settings.psp == "mock" and settings.port == settings.mock_psp_port:
        raise ConfigError(
            f"PORT and MOCK_PSP_PORT are both {settings.port}: give one of them another number."
        )
    _refuse_half_a_key_provider(settings)


def _refuse_half_a_key_provider(settings: Settings) -> None:
    if settings.key_provider == "file" and not settings.encryption_keys_file:
        raise ConfigError("KEY_PROVIDER=file needs ENCRYPTION_KEYS_FILE.")
    if settings.key_provider == "vault" and not (settings.vault_addr and settings.vault_token):
        raise ConfigError("KEY_PROVIDER=vault needs VAULT_ADDR and VAULT_TOKEN.")
    if settings.key_provider == "vault" and settings.vault_transit_key.count("/") < 1:
        raise ConfigError("VAULT_TRANSIT_KEY must be mount/name, for example transit/checkout.")


def refuse_unsafe_production(settings: Settings) -> None:
    if settings.key_provider == "environment" and not settings.encryption_keys:
        raise ConfigError(
            "ENCRYPTION_KEYS is missing: ENVIRONMENT=production needs one, or KEY_PROVIDER=file or vault."
        )
    if settings.key_provider == "vault" and not settings.vault_addr.startswith("https:"):
        raise ConfigError("VAULT_ADDR must begin with https: with ENVIRONMENT=production.")
    if not settings.secret_key:
        raise ConfigError("SECRET_KEY is missing: ENVIRONMENT=production needs one of its own.")
    if settings.secret_key.lower() in DEFAULT_SECRETS or len(settings.secret_key) < MIN_SECRET_KEY_LENGTH:
        raise ConfigError(
            f"SECRET_KEY is a default or shorter than {MIN_SECRET_KEY_LENGTH} characters: "
            "make one with `python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`."
        )
    if settings.password_hash_memory_kib * settings.password_hash_passes < MIN_HASH_COST_KIB:
        raise ConfigError(
            f"PASSWORD_HASH_MEMORY_KIB times PASSWORD_HASH_PASSES is below {MIN_HASH_COST_KIB}: passwords would be"
            " cheap to guess."
        )
    if settings.debug:
        raise ConfigError("FLASK_DEBUG is on: a debugger must not be reachable with ENVIRONMENT=production.")
    if settings.psp == "mock":
        raise ConfigError("PSP=mock takes no real payments: ENVIRONMENT=production needs PSP=stripe.")
    if settings.crash_point:
        raise ConfigError("CRASH_POINT is for tests: unset it with ENVIRONMENT=production.")
    if settings.clock_offset_seconds:
        raise ConfigError("CLOCK_OFFSET_SECONDS is for tests: unset it with ENVIRONMENT=production.")
