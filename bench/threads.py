"""The same loop for whoever is measured in a process of his own: threads that do one thing until the time is up.

Standard library only: the peers' interpreters run it too. Prints one line of JSON.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from statistics import quantiles

WARM_SECONDS = 0.5
Work = Callable[[], int]  # does one piece and says how many entries it was


def measure(make_work: Callable[[], Work], *, threads: int, seconds: float) -> None:
    """Each thread has its own work, warmed up before the clock starts."""
    ready = threading.Barrier(threads + 1)
    found: list[tuple[int, list[float]]] = []
    failures: list[BaseException] = []

    def run() -> None:
        work, times, count = make_work(), [], 0
        try:
            until = time.monotonic() + WARM_SECONDS
            while time.monotonic() < until:
                work()
            ready.wait()
            until = time.monotonic() + seconds
            while (began := time.monotonic()) < until:
                count += work()
                times.append(time.monotonic() - began)
        except BaseException as error:
            failures.append(error)
            ready.abort()
            raise
        found.append((count, times))

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    ready.wait()
    began, cpu = time.monotonic(), time.process_time()
    for worker in workers:
        worker.join()
    elapsed, used = time.monotonic() - began, time.process_time() - cpu
    if failures:
        raise SystemExit(1)
    _report(sum(count for count, _ in found), [t for _, times in found for t in times], elapsed, used)


def _report(entries: int, times: list[float], elapsed: float, used: float) -> None:
    cuts = quantiles(times, n=100) if len(times) > 1 else times * 99
    print(
        json.dumps(
            {
                "per_second": entries / elapsed,
                "p50_ms": cuts[49] * 1000,
                "p95_ms": cuts[94] * 1000,
                "p99_ms": cuts[98] * 1000,
                "cpu_ms": used / entries * 1000,
            }
        )
    )
