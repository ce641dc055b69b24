"""Starts the load generator as a process of its own and reads what it measured.

`python -m bench.load.run` is that process: one JSON order in, one JSON report out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.load.engine import Engine, Tally
from bench.load.journeys import journeys

EXTRA_SECONDS = 60.0  # a process that hangs ends the benchmark, not the day


@dataclass(frozen=True, slots=True)
class Times:
    """Latencies in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True)
class Report:
    """What one run of the load generator saw."""

    per_second: float
    journeys: int
    answered: int
    times: dict[str, Times]
    statuses: dict[str, dict[str, int]]
    cpu_seconds: float
    unstarted: int

    def failures(self, *expected: str) -> int:
        return self.unstarted + sum(
            count
            for statuses in self.statuses.values()
            for status, count in statuses.items()
            if status not in (expected or ("200", "201"))
        )


def closed(what: dict[str, Any], *, connections: int, seconds: float, warm_up_seconds: float = 0.5) -> Report:
    """So many at a time, as fast as they are answered."""
    return _run(
        {
            "what": what,
            "how": {"connections": connections, "seconds": seconds, "warm_up_seconds": warm_up_seconds},
        }
    )


def warm(each: Iterable[dict[str, Any]], *, seconds: float) -> None:
    """Connections are opened and statements prepared before anything is measured: both take a few requests on each."""
    for what in each:
        closed(what, connections=32, seconds=seconds, warm_up_seconds=0.0)


def until_done(what: dict[str, Any], *, connections: int, seconds: float) -> Report:
    """So many at a time until there is nothing left to send, at most so long."""
    return closed(what, connections=connections, seconds=seconds, warm_up_seconds=0.0)


def paced(what: dict[str, Any], *, rate: float, seconds: float, warm_up_seconds: float = 0.5) -> Report:
    """So many a second, whatever the server does."""
    return _run({"what": what, "how": {"rate": rate, "seconds": seconds, "warm_up_seconds": warm_up_seconds}})


def _run(order: dict[str, Any]) -> Report:
    process = subprocess.run(
        [sys.executable, "-m", "bench.load.run"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=order["how"]["seconds"] + order["how"]["warm_up_seconds"] + EXTRA_SECONDS,
        check=False,
    )
    if process.returncode != 0:
        raise RuntimeError(f"the load generator failed: {process.stderr[-2000:]}")
    found = json.loads(process.stdout)
    times = {label: Times(**values) for label, values in found.pop("times").items()}
    return Report(times=times, **found)


def main() -> None:
    import resource

    order = json.load(sys.stdin)
    engine = Engine(journeys(**order["what"]))
    how = order["how"]
    tally = engine.open(**how) if "rate" in how else engine.closed(**how)
    used = resource.getrusage(resource.RUSAGE_SELF)
    json.dump(_summary(tally, used.ru_utime + used.ru_stime), sys.stdout)


def _summary(tally: Tally, cpu_seconds: float) -> dict[str, Any]:
    return {
        "per_second": tally.journeys / tally.window_seconds,
        "journeys": tally.journeys,
        "answered": tally.answered,
        "times": {
            **{label: _times(times) for label, times in tally.times.items()},
            "journey": _times(tally.journey_times),
        },
        "statuses": {label: dict(counter) for label, counter in tally.statuses.items()},
        "cpu_seconds": cpu_seconds,
        "unstarted": tally.unstarted,
    }


def _times(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds) or [0.0]

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3)

    return {
        "count": len(seconds),
        "p50": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "max": round(ordered[-1] * 1000, 3),
    }


if __name__ == "__main__":
    main()
