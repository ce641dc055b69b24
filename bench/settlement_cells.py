"""`python -m bench.settlement_cells NAME` on SETTLEMENT_URL and SETTLEMENT_FILE: compares a night once, and says how fast
and how big. `ours` takes the file in and runs the day; `plain` copies all columns and joins once; `idle` is the process
of `ours` before its first row."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

URL = os.environ["SETTLEMENT_URL"]
FILE = Path(os.environ["SETTLEMENT_FILE"])
DAY = date(2026, 3, 14)
BLOCK = 1 << 20

JOIN = """
    SELECT o.number, t.balance_transaction_id, o.gross, t.gross FROM bench_ours AS o
      FULL JOIN bench_theirs AS t ON t.balance_transaction_id = o.number
     WHERE o.number IS NULL OR t.balance_transaction_id IS NULL OR o.gross <> t.gross OR o.fee <> t.fee
"""


def ours() -> dict[str, float]:
    """Imports here: the other cell does not pay for them."""
    from checkout.core.cause import Cause
    from checkout.db.session import configure
    from checkout.reconciliation.files.receive import Delivery, receive_file
    from checkout.reconciliation.night.run import run_day

    cause = Cause("system", "bench")
    configure(URL, pool_size=4)
    began = time.monotonic()
    with FILE.open("rb") as stream:
        receive_file(stream, Delivery("stripe", DAY, FILE.name, "cli", "bench"), cause=cause)
    received = time.monotonic()
    found = run_day("stripe", DAY, by="bench", cause=cause).report.differing
    return {"found": found, "receiving": received - began, "comparing": time.monotonic() - received}


def idle() -> dict[str, float]:
    """All that `ours` needs is imported, and it has spoken to the database."""
    from checkout.db.session import configure
    from checkout.reconciliation.files import receive
    from checkout.reconciliation.night import run
    from checkout.reconciliation.queries import files_of

    configure(URL, pool_size=4)
    assert callable(receive.receive_file)
    assert callable(run.run_day)
    return {"found": len(files_of("stripe", DAY))}


def plain() -> dict[str, float]:
    import psycopg

    from bench.settlement_columns import COLUMNS, TYPES

    columns = ", ".join(f'"{name}" {TYPES.get(name, "text")}' for name in COLUMNS)
    began = time.monotonic()
    with psycopg.connect(URL) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE UNLOGGED TABLE bench_theirs ({columns})")
        with (
            FILE.open("rb") as stream,
            cursor.copy("COPY bench_theirs FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            while block := stream.read(BLOCK):
                copy.write(block)
        received = time.monotonic()
        cursor.execute("ANALYZE bench_theirs")
        found = len(cursor.execute(JOIN).fetchall())
    return {"found": found, "receiving": received - began, "comparing": time.monotonic() - received}


def _peak_mb() -> float:
    """Of this program: what getrusage() tells of a child begins with the size of the one that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line) / 1024


def main() -> None:
    began, cpu = time.monotonic(), time.process_time()
    found = {"ours": ours, "plain": plain, "idle": idle}[sys.argv[1]]()
    print(
        json.dumps(
            found
            | {
                "seconds": time.monotonic() - began,
                "cpu_seconds": time.process_time() - cpu,
                "peak_mb": _peak_mb(),
            }
        )
    )


if __name__ == "__main__":
    main()
