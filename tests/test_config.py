"""Settings: each default, each refusal in one line, and how a command finds the running instance."""

import json
import re
from pathlib import Path

import pytest

import config
from config import ConfigError, load, read

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k3Wq8vT2nZ5xB7mC9dF1gH4jL6pR0sYu",
    "PSP": "stripe",
    "STRIPE_API_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_1",
    "DATABASE_URL": "postgresql://db/checkout",
    "REDIS_URL": "redis://cache/0",
    "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
}


def test_defaults() -> None:
    """With nothing set: development, the mock PSP, ports 8000 and 8100, everything in .data."""
    settings = read({})

    assert (settings.environment, settings.psp) == ("development", "mock")
    assert (settings.port, settings.mock_psp_port) == (8000, 8100)
    assert settings.data_dir == config.PROJECT / ".data"
    assert settings.public_url == "http://localhost:8000"
    assert settings.mock_psp_api_base == "http://127.0.0.1:8100"
    assert settings.mock_psp_webhook_url == "http://127.0.0.1:8000/webhooks/stripe"
    assert (settings.business_tz, settings.task_lease_seconds) == ("Europe/Berlin", 60)
    assert (settings.crash_point, settings.clock_offset_seconds) == (None, 0)
    assert not settings.livemode


def test_addresses_follow_the_ports() -> None:
    settings = read({"PORT": "9000", "MOCK_PSP_PORT": "9100"})

    assert settings.public_url == "http://localhost:9000"
    assert settings.mock_psp_webhook_url == "http://127.0.0.1:9000/webhooks/stripe"
    assert settings.mock_psp_api_base == "http://127.0.0.1:9100"


def test_a_proxy_before_the_psp_does_not_move_its_hosted_pages() -> None:
    settings = read({"MOCK_PSP_API_BASE": "http://127.0.0.1:7000"})

    assert settings.psp_api_base == "http://127.0.0.1:7000"
    assert settings.mock_psp_url == "http://localhost:8100"


def test_webhook_secrets_are_a_list() -> None:
    assert read({"STRIPE_WEBHOOK_SECRETS": "whsec_1, whsec_2"}).stripe_webhook_secrets == (
        "whsec_1",
        "whsec_2",
    )


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PORT": "http"}, "PORT is not a whole number: 'http'"),
        ({"PORT": "70000"}, "PORT must be between 1 and 65535"),
        ({"PORT": "8100"}, "PORT and MOCK_PSP_PORT are both 8100"),
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT must be development or production"),
        ({"PSP": "adyen"}, "PSP must be mock or stripe"),
        ({"PSP": "stripe", "STRIPE_WEBHOOK_SECRETS": "whsec_1"}, "PSP=stripe needs STRIPE_API_KEY"),
        ({"PSP": "stripe", "STRIPE_API_KEY": "sk_test_1"}, "PSP=stripe needs STRIPE_WEBHOOK_SECRETS"),
        ({"PSP": "stripe", "STRIPE_API_KEY": "sk_live_1"}, "live key"),
        ({"STRIPE_API_KEY": "rk_live_1"}, "live key"),
        ({"DATABASE_URL": "mysql://root:hunter2@db"}, "DATABASE_URL must begin with postgresql:"),
        ({"REDIS_URL": "http://cache"}, "REDIS_URL must begin with redis:"),
        ({"BUSINESS_TZ": "Mars/Olympus"}, "BUSINESS_TZ is not a time zone"),
        ({"TASK_LEASE_SECONDS": "0"}, "TASK_LEASE_SECONDS must be between"),
        ({"ENCRYPTION_KEYS": "hunter2"}, "ENCRYPTION_KEYS: key 1 is not 32 bytes in base64"),
        ({"KEY_PROVIDER": "file"}, "KEY_PROVIDER=file needs ENCRYPTION_KEYS_FILE"),
        ({"KEY_PROVIDER": "vault"}, "KEY_PROVIDER=vault needs VAULT_ADDR and VAULT_TOKEN"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(variables: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)) as refusal:
        read(variables)

    assert "\n" not in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "change-me"}, "SECRET_KEY is a default or shorter"),
        ({"SECRET_KEY": "k3Wq8vT2nZ5xB7mC9dF1"}, "SECRET_KEY is a default or shorter"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG is on"),
        ({"PSP": "mock"}, "PSP=mock takes no real payments"),
        ({"PSP": ""}, "PSP=mock takes no real payments"),
        ({"CRASH_POINT": "payment.registered:1"}, "CRASH_POINT is for tests"),
        ({"CLOCK_OFFSET_SECONDS": "3600"}, "CLOCK_OFFSET_SECONDS is for tests"),
        ({"ENCRYPTION_KEYS": ""}, "ENCRYPTION_KEYS is missing"),
        (
            {"KEY_PROVIDER": "vault", "VAULT_ADDR": "http://v", "VAULT_TOKEN": "t"},
            "VAULT_ADDR must begin with https:",
        ),
    ],
)
def test_unsafe_production_is_refused_in_one_line(changes: dict[str, str], words: str) -> None:
    assert read(PRODUCTION).is_production

    with pytest.raises(ConfigError, match=re.escape(words)) as refusal:
        read({**PRODUCTION, **changes})

    assert "\n" not in str(refusal.value)


