"""Frozen settings. This is the only reader of the environment; everything below receives its settings as arguments.

`read()` knows the environment alone, `load()` adds what a running instance has written into its data folder.
`.env.example` says what each variable means.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from checkout.core.business_day import DEFAULT_ZONE
from checkout.core.refused_settings import refuse_impossible, refuse_unsafe_production
from checkout.core.variables import ConfigError as ConfigError
from checkout.core.variables import Variables, decode_keys, read_env_file, read_key_file

PROJECT = Path(__file__).resolve().parent
SERVERS_FILE = "servers.json"  # in DATA_DIR: the addresses and ports of the instance that runs there
SECRETS_FILE = "secrets.json"  # in DATA_DIR: secrets made for development

MOST_PROXIES = 5  # in a row before us: nobody has more
SETTLED = ("stripe", "adyen", "paypal", "bank")  # whose settlement files and statements are read
MOCK_API_KEY = "sk_test_mock"


@dataclass(frozen=True, slots=True)
class Settings:
    """One field per variable, in lower case, and below them what follows from these. Secrets stay out of its repr."""

    port: int
    mock_psp_port: int
    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    psp: str
    stripe_api_key: str = field(repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)
    carrier_webhook_secrets: tuple[str, ...] = field(repr=False)
    public_url: str
    allowed_hosts: tuple[str, ...]
    trusted_proxies: int
    smtp_url: str | None = field(repr=False)
    secret_key: str = field(repr=False)
    password_hash_memory_kib: int
    password_hash_passes: int
    environment: str
    business_tz: str
    settlement_drop_dir: Path | None
    settlement_drop_psps: tuple[str, ...]
    settlement_mappings_dir: Path | None
    accounting_profiles_dir: Path | None
    settlement_rules_file: Path | None
    task_lease_seconds: int
    mock_psp_api_base: str
    mock_psp_webhook_url: str
    crash_point: str | None
    clock_offset_seconds: int
    key_provider: str
    encryption_keys: tuple[bytes, ...] = field(repr=False)
    encryption_keys_file: str
    vault_addr: str
    vault_token: str = field(repr=False)
    vault_transit_key: str
    debug: bool

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def livemode(self) -> bool:
        return is_live_key(self.stripe_api_key)

    @property
    def psp_api_base(self) -> str | None:
        """Where the PSP's API is called; None for the SDK's own address."""
        return self.mock_psp_api_base if self.psp == "mock" else None

    @property
    def mock_psp_url(self) -> str:
        """Where a shopper's browser finds the mock's hosted pages, whatever stands between it and our adapter."""
        return f"http://localhost:{self.mock_psp_port}"

    @property
    def mock_psp_database(self) -> Path:
        return self.data_dir / "mock_psp.sqlite3"

    @property
    def mock_psp_drop_dir(self) -> Path:
        """Where the mock puts each day's settlement file."""
        return self.data_dir / "settlement-drop"

    @property
    def crash_spent_file(self) -> Path:
        """Says that CRASH_POINT has done its work since the last start."""
        return self.data_dir / "crash_point.spent"

    @property
    def clock_file(self) -> Path | None:
        """Holds the seconds by which `flask clock advance` moved the clock; there is none in production."""
        return None if self.is_production else self.data_dir / "clock"

    @property
    def email_from(self) -> str:
        return f"no-reply@{urlsplit(self.public_url).hostname or 'localhost'}"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of a process that works: complete, or refused.

    Raises:
        ConfigError: a variable is missing or wrong, or nothing runs in the data folder.
    """
    environ = _environment(environ)
    settings = read(_with_running_ports(environ))
    servers = _stored(settings.data_dir / SERVERS_FILE)
    secrets = _development_secrets(settings)
    settings = replace(
        _with_keys(settings),
        database_url=settings.database_url or str(servers.get("database_url", "")),
        redis_url=settings.redis_url or str(servers.get("redis_url", "")),
        secret_key=settings.secret_key or str(secrets.get("secret_key", "")),
        stripe_webhook_secrets=settings.stripe_webhook_secrets
        or tuple(filter(None, [str(secrets.get("webhook_secret", ""))])),
    )
    for name, value in (("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url)):
        if not value:
            raise ConfigError(
                f"{name} is not set and nothing runs in {settings.data_dir}: start it with `make run`."
            )
    if not settings.secret_key:
        raise ConfigError(
            f"SECRET_KEY is not set and {settings.data_dir} has none: start once with `make run`."
        )
    _refuse_without_keys(settings)
    return settings


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """The environment's settings, checked. Server addresses and secrets may still be empty in development.

    Raises:
        ConfigError: a variable cannot be used, or production would be unsafe.
    """
    settings = _settings_of(Variables(_environment(environ)))
    refuse_impossible(settings)
    if settings.is_production:
        refuse_unsafe_production(settings)
    return settings


def _settings_of(variables: Variables) -> Settings:
    """Each variable with its default and its bounds."""
    port = variables.number("PORT", 8000, 1, 65535)
    mock_psp_port = variables.number("MOCK_PSP_PORT", 8100, 1, 65535)
    psp = variables.choice("PSP", "mock", ("mock", "stripe"))
    return Settings(
        port=port,
        mock_psp_port=mock_psp_port,
        data_dir=(PROJECT / Path(variables.text("DATA_DIR", ".data")).expanduser()).resolve(),
        database_url=variables.url("DATABASE_URL", "", ("postgresql", "postgres", "postgresql+psycopg")),
        redis_url=variables.url("REDIS_URL", "", ("redis", "rediss", "unix")),
        psp=psp,
        stripe_api_key=variables.text("STRIPE_API_KEY", MOCK_API_KEY if psp == "mock" else ""),
        stripe_webhook_secrets=variables.words("STRIPE_WEBHOOK_SECRETS"),
        carrier_webhook_secrets=variables.words("CARRIER_WEBHOOK_SECRETS"),
        public_url=variables.url("PUBLIC_URL", f"http://localhost:{port}", ("http", "https")).rstrip("/"),
        allowed_hosts=variables.hosts("ALLOWED_HOSTS"),
        trusted_proxies=variables.number("TRUSTED_PROXIES", 0, 0, MOST_PROXIES),
        smtp_url=variables.url("SMTP_URL", "", ("smtp", "smtps")) or None,
        secret_key=variables.text("SECRET_KEY", ""),
        password_hash_memory_kib=variables.number("PASSWORD_HASH_MEMORY_KIB", 47_104, 8, 2**20),
        password_hash_passes=variables.number("PASSWORD_HASH_PASSES", 1, 1, 20),
        environment=variables.choice("ENVIRONMENT", "development", ("development", "production")),
        business_tz=variables.timezone("BUSINESS_TZ", DEFAULT_ZONE),
        settlement_drop_dir=_folder(variables.text("SETTLEMENT_DROP_DIR", "")),
        settlement_drop_psps=variables.some_of("SETTLEMENT_DROP_PSPS", SETTLED),
        settlement_mappings_dir=_folder(variables.text("SETTLEMENT_MAPPINGS_DIR", "")),
        accounting_profiles_dir=_folder(variables.text("ACCOUNTING_PROFILES_DIR", "")),
        settlement_rules_file=_folder(variables.text("SETTLEMENT_RULES_FILE", "")),
        task_lease_seconds=variables.number("TASK_LEASE_SECONDS", 60, 1, 3600),
        mock_psp_api_base=variables.url(
            "MOCK_PSP_API_BASE", f"http://127.0.0.1:{mock_psp_port}", ("http", "https")
        ),
        mock_psp_webhook_url=variables.url(
            "MOCK_PSP_WEBHOOK_URL", f"http://127.0.0.1:{port}/webhooks/stripe", ("http", "https")
        ),
        crash_point=variables.text("CRASH_POINT", "") or None,
        clock_offset_seconds=variables.number("CLOCK_OFFSET_SECONDS", 0, -(10**9), 10**9),
        key_provider=variables.choice("KEY_PROVIDER", "environment", ("environment", "file", "vault")),
        encryption_keys=variables.keys("ENCRYPTION_KEYS"),
        encryption_keys_file=variables.text("ENCRYPTION_KEYS_FILE", ""),
        vault_addr=variables.url("VAULT_ADDR", "", ("http", "https")).rstrip("/"),
        vault_token=variables.text("VAULT_TOKEN", ""),
        vault_transit_key=variables.text("VAULT_TRANSIT_KEY", "transit/checkout"),
        debug=variables.flag("FLASK_DEBUG"),
    )


def _folder(text: str) -> Path | None:
    return (PROJECT / Path(text).expanduser()).resolve() if text else None


def load_keys(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings with their key-encryption keys, whatever else is missing: a database at rest is migrated with them."""
    settings = _with_keys(read(environ))
    _refuse_without_keys(settings)
    return settings


