"""Why something happened: the request, event, task or person behind a change. Every transition row keeps one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CauseKind = Literal["request", "event", "task", "person", "cli", "system", "key"]


@dataclass(frozen=True, slots=True)
class Cause:
    """`str(cause)` is what is stored: "request:req_…", "event:evt_…", "task:tsk_…", "person:usr_…"."""

    kind: CauseKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"
