"""What may stand behind a task kind: a function in the runner's transaction, or a use case that owns its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from checkout.tasks import ClaimedTask


@dataclass(frozen=True, slots=True)
class Transactional:
    """Runs in one transaction with the task's own end: effect and `done` commit together. Never calls a PSP."""

    run: Callable[[Session, ClaimedTask], None]


@dataclass(frozen=True, slots=True)
class Owning:
    """Owns its transactions and may call the PSP between them: safe to run again after a crash at any point."""

    run: Callable[[ClaimedTask], None]


Handler = Transactional | Owning
