"""A whole product of a test's own: started as `make run` starts it, on free ports and a folder of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import psutil
import requests

import config

OURS = {field.name.upper() for field in fields(config.Settings)}


# Below the range that the system gives to whoever connects: a port from there may be taken again before it is used.
OURS_TO_CHOOSE = range(15_000, 32_000)


_given: set[int] = set()


def free_port() -> int:
    """One that nobody listens on, for a program that binds it a little later: until then it is given to nobody else,
    neither here nor by another of pytest's processes, each of which has ports of its own."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = [port for port in OURS_TO_CHOOSE if port % count == number and port not in _given]
    for port in random.sample(own, 100):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            _given.add(port)
            return port
    raise AssertionError("a hundred ports are taken")


def bare_environ(**variables: str) -> dict[str, str]:
    """Ours without any setting of the tests' own servers."""
    return {name: value for name, value in os.environ.items() if name not in OURS} | variables


class Product:
    """One instance. `processes()` are all that descend from its launcher."""

    command: tuple[str, ...] = (sys.executable, "-m", "checkout.launcher", "run")

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.data_dir = data_dir
        self.port, self.mock_port = free_port(), free_port()
        self.environ = bare_environ(
            DATA_DIR=str(data_dir), PORT=str(self.port), MOCK_PSP_PORT=str(self.mock_port), **variables
        )
        self.output = data_dir.parent / "output.txt"

    def start(self, *, until: str = "Ctrl-C stops everything", seconds: float = 300) -> float:
        """Starts it and returns the seconds it took to be ready."""
        began = time.monotonic()
        with self.output.open("w") as output:
            self.launcher = subprocess.Popen(
                self.command,
                cwd=config.PROJECT,
                env=self.environ,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: until in self.said() or self.launcher.poll() is not None, seconds, "start")
        assert until in self.said(), self.said()
        return time.monotonic() - began

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.launcher.send_signal(how)
        return self.launcher.wait(90)

    def said(self) -> str:
        return self.output.read_text()

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.launcher.pid).children(recursive=True)

    def process(self, *words: str) -> psutil.Process | None:
        """The launcher's own child whose command line holds all the words."""
        children = psutil.Process(self.launcher.pid).children()
        return next((child for child in children if all(word in command_line(child) for word in words)), None)

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=30)

    def answers(self, path: str = "/healthz") -> bool:
        try:
            return self.get(path).status_code == 200
        except requests.RequestException:
            return False

    def demo(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data_dir / "demo.json").read_text())
        return found

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command that finds the instance through DATA_DIR alone."""
        return subprocess.run(
            [Path(sys.executable).with_name("flask"), *arguments],
            cwd=config.PROJECT,
            env=bare_environ(DATA_DIR=str(self.data_dir)),
            capture_output=True,
            text=True,
            timeout=120,
        )


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def wait_until(done: Callable[[], bool], seconds: float, what: str) -> float:
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began
