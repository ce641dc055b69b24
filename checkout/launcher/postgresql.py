"""The embedded PostgreSQL: its data made once, its configuration written at every start, its address."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from checkout.launcher import process
from checkout.launcher.data_folder import Home, processes_within
from checkout.launcher.errors import LauncherError
from checkout.launcher.process import Program, last_words
from checkout.launcher.wheels import postgresql_programs

DATABASE = "checkout"
SUPERUSER = "postgres"
INITDB_SECONDS = 60.0
# Processes of a server whose launcher was killed end within about 5 s; a new one must not start beside them.
ORPHAN_SECONDS = 15.0
# web 2 x 32 threads, workers, scheduler and a person's psql, with room to double.
MAX_CONNECTIONS = 200


def postgresql(home: Home, log: Path) -> Program:
    """Makes the data folder where there is none, and describes the server that runs on it."""
    programs = postgresql_programs(home)
    if not home.postgresql.exists():
        _initialise(home, programs, log)
    _refuse_other_version(home.postgresql)
    _wait_for_orphans(home)
    _write_access_rules(home)
    return Program(
        name="postgresql",
        command=[
            str(programs / "postgres"),
            *("-D", str(home.postgresql)),
            *_settings(home),
        ],
        log=log,
        environ={"LC_ALL": "C", "TZ": "UTC"},
        account=home.account,
        stop_signal=signal.SIGINT,  # "fast": rolls back what is open and writes a checkpoint
        death_signal=signal.SIGQUIT,  # "immediate": takes its own children with it within 5 s
        is_ready=lambda server: is_ready(home.postgresql, server.pid),
        may_start=lambda: _clear_after_death(home),
    )


def url(home: Home, database: str = DATABASE) -> str:
    return f"postgresql://{SUPERUSER}@/{database}?host={home.sockets}"


def create_database(home: Home) -> None:
    """Makes the product's database in a server that is ready; changes nothing when it is there."""
    with psycopg.connect(url(home, "postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if found is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def is_ready(data: Path, pid: int) -> bool:
    """The server writes its state into its pid file: no connection is needed to ask."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _settings(home: Home) -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(home.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": str(MAX_CONNECTIONS),
        "fsync": "on",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
        "log_timezone": "UTC",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _initialise(home: Home, programs: Path, log: Path) -> None:
    draft = home.servers / "postgresql.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if home.account:
        os.chown(draft, home.account.uid, home.account.gid)
    initdb = Program(
        name="initdb",
        command=[
            str(programs / "initdb"),
            *("-D", str(draft), "-U", SUPERUSER, "--encoding=UTF8", "--no-instructions"),
            # The builtin provider sorts and folds the same on every system; the wheel has no ICU.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth-local=peer", "--auth-host=reject"),
        ],
        log=log,
        environ={"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ.get("PATH", os.defpath)},
        account=home.account,
    )
    running = process.start(initdb)
    try:
        code = running.wait(INITDB_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill_session(running)
        raise LauncherError(f"PostgreSQL's initdb took more than {INITDB_SECONDS:.0f} s: see {log}") from None
    if code != 0:
        raise LauncherError(f"PostgreSQL's initdb failed: {last_words(log)} (see {log})")
    draft.rename(home.postgresql)


def _refuse_other_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != "18":
        raise LauncherError(
            f"{data} was made by PostgreSQL {found}, the wheel has 18: "
            "move the data with pg_dump, or set DATA_DIR to another folder."
        )


def _wait_for_orphans(home: Home) -> None:
    """We hold the data folder's lock, so what still works in it is a server whose launcher was killed."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while orphans := _processes(home):
        if time.monotonic() > deadline:
            raise LauncherError(
                f"PostgreSQL is still running in {home.postgresql}: stop process {min(orphans)}."
            )
        time.sleep(0.05)
    _remove_traces(home)


def _clear_after_death(home: Home) -> bool:
    """The server's main process was killed. What is left of it cannot go on and would keep a new one from starting."""
    orphans = _processes(home)
    for orphan in orphans:
        with suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)
    if orphans:
        return False
    _remove_traces(home)
    return True


def _processes(home: Home) -> list[int]:
    """Each of the server's processes works in its data folder."""
    return processes_within(home.postgresql, "postgres")


def _remove_traces(home: Home) -> None:
    """With nothing running there, a pid file can only mislead: its number may be another program's by now."""
    if sys.platform == "linux":
        (home.postgresql / "postmaster.pid").unlink(missing_ok=True)
        for leftover in home.sockets.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)


def _write_access_rules(home: Home) -> None:
    """The socket tells who calls: the user who runs the launcher may be any role, everyone else none."""
    _write(home, "pg_hba.conf", "local all all peer map=launcher\n")
    _write(home, "pg_ident.conf", f"launcher {pwd.getpwuid(os.geteuid()).pw_name} all\n")


def _write(home: Home, name: str, text: str) -> None:
    path = home.postgresql / name
    path.write_text(text)
    if home.account:
        os.chown(path, home.account.uid, home.account.gid)
