"""Faults that a test sets on addresses of the API: what goes wrong, how often, and by which seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

MAX_DELAY_MS: Final = 120_000
MAX_FAULTS: Final = 100


class FaultKind(StrEnum):
    LATENCY = "latency"
    REFUSE = "refuse"
    DROP_REQUEST = "drop_request"
    DROP_RESPONSE = "drop_response"
    STATUS = "status"
    GARBAGE = "garbage"
    WRONG_AMOUNT = "wrong_amount"
    FORGET_KEYS = "forget_keys"


class BadFault(ValueError):
    """The control request describes no fault; the text says why."""


@dataclass(slots=True)
class Fault:
    """`path` None matches every address of the API; otherwise it matches exactly."""

    kind: FaultKind
    path: str | None = None
    method: str | None = None
    share: float = 1.0
    seed: int = 0
    times: int | None = None
    after_ms: int = 0
    status: int = 503
    retry_after: int | None = None
    body: str | None = None
    applied: int = 0
    draws: random.Random = field(default_factory=random.Random, repr=False)

    def strikes(self, method: str, path: str) -> bool:
        if self.path not in (None, path) or self.method not in (None, method):
            return False
        if self.times is not None and self.applied >= self.times:
            return False
        if self.draws.random() >= self.share:
            return False
        self.applied += 1
        return True

    def shown(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "method": self.method,
            "kind": self.kind.value,
            "share": self.share,
            "seed": self.seed,
            "times": self.times,
            "after_ms": self.after_ms,
            "status": self.status,
            "retry_after": self.retry_after,
            "body": self.body,
            "applied": self.applied,
        }


@dataclass(frozen=True, slots=True)
class Strike:
    """What goes wrong with one request: pauses of all latencies, and at most one fault of each other kind."""

    delay_seconds: float = 0.0
    by_kind: Mapping[FaultKind, Fault] = field(default_factory=dict)

    def __contains__(self, kind: FaultKind) -> bool:
        return kind in self.by_kind


NO_STRIKE: Final = Strike()


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: list[Fault] = []

    def add(self, description: Mapping[str, Any]) -> Fault:
        fault = parse(description)
        with self._lock:
            if len(self._active) >= MAX_FAULTS:
                raise BadFault(f"at most {MAX_FAULTS} faults at once")
            self._active.append(fault)
        return fault

    def clear(self) -> int:
        with self._lock:
            count = len(self._active)
            self._active.clear()
        return count

    def shown(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.shown() for fault in self._active]

    def strike(self, method: str, path: str) -> Strike:
        """Draws the faults of one request; the draws of a seed are the same in every run."""
        if not self._active:
            return NO_STRIKE
        with self._lock:
            struck = [fault for fault in self._active if fault.strikes(method, path)]
        by_kind: dict[FaultKind, Fault] = {}
        for fault in struck:
            by_kind.setdefault(fault.kind, fault)
        return Strike(sum(fault.after_ms for fault in struck) / 1000, by_kind)


def parse(description: Mapping[str, Any]) -> Fault:
    """One fault from a control request.

    Raises:
        BadFault: an unknown member or kind, or a value out of its bounds.
    """
    known = {"path", "method", "kind", "share", "seed", "times", "after_ms", "status", "retry_after", "body"}
    unknown = sorted(set(description) - known)
    if unknown:
        raise BadFault(f"unknown member {unknown[0]}")
    kind = description.get("kind")
    if kind not in tuple(FaultKind):
        raise BadFault(f"kind must be one of {', '.join(FaultKind)}")
    seed = _number(description, "seed", 0, low=-(2**63), high=2**63)
    return Fault(
        kind=FaultKind(kind),
        path=_text(description, "path"),
        method=(_text(description, "method") or "").upper() or None,
        share=_share(description),
        seed=seed or 0,
        times=_number(description, "times", None, low=0, high=10**9),
        after_ms=_number(description, "after_ms", 0, low=0, high=MAX_DELAY_MS) or 0,
        status=_number(description, "status", 503, low=400, high=599) or 503,
        retry_after=_number(description, "retry_after", None, low=0, high=86_400),
        body=_text(description, "body"),
        draws=random.Random(seed),
    )


def _text(description: Mapping[str, Any], name: str) -> str | None:
    value = description.get(name)
    if value is not None and not isinstance(value, str):
        raise BadFault(f"{name} must be text")
    return value


def _share(description: Mapping[str, Any]) -> float:
    value = description.get("share", 1.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadFault("share must be between 0 and 1")
    return value * 1.0


def _number(
    description: Mapping[str, Any], name: str, default: int | None, *, low: int, high: int
) -> int | None:
    value = description.get(name, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadFault(f"{name} must be a whole number between {low} and {high}")
    return value
