"""What every benchmark stands on: one PostgreSQL and one Valkey, the PSP stub, and the programs that run on them.

All of it lives in a temporary folder, listens on loopback alone, and is gone with this process.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import psycopg

from checkout.launcher import process
from checkout.launcher.embedded import Servers, scratch_servers
from checkout.launcher.process import Program
from checkout.launcher.programs import answers, cores
from config import PROJECT

READY_SECONDS = 30.0
THREADS = 32


@dataclass(slots=True)
class Running:
    """A program under measurement."""

    name: str
    port: int
    program: Program
    process: subprocess.Popen[bytes]
    database: int | None = None

    def cpu_seconds(self) -> float:
        """What it and its children have used so far."""
        return cpu_seconds_of(self.process.pid)

    def database_cpu_seconds(self) -> float:
        """The same of the embedded PostgreSQL; nothing is known of a server that was given."""
        return cpu_seconds_of(self.database) if self.database else 0.0


@dataclass(slots=True)
class Ground:
    folder: Path
    servers: Servers
    postmaster: int | None = None
    made: list[str] = field(default_factory=list)

    def database(self, name: str, *, like: str | None = None) -> str:
        """The URL of a fresh database, empty or a copy of `like`, which nobody may be using."""
        name = f"bench_{name}_{uuid4().hex[:8]}"
        template = f" TEMPLATE {urlsplit(like).path.lstrip('/')}" if like else ""
        self.sql(self.servers.database_url, f"CREATE DATABASE {name}{template}")
        self.made.append(name)
        base, mark, options = self.servers.database_url.partition("?")
        return f"{base.rsplit('/', 1)[0]}/{name}{mark}{options}"

    def drop(self, url: str) -> None:
        """A database that is not needed any more."""
        name = urlsplit(url).path.lstrip("/")
        self.sql(self.servers.database_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.made.remove(name)

    @staticmethod
    def sql(url: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def run(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str] | None = None,
        *,
        port: int = 0,
        path: str = "/",
    ) -> Iterator[Running]:
        """Runs a program until the block ends; waits until it answers on its port."""
        program = Program(
            name=name,
            command=command,
            log=self.folder / f"{name}.log",
            environ={**os.environ, **(environ or {})},
            folder=PROJECT,
        )
        with self.start(program, port=port, path=path) as running:
            yield running

    @contextmanager
    def start(self, program: Program, *, port: int = 0, path: str = "/") -> Iterator[Running]:
        child = process.start(program)
        try:
            if port:
                _wait(program, child, port, path)
            yield Running(program.name, port, program, child, self.postmaster)
        finally:
            process.stop(child, program)

    def once(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Runs a program to its good end."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            done = subprocess.run(
                command,
                env={**os.environ, **environ},
                cwd=PROJECT,
                stdout=output,
                stderr=output,
                timeout=300,
                check=False,
            )
        if done.returncode != 0:
            raise RuntimeError(f"{name} failed: {process.last_words(log, 12)}")

    @contextmanager
    def wsgi(
        self, name: str, application: str, environ: Mapping[str, str], *, python: Path | None = None
    ) -> Iterator[Running]:
        """An application under the product's own server settings: gthread, a worker per core, 32 threads each."""
        port = free_port()
        command = [
            *(str(python or sys.executable), "-m", "gunicorn", application),
            *("--bind", f"127.0.0.1:{port}", "--workers", str(cores()), "--worker-class", "gthread"),
            *("--threads", str(THREADS), "--keep-alive", "5", "--log-level", "warning"),
            *(("--worker-tmp-dir", "/dev/shm") if os.access("/dev/shm", os.W_OK) else ()),
        ]
        with self.run(name, command, environ, port=port) as running:
            yield running

    @contextmanager
    def psp_stub(self) -> Iterator[Running]:
        port = free_port()
        command = [sys.executable, "-m", "bench.peers.psp_stub", str(port)]
        with self.run("psp-stub", command, port=port, path="/_stub/ping") as running:
            yield running


@contextmanager
def ground() -> Iterator[Ground]:
    """The servers that DATABASE_URL and REDIS_URL name, else embedded ones that are thrown away afterwards."""
    given = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="checkout-bench-")))
        folder.chmod(0o711)
        if all(given):
            servers = Servers(str(given[0]), str(given[1]))
        else:
            servers = stack.enter_context(scratch_servers(folder / "servers"))
        here = Ground(folder, servers, None if all(given) else _postmaster())
        stack.callback(_drop, here)
        yield here


def _postmaster() -> int | None:
    """The embedded server is a child of this process."""
    children = psutil.Process().children()
    return next((child.pid for child in children if child.name() == "postgres"), None)


def cpu_seconds_of(leader: int) -> float:
    """Of a process, its children, and those children that have ended."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        found = psutil.Process(leader)
        for each in (found, *found.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                used = each.cpu_times()
                total += used.user + used.system + used.children_user + used.children_system
    return total


def _drop(here: Ground) -> None:
    for name in here.made:
        with suppress(psycopg.Error):
            here.sql(here.servers.database_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _wait(program: Program, child: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not answers(port, path):
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{program.name} did not start: {process.last_words(program.log, 40)}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
