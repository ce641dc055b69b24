"""The payout run: goal 10's part of it, and its memory. `python -m bench payouts`.

Two thousand sellers with ten items each a cell; ten thousand with BENCH_PAYOUT_SELLERS=10000.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

from bench.figures import Goal, Plan, Sample, Section, at_least, interleaved, ratios
from bench.ground import Ground
from bench.payouts_ground import ITEMS, fill
from config import PROJECT

SELLERS, QUICK_SELLERS = 2_000, 1_000
OURS, PLAIN = "ours, flask payouts run", "plain SQL, the same rows, our triggers on"
POST, POST_PLAIN = "ours, the entries alone", "plain SQL, the entries alone"
CELLS = {OURS: "run", PLAIN: "run_plain", POST: "post", POST_PLAIN: "post_plain"}
MOST_MB = 300
POSTED_A_SECOND = 10_000


def run(ground: Ground, plan: Plan) -> Section:
    section = Section("payouts", "The payout run: `python -m bench payouts`")
    sellers = int(os.environ.get("BENCH_PAYOUT_SELLERS", QUICK_SELLERS if plan.quick else SELLERS))
    filled = ground.database("payouts")
    fill(filled, sellers)
    peaks: list[float] = []
    cells = {
        title: _cell(name, ground, filled, sellers, peaks if title == OURS else [])
        for title, name in CELLS.items()
    }
    section.cells |= interleaved(cells, plan.rounds)
    rates = {title: [sample.per_second for sample in section.cells[title]] for title in CELLS}
    whole = ratios(section.cells[OURS], section.cells[PLAIN])
    posted = ratios(section.cells[POST], section.cells[POST_PLAIN])
    section.goals += [
        Goal(
            "10",
            f"{sellers} sellers, {sellers * ITEMS} items, sellers paid",
            "shown",
            rates[OURS],
            None,
            "{:.0f}/s",
        ),
        Goal("10", "the run, ours ÷ the same rows in plain SQL", "≥ 0.5×", whole, at_least(whole, 0.5)),
        Goal(
            "10",
            "the entries of the payouts",
            f"≥ {POSTED_A_SECOND} sellers/s",
            rates[POST],
            at_least(rates[POST], POSTED_A_SECOND),
            "{:.0f}/s",
        ),
        Goal("10", "the entries, ours ÷ plain SQL", "≥ 0.5×", posted, at_least(posted, 0.5)),
        Goal("10", "peak memory of the run", f"≤ {MOST_MB} MB", peaks, max(peaks) <= MOST_MB, "{:.0f} MB"),
    ]
    section.notes.append(
        f"{ITEMS} releases of 10.50 a seller, not yet looked at: the run collects them into items, takes them, and writes "
        "a payout, two rows of its history, a line for each item, event, task, entry, audit row and two postings, 500 "
        "sellers a transaction, in one process on both sides. Each cell works on a fresh copy. No PSP is asked: that comes after, "
        "by tasks. Plain SQL checks nothing of a seller and writes shorter requests."
    )
    return section


def _cell(name: str, ground: Ground, filled: str, sellers: int, peaks: list[float]) -> Callable[[], Sample]:
    def measured() -> Sample:
        url = ground.database(name, like=filled)
        done = subprocess.run(
            [sys.executable, "-m", "bench.payouts_cells", name],
            env={**os.environ, "PAYOUTS_URL": url},
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"payouts {name} failed: {done.stderr.strip()[-600:]}")
        found = json.loads(done.stdout.strip().splitlines()[-1])
        peaks.append(found["peak_mb"])
        return Sample(
            per_second=found["per_second"], cpu_ms=found["cpu_ms"], failures=sellers - found["done"]
        )

    return measured
