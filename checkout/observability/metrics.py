"""Prometheus metrics, summed over the processes of one machine (the client library's multiprocess mode).

The library reads its folder from the environment when it is imported, so it is imported by configure() and nowhere else.
Until then every function here does nothing: commands and tests need no metrics.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

SECONDS_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_directory: Path | None = None
_requests: Any = None
_seconds: Any = None
_facts: Any = None


def configure(directory: Path) -> None:
    """Says where this machine's processes leave their counts; they are summed when /metrics is read."""
    global _directory, _requests, _seconds, _facts
    if _requests is not None:
        return
    directory.mkdir(parents=True, exist_ok=True)
    _directory = directory
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    from prometheus_client import CollectorRegistry, Counter, Histogram

    unregistered = CollectorRegistry()  # the scrape reads the files, not these objects
    _requests = Counter(
        "checkout_http_requests",
        "Requests answered.",
        ["method", "route", "status"],
        registry=unregistered,
    )
    _seconds = Histogram(
        "checkout_http_request_seconds",
        "Time from a request's arrival to its answer.",
        ["route"],
        buckets=SECONDS_BUCKETS,
        registry=unregistered,
    )
    _facts = Counter(
        "checkout_facts", "Things that happened, by name.", ["name", "outcome"], registry=unregistered
    )


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Counts one answered request. `route` is the rule, never the path: the number of series stays bounded."""
    if _requests is not None:
        counter, histogram = _of_request(method, route, status)
        counter.inc()
        histogram.observe(seconds)


@cache
def _of_request(method: str, route: str, status: int) -> tuple[Any, Any]:
    """The series of a kind of request, found by name once."""
    return _requests.labels(method, route, str(status)), _seconds.labels(route)


def count(name: str, outcome: str = "ok") -> None:
    """Counts a fact: names and outcomes are words of the program, never input."""
    if _facts is not None:
        _of_fact(name, outcome).inc()


@cache
def _of_fact(name: str, outcome: str) -> Any:
    return _facts.labels(name, outcome)


def render(extra: Any = None) -> tuple[bytes, str]:
    """The exposition text and its content type. `extra` is one more collector, for what only the database knows."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    if _directory is not None:
        MultiProcessCollector(registry, path=str(_directory))  # type: ignore[no-untyped-call]
    if extra is not None:
        registry.register(extra)
    return generate_latest(registry), CONTENT_TYPE_LATEST
