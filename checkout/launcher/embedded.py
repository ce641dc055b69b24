"""PostgreSQL and Valkey for a data folder, without a supervisor: what tests and single commands use."""

import subprocess
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkout.launcher import data_folder, process
from checkout.launcher.data_folder import Home
from checkout.launcher.errors import LauncherError
from checkout.launcher.postgresql import create_database, postgresql
from checkout.launcher.postgresql import url as postgresql_url
from checkout.launcher.process import Program, last_words
from checkout.launcher.valkey import url as valkey_url
from checkout.launcher.valkey import valkey

READY_SECONDS = 60.0
TITLES = {"postgresql": "PostgreSQL 18", "valkey": "Valkey"}


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two servers answer."""

    database_url: str
    redis_url: str


@contextmanager
def embedded_servers(data_dir: Path) -> Iterator[Servers]:
    """Runs both servers on the data folder while the block lasts, and keeps their data.

    Raises:
        LauncherError: the folder is in use, a wheel is missing, a server does not start.
    """
    data_folder.make_data_folder(data_dir)
    with data_folder.locked(data_dir):
        home = data_folder.find_home(data_dir)
        try:
            with _running(programs(home, data_dir)):
                create_database(home)
                yield addresses(home)
        finally:
            data_folder.remove_sockets(home)


@contextmanager
def scratch_servers(data_dir: Path) -> Iterator[Servers]:
    """The same, for data nobody keeps: the servers' folder is removed at the end, wherever it stands."""
    home = None
    try:
        with embedded_servers(data_dir) as servers:
            home = data_folder.find_home(data_dir)
            yield servers
    finally:
        if home:  # only what was ours: a folder in use by another instance was refused above
            data_folder.remove_home(home)


def programs(home: Home, data_dir: Path, *, without: Container[str] = ()) -> list[Program]:
    """The servers to start, but for those named in `without`. Makes PostgreSQL's data where there is none."""
    makers = {"valkey": valkey, "postgresql": postgresql}
    return [
        make(home, data_dir / "logs" / f"{name}.log") for name, make in makers.items() if name not in without
    ]


def addresses(home: Home) -> Servers:
    return Servers(postgresql_url(home), valkey_url(home))


@contextmanager
def _running(programs: list[Program]) -> Iterator[None]:
    started: list[tuple[subprocess.Popen[bytes], Program]] = []
    try:
        for program in programs:
            started.append((process.start(program), program))
        for child, program in started:
            wait_until_ready(child, program)
        yield
    finally:
        for child, program in reversed(started):
            process.stop(child, program)


def wait_until_ready(child: "subprocess.Popen[bytes]", program: Program) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not program.is_ready(child):
        if child.poll() is not None:
            raise LauncherError(
                f"{program.name} did not start: {last_words(program.log)} (see {program.log})"
            )
        if time.monotonic() > deadline:
            raise LauncherError(
                f"{program.name} was not ready within {READY_SECONDS:.0f} s (see {program.log})"
            )
        time.sleep(0.02)