def test_production_takes_a_live_key() -> None:
    assert read({**PRODUCTION, "STRIPE_API_KEY": "sk_live_1"}).livemode


def test_secrets_stay_out_of_the_settings_text() -> None:
    settings = read({**PRODUCTION, "SMTP_URL": "smtp://me:hunter2@mail"})

    for secret in (PRODUCTION["SECRET_KEY"], "sk_test_1", "whsec_1", "postgresql://", "redis://", "hunter2"):
        assert secret not in repr(settings)


def test_a_command_finds_the_running_instance_through_its_data_folder(tmp_path: Path) -> None:
    """Addresses, ports and development secrets come from what the instance wrote; the environment wins."""
    (tmp_path / "servers.json").write_text(
        json.dumps(
            {"database_url": "postgresql:///x", "redis_url": "unix:///y", "port": 8123, "mock_psp_port": 8124}
        )
    )
    (tmp_path / "secrets.json").write_text(
        json.dumps(
            {
                "secret_key": "s" * 43,
                "webhook_secret": "whsec_x",
                "encryption_key": PRODUCTION["ENCRYPTION_KEYS"],
            }
        )
    )

    found = load({"DATA_DIR": str(tmp_path)})
    told = load({"DATA_DIR": str(tmp_path), "PORT": "9000", "REDIS_URL": "redis://cache/0"})

    assert (found.database_url, found.redis_url) == ("postgresql:///x", "unix:///y")
    assert (found.port, found.mock_psp_port, found.public_url) == (8123, 8124, "http://localhost:8123")
    assert (found.secret_key, found.stripe_webhook_secrets) == ("s" * 43, ("whsec_x",))
    assert found.encryption_keys == (bytes(range(32)),)
    assert (told.port, told.mock_psp_port, told.redis_url) == (9000, 8124, "redis://cache/0")


def test_keys_in_a_file_are_read_from_a_closed_file_alone(tmp_path: Path) -> None:
    """One key a line, comments aside; a file that every user may read is refused, and one without keys too."""
    file = tmp_path / "keys"
    file.write_text(f"# newest first\n{PRODUCTION['ENCRYPTION_KEYS']}\n{'_' * 43}\n")
    variables = {
        **PRODUCTION,
        "KEY_PROVIDER": "file",
        "ENCRYPTION_KEYS": "",
        "ENCRYPTION_KEYS_FILE": str(file),
    }

    file.chmod(0o604)
    with pytest.raises(ConfigError, match="open to every user"):
        load(variables)
    file.chmod(0o600)
    assert load(variables).encryption_keys == (bytes(range(32)), b"\xff" * 32)
    file.write_text("# none\n")
    with pytest.raises(ConfigError, match="holds no key"):
        load(variables)


def test_with_nothing_running_a_command_says_what_to_start(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"DATABASE_URL is not set and nothing runs in .*: start it with `make run`"
    ):
        load({"DATA_DIR": str(tmp_path)})


def test_the_example_names_every_variable_and_its_defaults_are_the_real_ones() -> None:
    """Reading .env.example gives the same settings as reading nothing."""
    example = (config.PROJECT / ".env.example").read_text()
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, flags=re.MULTILINE))

    assert read(values) == read({})
    fields = {name.upper() for name in read({}).__dataclass_fields__} - {"DEBUG"}
    assert set(values) == fields
