"""Comparing a night with the PSP's file: goals 11 and 12. `python -m bench settlement`.

A hundred thousand lines a cell, a million with BENCH_SETTLEMENT_LINES=1000000.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.figures import Goal, Plan, Sample, Section, interleaved, ratios
from bench.ground import Ground
from bench.settlement_ground import EVERY, fill, write_file
from config import PROJECT

LINES, QUICK_LINES = 100_000, 20_000
OURS, PLAIN = "ours, a file taken in and its day compared", "COPY of all columns + one FULL JOIN"
MOST_MB = 60


def run(ground: Ground, plan: Plan) -> Section:
    section = Section("settlement", "Comparing a night: `python -m bench settlement`")
    lines = int(os.environ.get("BENCH_SETTLEMENT_LINES", QUICK_LINES if plan.quick else LINES))
    filled = ground.database("settlement")
    fill(filled, lines)
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "night.csv"
        write_file(file, lines)
        section.cells |= interleaved(
            {
                OURS: _cell("ours", ground, filled, file, lines, peaks),
                PLAIN: _cell("plain", ground, filled, file, lines, []),
            },
            plan.rounds,
        )
    times = [1 / ratio for ratio in ratios(section.cells[OURS], section.cells[PLAIN])]
    rates = [sample.per_second for sample in section.cells[OURS]]
    section.goals += [
        Goal("11", f"{lines} lines compared, end to end", "shown", rates, None, "{:.0f}/s"),
        Goal("11", "our time ÷ COPY and one join", "≤ 1.3×", times, median(times) <= 1.3),
        Goal(
            "12", "peak memory of our process", f"≤ {MOST_MB} MB", peaks, max(peaks) <= MOST_MB, "{:.0f} MB"
        ),
    ]
    section.notes.append(
        f"One captured charge with its fee a line; one line in {EVERY} says another amount, and is found on both sides. "
        "Ours checks each line, keeps its bytes, proves both directions and opens the alerts; the plain join keeps the "
        "columns and answers what differs. Each cell works on a fresh copy of the database."
    )
    return section


def _cell(
    name: str, ground: Ground, filled: str, file: Path, lines: int, peaks: list[float]
) -> Callable[[], Sample]:
    def measured() -> Sample:
        url = ground.database(name, like=filled)
        done = subprocess.run(
            [sys.executable, "-m", "bench.settlement_cells", name],
            env={**os.environ, "SETTLEMENT_URL": url, "SETTLEMENT_FILE": str(file)},
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"settlement {name} failed: {done.stderr.strip()[-600:]}")
        found = json.loads(done.stdout.strip().splitlines()[-1])
        peaks.append(found["peak_mb"])
        return Sample(
            per_second=lines / found["seconds"],
            cpu_ms=found["cpu_seconds"] / lines * 1000,
            failures=abs(found["found"] - lines // EVERY),
        )

    return measured
