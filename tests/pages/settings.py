"""Settings for an application inside a test, from a given environment rather than this process's."""

from __future__ import annotations

from pathlib import Path

from config import Settings, load

SECRET_KEY = "a secret for tests that is long enough"


def settings_for(database_url: str, redis_url: str, data_dir: Path, **variables: str) -> Settings:
    return load(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DATA_DIR": str(data_dir),
            "SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRETS": "whsec_test",
            "PUBLIC_URL": "http://localhost",
            "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            **variables,
        }
    )
