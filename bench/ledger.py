"""Posting entries: goals 9 and 10. `python -m bench ledger`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench import environments
from bench.figures import Goal, Plan, Sample, Section, at_least, interleaved, ratios
from bench.ground import Ground
from checkout.db.migrate import upgrade
from config import PROJECT

THREADS = 4
ONE, BATCH = "ours, one entry", "ours, 50 entries a transaction"
PAYOUTS = "ours, payout_created, 500 sellers a transaction"
PLAIN, UNCHECKED = "plain SQL, our triggers on", "plain SQL, our triggers off"
HORDAK_ONE, HORDAK_BATCH = (
    "django-hordak, bulk_create of the legs",
    "django-hordak, bulk_create of 50 entries",
)
OFF = "ALTER TABLE postings DISABLE TRIGGER USER; ALTER TABLE journal_entries DISABLE TRIGGER USER"


def run(ground: Ground, plan: Plan) -> Section:
    section = Section("ledger", "Posting entries: `python -m bench ledger`")
    url = ground.database("ledger")
    upgrade(url)
    unchecked = ground.database("unchecked", like=url)
    ground.sql(unchecked, OFF)
    seconds = plan.seconds(4.0)
    cells = {
        ONE: _ours("one", url, seconds),
        PLAIN: _ours("plain", url, seconds),
        UNCHECKED: _ours("plain", unchecked, seconds),
        BATCH: _ours("batch", url, seconds),
        PAYOUTS: _ours("payouts", url, seconds, threads=1),
    }
    hordak = environments.python_of("django-hordak")
    if hordak is None:
        section.notes.append("django-hordak did not install here: plain SQL postings stand in for it.")
    else:
        peer = {"PEER_DATABASE_URL": ground.database("hordak")}
        module = "bench.peers.hordak.cells"
        ground.once("hordak-tables", [str(hordak), "-m", module, "migrate"], peer)
        cells[HORDAK_ONE] = _cell([str(hordak), "-m", module, "one"], peer, seconds, THREADS)
        cells[HORDAK_BATCH] = _cell([str(hordak), "-m", module, "batch"], peer, seconds, THREADS)
    section.cells |= interleaved(cells, plan.rounds)
    _compare(section)
    section.notes.append(
        f"{THREADS} threads in one process each, one for the payout run; four postings an entry, two in the payout "
        "run. CPU is the client's. Checked in the database on both sides: ours as ledger.md says, hordak's by its "
        "trigger on each leg."
    )
    return section


def _ours(name: str, url: str, seconds: float, threads: int = THREADS) -> Callable[[], Sample]:
    return _cell([sys.executable, "-m", "bench.ledger_cells", name], {"LEDGER_URL": url}, seconds, threads)


def _cell(command: list[str], environ: dict[str, str], seconds: float, threads: int) -> Callable[[], Sample]:
    def measured() -> Sample:
        done = subprocess.run(
            [*command, str(seconds), str(threads)],
            env={**os.environ, **environ},
            cwd=Path(PROJECT),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command[-2:])} failed: {done.stderr.strip()[-600:]}")
        return Sample(**json.loads(done.stdout.strip().splitlines()[-1]))

    return measured


def _compare(section: Section) -> None:
    cells = section.cells
    rates = [sample.per_second for sample in cells[PAYOUTS]]
    if HORDAK_ONE in cells:
        one = ratios(cells[ONE], cells[HORDAK_ONE])
        batch = ratios(cells[BATCH], cells[HORDAK_ONE])
        section.goals += [
            Goal("9", "one 4-posting entry ÷ django-hordak bulk_create", "≥ 3.5×", one, at_least(one, 3.5)),
            Goal("10", "batches of 50 ÷ the same", "≥ 20×", batch, at_least(batch, 20)),
            Goal(
                "10",
                "batches of 50 ÷ django-hordak bulk_create of 50 entries at once",
                "shown",
                ratios(cells[BATCH], cells[HORDAK_BATCH]),
                None,
            ),
        ]
    section.goals += [
        Goal("10", "payout run, postings part", "≥ 10 000/s", rates, at_least(rates, 10_000), "{:.0f}/s"),
        Goal(
            "9", "one entry ÷ plain SQL on the same tables", "shown", ratios(cells[ONE], cells[PLAIN]), None
        ),
        Goal("9", "plain SQL, triggers on ÷ off", "shown", ratios(cells[PLAIN], cells[UNCHECKED]), None),
    ]
