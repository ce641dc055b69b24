"""When the PSP is asked again. Pure: attempt numbers and times in, times out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

# The same request under the same key, after an answer that never came: quick first, since most losses are short.
SETTLE_AFTER_SECONDS: Final = (5, 15, 60, 300)
# A look-up says "not there" only when it says so twice, this far apart: the first may have come too early.
NOT_FOUND_TWICE_AFTER_SECONDS: Final = 60
# Attempts after which a payment whose outcome is still unknown is shown to a person: about 80 s.
ALERT_AFTER_ATTEMPTS: Final = 3

# An open session, and one whose money is on its way: webhooks do the work, this is for those that got lost. A quick
# first look, then one a minute for as long as the page can be paid: 50 s, and the 10 s between two runs.
SYNC_AFTER_SECONDS: Final = (30, 50)
SYNC_PROCESSING_SECONDS: Final = (10, 15, 30, 60, 60, 60, 300, 900, 3_600)
# After the session's end the PSP needs a moment to close it itself.
AFTER_EXPIRY_SECONDS: Final = 10
SYNC_FAILED_SECONDS: Final = 30  # the PSP gave no answer: soon again


def settle_delay_seconds(attempts: int) -> int:
    """Seconds until the same request is repeated, after so many tries."""
    return SETTLE_AFTER_SECONDS[min(attempts, len(SETTLE_AFTER_SECONDS)) - 1] if attempts else 0


def next_sync(status: str, *, attempts: int, now: datetime, session_expires_at: datetime) -> datetime | None:
    """When to ask about a payment next; None once it has ended. An open session is asked about once more just
    before its end is final, whatever the cadence says."""
    match status:
        case "awaiting_shopper":
            regular = now + timedelta(seconds=_at(SYNC_AFTER_SECONDS, attempts))
            closing = session_expires_at + timedelta(seconds=AFTER_EXPIRY_SECONDS)
            return min(regular, closing) if now < closing else regular
        case "processing":
            return now + timedelta(seconds=_at(SYNC_PROCESSING_SECONDS, attempts))
        case _:
            return None


def _at(seconds: tuple[int, ...], attempts: int) -> int:
    return seconds[min(attempts, len(seconds) - 1)]
