"""Releasing delivered orders: goal 10's release part, and its memory. `python -m bench release`.

Ten thousand orders a cell, a hundred thousand with BENCH_RELEASE_ORDERS=100000.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

from bench.figures import Goal, Plan, Sample, Section, at_least, interleaved, ratios
from bench.ground import Ground
from bench.release_ground import SELLERS, fill
from config import PROJECT

ORDERS, QUICK_ORDERS = 10_000, 2_000
OURS, PLAIN = "ours, flask orders release", "plain SQL, our triggers on"
MOST_MB = 300


def run(ground: Ground, plan: Plan) -> Section:
    section = Section("release", "Releasing delivered orders: `python -m bench release`")
    orders = int(os.environ.get("BENCH_RELEASE_ORDERS", QUICK_ORDERS if plan.quick else ORDERS))
    filled = ground.database("release")
    fill(filled, orders)
    peaks: list[float] = []
    section.cells |= interleaved(
        {
            OURS: _cell("ours", ground, filled, orders, peaks),
            PLAIN: _cell("plain", ground, filled, orders, []),
        },
        plan.rounds,
    )
    rates = [sample.per_second for sample in section.cells[OURS]]
    against = ratios(section.cells[OURS], section.cells[PLAIN])
    section.goals += [
        Goal("10", f"{orders} orders released", "shown", rates, None, "{:.0f}/s"),
        Goal("10", "ours ÷ the same rows in plain SQL", "≥ 0.5×", against, at_least(against, 0.5)),
        Goal(
            "10", "peak memory of the process", f"≤ {MOST_MB} MB", peaks, max(peaks) <= MOST_MB, "{:.0f} MB"
        ),
    ]
    section.notes.append(
        f"One order a payment, {SELLERS} sellers, a reserve on every tenth order: status, history, event, entry, audit row "
        "and four or five postings each, 500 orders a transaction, in one process on both sides. Each cell works on a "
        "fresh copy. Plain SQL knows the terms by heart and compares nothing; ours reads them, compares each order with the journal "
        "and takes the payments' locks."
    )
    return section


def _cell(name: str, ground: Ground, filled: str, orders: int, peaks: list[float]) -> Callable[[], Sample]:
    def measured() -> Sample:
        url = ground.database(name, like=filled)
        done = subprocess.run(
            [sys.executable, "-m", "bench.release_cells", name],
            env={**os.environ, "RELEASE_URL": url},
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"release {name} failed: {done.stderr.strip()[-600:]}")
        found = json.loads(done.stdout.strip().splitlines()[-1])
        peaks.append(found["peak_mb"])
        return Sample(
            per_second=found["per_second"], cpu_ms=found["cpu_ms"], failures=orders - found["released"]
        )

    return measured