def _with_keys(settings: Settings) -> Settings:
    made = str(_development_secrets(settings).get("encryption_key", ""))
    if settings.key_provider == "file":
        keys = read_key_file(Path(settings.encryption_keys_file).expanduser())
    else:
        keys = settings.encryption_keys or decode_keys([made] if made else [], where=SECRETS_FILE)
    return replace(settings, encryption_keys=keys)


def _refuse_without_keys(settings: Settings) -> None:
    if settings.key_provider == "environment" and not settings.encryption_keys:
        raise ConfigError(
            f"ENCRYPTION_KEYS is not set and {settings.data_dir} has none: start once with `make run`."
        )


def _development_secrets(settings: Settings) -> dict[str, Any]:
    return {} if settings.is_production else _stored(settings.data_dir / SECRETS_FILE)


def is_live_key(api_key: str) -> bool:
    return api_key.startswith(("sk_live_", "rk_live_"))


def _environment(environ: Mapping[str, str] | None) -> Mapping[str, str]:
    """The process's own, over what a `.env` file in the project's root says."""
    return environ if environ is not None else {**read_env_file(PROJECT / ".env"), **os.environ}


def _with_running_ports(environ: Mapping[str, str]) -> dict[str, str]:
    """A command finds the instance through DATA_DIR alone, so its ports stand in for those that are not set."""
    data_dir = PROJECT / Path(environ.get("DATA_DIR") or ".data").expanduser()
    servers = _stored(data_dir / SERVERS_FILE)
    running = {
        name: str(servers[name.lower()]) for name in ("PORT", "MOCK_PSP_PORT") if servers.get(name.lower())
    }
    return {**running, **{name: value for name, value in environ.items() if value}}


def _stored(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    return found if isinstance(found, dict) else {}
