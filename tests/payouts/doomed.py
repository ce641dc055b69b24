"""Processes of their own that take payouts on, and are killed where they are told to be: `python -m tests.payouts.doomed`.

The module is imported once, in a process of one thread, which forks a child for each job: a list of jobs comes in as a
line of JSON, they run beside each other, and how each ended goes out as a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from checkout import secrets
from checkout.core import crash_points
from checkout.db import session
from checkout.payouts import run as runs
from checkout.payouts.advance import advance_payout
from checkout.payouts.sweep import sweep
from checkout.psp import registry
from tests.conftest import KEY
from tests.payouts.mock_bank import CAUSE, work
from tests.psp.conftest import adapter_at

ROOT = Path(__file__).resolve().parents[2]


class Doomed:
    """The parent of all such processes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *jobs: dict[str, Any]) -> list[int]:
        """All at once, each in a process of its own: 0 where it lived on, -9 where it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(jobs), file=self._process.stdin, flush=True)
        ends: list[int] = json.loads(self._process.stdout.readline())
        return ends


@contextmanager
def doomed() -> Iterator[Doomed]:
    command = [sys.executable, "-m", "tests.payouts.doomed"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Doomed(process)
        assert process.stdin is not None
        process.stdin.close()


def main() -> None:
    for line in sys.stdin:
        children = [_fork(job) for job in json.loads(line)]
        ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps(ends), flush=True)


def _fork(job: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        _live(job)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _live(job: dict[str, Any]) -> None:
    os.dup2(2, 1)  # what is printed is no answer
    session.configure(job["database"], pool_size=3)
    secrets.configure(secrets.LocalKeys([KEY]))
    psp = adapter_at(job["psp"], open_seconds=0)
    registry.use(psp)
    crash_points.arm(job.get("point"))
    match job["do"]:
        case "work":
            work()
        case "advance":
            advance_payout(UUID(job["payout"]), psp=psp, cause=CAUSE)
        case "run":
            runs.BATCH = 2  # type: ignore[misc]
            runs.run_payouts(business_on=date.fromisoformat(job["day"]), psp=psp, cause=CAUSE)
        case "sweep":
            sweep(psp, cause=CAUSE)


if __name__ == "__main__":
    main()
