"""Reasons for which production does not start that only the database knows."""

import psycopg

from checkout.db import migrate
from checkout.launcher.errors import LauncherError

# "local" and "remote_write" still write to this server's disk before they answer.
DURABLE_COMMITS = frozenset({"on", "local", "remote_write", "remote_apply"})


def refuse_unsafe_database(url: str) -> None:
    """Money that was acknowledged must survive a power cut, and the schema must be the one this code knows.

    Raises:
        LauncherError: with the one reason.
    """
    try:
        with psycopg.connect(
            url.replace("postgresql+psycopg:", "postgresql:"), connect_timeout=5
        ) as connection:
            fsync, synchronous_commit = (
                _setting(connection, name) for name in ("fsync", "synchronous_commit")
            )
    except psycopg.OperationalError as error:
        raise LauncherError(f"DATABASE_URL cannot be reached: {_first_line(error)}") from None
    if fsync != "on":
        raise LauncherError("PostgreSQL runs with fsync=off: a power cut would lose payments. Set fsync=on.")
    if synchronous_commit not in DURABLE_COMMITS:
        raise LauncherError(
            "PostgreSQL runs with synchronous_commit=off: a crash would lose payments. Set it to on."
        )
    current, head = migrate.current(url), migrate.head()
    if current != head:
        raise LauncherError(
            f"The schema is at {current or 'nothing'}, this version needs {head}: run `make migrate` first."
        )


def _setting(connection: "psycopg.Connection[tuple[str]]", name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    assert row is not None
    return row[0]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
