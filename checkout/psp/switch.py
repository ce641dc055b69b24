"""The operator's switch: a row that takes a PSP out of service for every process, until it is removed or has lapsed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.db.statement import execute, run

COME_BACK_SECONDS: Final = 30  # what callers are told while nobody knows how long it will take


@dataclass(frozen=True, slots=True)
class Switch:
    psp: str
    opened_by: str
    reason: str
    opened_at: datetime
    until: datetime | None

    def retry_after_seconds(self) -> int:
        """When to come back; 0 once the switch has lapsed."""
        if self.until is None:
            return COME_BACK_SECONDS
        return max(0, math.ceil((self.until - utcnow()).total_seconds()))


def read_switch(psp: str) -> Switch | None:
    """The PSP's switch, lapsed or not."""
    rows = run(
        "SELECT psp, opened_by, reason, opened_at, until FROM psp_switches WHERE psp = %(psp)s", psp=psp
    )
    return Switch(**rows[0]._mapping) if rows else None


def open_switch(
    session: Session, psp: str, *, reason: str, opened_by: str, until: datetime | None = None
) -> None:
    """Takes the PSP out of service: nothing is sent to it. Said again, the newest reason and end count."""
    execute(
        session,
        """
        INSERT INTO psp_switches (psp, opened_by, reason, opened_at, until)
        VALUES (%(psp)s, %(opened_by)s, %(reason)s, %(now)s, %(until)s)
        ON CONFLICT (psp) DO UPDATE
           SET opened_by = EXCLUDED.opened_by, reason = EXCLUDED.reason, opened_at = EXCLUDED.opened_at,
               until = EXCLUDED.until
        """,
        psp=psp,
        opened_by=opened_by,
        reason=reason,
        now=utcnow(),
        until=until,
    )


def close_switch(session: Session, psp: str) -> bool:
    """Puts the PSP back into service; False where it was."""
    row = execute(session, "DELETE FROM psp_switches WHERE psp = %(psp)s RETURNING psp", psp=psp).first()
    return row is not None
