"""The steps of an inbox event: kinds of task, how long each waits, and the boundaries where a test may kill."""

from __future__ import annotations

from typing import Final

APPLY: Final = "inbox.apply"
READ_AGAIN: Final = "inbox.read_again"

MAX_ATTEMPTS: Final = 8
READ_ATTEMPTS: Final = 30  # a PSP that is down for most of a day is waited for

# How long an event about something unknown to us waits for it: our own commit may be on its way, or a crashed start
# is being resumed. After about an hour and a half a person has to look.
PARK_SECONDS: Final = (2, 5, 15, 60, 300, 900, 3_600)

# A complete session mostly comes together with its charge's own event, which saves the question to the PSP.
COMPLETED_GRACE_SECONDS: Final = 1

CRASH_POINTS: Final = (
    "inbox.receive.after_store",
    "inbox.apply.after_effect",
    "inbox.read_again.after_psp_answer",
    "inbox.read_again.after_effect",
)
