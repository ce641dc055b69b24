"""A crash point kills like kill -9, at the passing it was told, and once."""

from __future__ import annotations

import signal
import subprocess
import sys

PROGRAM = """
import sys
from pathlib import Path
from checkout.core.crash_points import arm, crash_point
arm(sys.argv[1], spent_file=Path(sys.argv[2]))
for passing in range(3):
    print(passing, flush=True)
    crash_point("here")
"""


def run(spec, spent_file):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, spec, str(spent_file)], capture_output=True, text=True, timeout=20
    )


def test_the_second_passing_kills_and_whoever_comes_next_passes(tmp_path):
    first = run("here:2", tmp_path / "spent")
    second = run("here:2", tmp_path / "spent")

    assert (first.returncode, first.stdout.split()) == (-signal.SIGKILL, ["0", "1"])
    assert (second.returncode, second.stdout.split()) == (0, ["0", "1", "2"])


def test_another_point_is_inert(tmp_path):
    assert run("there", tmp_path / "spent").returncode == 0
