"""Children that are killed: processes of their own, forked from one that has imported what they need.

A Python that starts and imports the product takes seconds; a test that only wants to see it die at one place need not wait.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PATIENCE_SECONDS = 60
MODULES = [
    "tests.payments.crash_child",
    "tests.inbox.crash_child",
    "tests.orders.release_child",
    "tests.notifications.sender_child",
    "tests.reconciliation.settlement_child",
]

# "forkserver": this process has threads and connections, which a fork of it would inherit.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(MODULES)


def killed(module: str, job: dict[str, Any]) -> None:
    """Runs `main(job)` of the module; it has to end as by kill -9, or what it said is the failure's message."""
    with TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        child = _context.Process(target=_run, args=(module, job, output))
        child.start()
        child.join(PATIENCE_SECONDS)
        lives = child.is_alive()
        if lives:
            child.kill()
            child.join()
        said = output.read_text() if output.exists() else ""
        assert not lives, f"{module} {job}: not killed within {PATIENCE_SECONDS} s\n{said[-2000:]}"
        assert child.exitcode == -signal.SIGKILL, (
            f"{module} {job}: exit code {child.exitcode}\n{said[-2000:]}"
        )


def _run(module: str, job: dict[str, Any], output: Path) -> None:
    with output.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    import_module(module).main(job)
