"""`python -m bench.settlement_cells NAME` on SETTLEMENT_URL and SETTLEMENT_FILE: compares a night once, and says how fast
and how big. `ours` takes the file in and runs the day; `plain` copies all columns and joins once."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

import psycopg

URL = os.environ["SETTLEMENT_URL"]
FILE = Path(os.environ["SETTLEMENT_FILE"])
DAY = date(2026, 3, 14)
BLOCK = 1 << 20

TABLE = """
    CREATE UNLOGGED TABLE bench_theirs (
        number text, created_at timestamp, available_on timestamp, currency text, gross numeric, fee numeric,
        net numeric, category text, source text, description text, intent text, charge text, payment text)
"""
JOIN = """
    SELECT o.number, t.number, o.gross, t.gross FROM bench_ours AS o
      FULL JOIN bench_theirs AS t ON t.number = o.number
     WHERE o.number IS NULL OR t.number IS NULL OR o.gross <> t.gross OR o.fee <> t.fee
"""


def ours() -> int:
    """Imports here: the other cell does not pay for them."""
    from checkout.core.cause import Cause
    from checkout.db.session import configure
    from checkout.reconciliation.receive import Delivery, receive_file
    from checkout.reconciliation.run import run_day

    cause = Cause("system", "bench")
    configure(URL, pool_size=4)
    with FILE.open("rb") as stream:
        receive_file(stream, Delivery("stripe", DAY, FILE.name, "cli", "bench"), cause=cause)
    return run_day("stripe", DAY, by="bench", cause=cause).report.differing


def plain() -> int:
    with psycopg.connect(URL) as connection, connection.cursor() as cursor:
        cursor.execute(TABLE)
        with (
            FILE.open("rb") as stream,
            cursor.copy("COPY bench_theirs FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            while block := stream.read(BLOCK):
                copy.write(block)
        cursor.execute("ANALYZE bench_theirs")
        return len(cursor.execute(JOIN).fetchall())


def main() -> None:
    began, cpu = time.monotonic(), time.process_time()
    found = {"ours": ours, "plain": plain}[sys.argv[1]]()
    print(
        json.dumps(
            {
                "found": found,
                "seconds": time.monotonic() - began,
                "cpu_seconds": time.process_time() - cpu,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
