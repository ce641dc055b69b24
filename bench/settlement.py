"""Comparing a night with the PSP's file: goals 11, 12 and 15. `python -m bench settlement`.

A hundred thousand lines; BENCH_SETTLEMENT_LINES=100000,1000000,3000000 measures several nights and how time grows with
them. A million lines take some 2.5 GB of disk while they are measured, the databases of the cells included.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.figures import Goal, Plan, Sample, Section, interleaved, ratios
from bench.ground import Ground, cpu_seconds_of
from bench.settlement_ground import EVERY, fill, write_file
from config import PROJECT

LINES, QUICK_LINES = 100_000, 20_000
OURS, PLAIN = "ours, a file taken in and its day compared", "COPY of all columns + one FULL JOIN"
MOST_MB, MOST_TIMES = 60, 1.3


@dataclass(slots=True)
class Night:
    """What was found of a night of so many lines, a figure a round."""

    lines: int
    ours: list[Sample] = field(default_factory=list)
    plain: list[Sample] = field(default_factory=list)
    peaks_mb: list[float] = field(default_factory=list)
    idle_mb: float = 0.0
    steps: dict[str, list[float]] = field(default_factory=dict)

    @property
    def times(self) -> list[float]:
        return [1 / ratio for ratio in ratios(self.ours, self.plain)]


def run(ground: Ground, plan: Plan) -> Section:
    section = Section("settlement", "Comparing a night: `python -m bench settlement`")
    given = os.environ.get("BENCH_SETTLEMENT_LINES", str(QUICK_LINES if plan.quick else LINES))
    nights = [_night(ground, int(lines), plan.rounds) for lines in given.split(",")]
    for night in nights:
        name = f"{night.lines} lines: "
        section.cells |= {name + OURS: night.ours, name + PLAIN: night.plain}
        section.goals += _goals(night)
    section.goals += [_growth(nights[0], night) for night in nights[1:]]
    section.notes += [
        f"One captured charge with its fee a line; one line in {EVERY} says another amount, and is found on both sides. "
        "Ours checks each line, keeps its bytes, proves both directions, holds every fee against the contract and opens "
        "the alerts; the plain join keeps all columns of the file, typed, and answers what differs. Each cell works on a "
        "fresh copy of the database and is a process of its own, whose start and imports count.",
        *(_steps(night) for night in nights),
    ]
    return section


def _night(ground: Ground, lines: int, rounds: int) -> Night:
    night = Night(lines)
    filled = ground.database("settlement")
    fill(filled, lines)
    with tempfile.TemporaryDirectory(dir=ground.folder) as folder:
        file = Path(folder) / "night.csv"
        write_file(file, lines)
        night.idle_mb = _measured(ground, filled, file, "idle", lines)["peak_mb"]
        cells = interleaved(
            {
                OURS: _cell("ours", ground, filled, file, night),
                PLAIN: _cell("plain", ground, filled, file, night),
            },
            rounds,
        )
    night.ours, night.plain = cells[OURS], cells[PLAIN]
    ground.drop(filled)
    return night


def _cell(name: str, ground: Ground, filled: str, file: Path, night: Night) -> Callable[[], Sample]:
    def measured() -> Sample:
        found = _measured(ground, filled, file, name, night.lines)
        if name == "ours":
            night.peaks_mb.append(found["peak_mb"])
        for step in ("receiving", "comparing"):
            night.steps.setdefault(f"{name}, {step}", []).append(found[step])
        return Sample(
            per_second=night.lines / found["seconds"],
            cpu_ms=found["cpu_seconds"] / night.lines * 1000,
            database_cpu_ms=found["database_cpu_seconds"] / night.lines * 1000,
            failures=int(abs(found["found"] - night.lines // EVERY)),
        )

    return measured


def _measured(ground: Ground, filled: str, file: Path, name: str, lines: int) -> Mapping[str, float]:
    """One process on a fresh copy of the database, which is gone afterwards."""
    url = ground.database(name, like=filled)
    ground.sql(ground.servers.database_url, "CHECKPOINT")
    before = cpu_seconds_of(ground.postmaster) if ground.postmaster else 0.0
    done = subprocess.run(
        [sys.executable, "-m", "bench.settlement_cells", name],
        env={**os.environ, "SETTLEMENT_URL": url, "SETTLEMENT_FILE": str(file)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"settlement {name} failed: {done.stderr.strip()[-600:]}")
    used = cpu_seconds_of(ground.postmaster) - before if ground.postmaster else 0.0
    ground.drop(url)
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "database_cpu_seconds": used}


def _goals(night: Night) -> list[Goal]:
    rates = [sample.per_second for sample in night.ours]
    cpu = [
        (ours.cpu_ms + ours.database_cpu_ms) / max(plain.cpu_ms + plain.database_cpu_ms, 1e-9)
        for ours, plain in zip(night.ours, night.plain, strict=True)
    ]
    over = [peak - night.idle_mb for peak in night.peaks_mb]
    lines, met = f"{night.lines} lines: ", median(night.times) <= MOST_TIMES
    return [
        Goal("11", f"{lines}compared, end to end", "shown", rates, None, "{:.0f}/s"),
        Goal("11", f"{lines}our time ÷ COPY and one join", f"≤ {MOST_TIMES}×", night.times, met),
        Goal("11", f"{lines}our CPU ÷ theirs, database included", "shown", cpu, None),
        Goal(
            "12", f"{lines}peak memory of our process", f"≤ {MOST_MB} MB", night.peaks_mb,
            max(night.peaks_mb) <= MOST_MB, "{:.0f} MB",
        ),
        Goal("12", f"{lines}the same process before its first row", "shown", [night.idle_mb], None, "{:.0f} MB"),
        Goal("12", f"{lines}what the work adds to it", "shown", over, None, "{:.0f} MB"),
    ]  # fmt: skip


def _growth(first: Night, night: Night) -> Goal:
    """How much longer a line takes in the larger night: 1 is linear."""
    values = [
        small.per_second / large.per_second for small, large in zip(first.ours, night.ours, strict=True)
    ]
    what = f"time a line, {night.lines} ÷ {first.lines} lines"
    return Goal("15", what, "≤ 1.2×", values, median(values) <= 1.2)


def _steps(night: Night) -> str:
    shown = "; ".join(f"{name} {median(values):.2f} s" for name, values in sorted(night.steps.items()))
    return f"{night.lines} lines, medians: {shown}."
