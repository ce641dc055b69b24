"""Production does not start on a database that could lose money, or whose schema is another version's."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from checkout.db import migrate
from checkout.launcher import postgresql
from checkout.launcher.embedded import scratch_servers
from checkout.launcher.errors import LauncherError
from checkout.launcher.refusals import refuse_unsafe_database
from tests.conftest import Database
from tests.product import bare_environ
from tests.test_config import PRODUCTION


@pytest.fixture
def durable(own_database: Database) -> Iterator[Database]:
    """This process's database, whose commits wait for the disk again afterwards."""
    yield own_database
    own_database.commit("on")


def test_a_durable_and_migrated_database_is_taken(durable: Database) -> None:
    refuse_unsafe_database(durable.url)


def test_synchronous_commit_off_is_refused(durable: Database) -> None:
    durable.commit("off")

    with pytest.raises(LauncherError, match=r"^PostgreSQL runs with synchronous_commit=off.*Set it to on\.$"):
        refuse_unsafe_database(durable.url)


def test_fsync_off_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = postgresql._settings
    monkeypatch.setattr(postgresql, "_settings", lambda home: [*settings(home), "-c", "fsync=off"])

    refused = pytest.raises(LauncherError, match=r"^PostgreSQL runs with fsync=off.*Set fsync=on\.$")
    with scratch_servers(tmp_path / "data") as servers, refused:
        refuse_unsafe_database(servers.database_url)


def test_an_unmigrated_schema_is_refused(durable: Database) -> None:
    """It names both versions and the command; an empty database stands at nothing."""
    with durable.connect() as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'm0000'")
        try:
            with pytest.raises(
                LauncherError,
                match=rf"^The schema is at m0000, this version needs {migrate.head()}: run `make migrate`",
            ):
                refuse_unsafe_database(durable.url)
        finally:
            connection.execute("UPDATE alembic_version SET version_num = %s", [migrate.head()])


def test_make_migrate_prepares_an_embedded_database_that_is_at_rest(tmp_path: Path) -> None:
    """Production refuses to migrate by itself, so the command that it names must work before it has started."""
    environ = bare_environ(DATA_DIR=str(tmp_path / "data"))
    command = [sys.executable, "-m", "checkout.launcher", "migrate"]
    subprocess.run(command, cwd=config.PROJECT, env=environ, check=True, timeout=120)

    with scratch_servers(tmp_path / "data") as servers:
        refuse_unsafe_database(servers.database_url)


def test_a_database_that_is_away_is_one_line() -> None:
    with pytest.raises(LauncherError, match=r"^DATABASE_URL cannot be reached: ") as refusal:
        refuse_unsafe_database("postgresql://postgres@127.0.0.1:1/checkout")

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "command",
    [
        ["checkout.launcher", "run"],
        ["jobs.worker", "default"],
        ["jobs.schedule"],
        ["flask", "clock", "show"],
        ["gunicorn", "wsgi:app()", "--bind", "127.0.0.1:0", "--no-control-socket"],
        ["gunicorn", "wsgi:mock_psp()", "--bind", "127.0.0.1:0", "--no-control-socket"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_every_entry_point_refuses_in_one_line(
    command: list[str], tmp_path: Path, own_database: Database
) -> None:
    """No traceback wherever the same mistake is made."""
    wrong = {
        **PRODUCTION,
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": own_database.url,
        "SECRET_KEY": "change-me",
    }

    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=config.PROJECT,
        env=bare_environ(**wrong),
        capture_output=True,
        text=True,
        timeout=60,
    )

    # gunicorn's 4 keeps its master from starting workers for ever; to a script, 4 is a sign-in that failed.
    assert done.returncode == {"flask": 1, "gunicorn": 4}.get(command[0], done.returncode) != 0
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("checkout:")]
    assert told == [told[0]]
    assert told[0].startswith("checkout: SECRET_KEY is a default or shorter than 32 characters")
