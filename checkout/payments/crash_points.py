"""The boundaries of the payment path where a test may kill the process. Each name stands exactly once in the code."""

from __future__ import annotations

from typing import Final

START: Final = (
    "payments.start.before_intention",
    "payments.start.after_intention",
    "payments.start.after_psp_answer",
    "payments.start.after_outcome",
)
RESUME: Final = (
    "payments.resume.before_psp_call",
    "payments.resume.after_psp_answer",
    "payments.resume.after_look_up",
    "payments.resume.after_outcome",
)
APPLY: Final = ("payments.apply.before_commit", "payments.apply.after_facts")
CANCEL: Final = (
    "payments.cancel.after_request",
    "payments.cancel.after_psp_answer",
    "payments.cancel.after_outcome",
)
SYNC: Final = ("payments.sync.after_psp_answer", "payments.sync.after_outcome")
BOOK_FEE: Final = ("payments.book_fee.after_psp_answer", "payments.book_fee.before_commit")

CRASH_POINTS: Final = (*START, *RESUME, *APPLY, *CANCEL, *SYNC, *BOOK_FEE)
