"""The examples of work on alerts in the document. A test validates each against its schema."""

from __future__ import annotations

from typing import Any, Final

from checkout.api.settlement_examples import ALERT, ALERT_ID

OTHER_ID: Final = "alr_01kaj9a4e6f8g0h2j4k6m8n0p2"

SUGGESTIONS: Final[dict[str, Any]] = {
    "object": "list",
    "data": [
        {
            "kind": "alert",
            "ids": [OTHER_ID],
            "score": 90,
            "reasons": ["the same object moved: ch_1", "the same amount the other way round", "1 day apart"],
            "amount": -100,
            "currency": "EUR",
        }
    ],
}
ESCALATE: Final[dict[str, Any]] = {"to": "finance_approver", "note": "Decide today, please."}
CAUSE: Final[dict[str, Any]] = {"cause": OTHER_ID, "note": "All of the same wrong tariff."}
ASSIGN_ALL: Final[dict[str, Any]] = {"alerts": [ALERT_ID, OTHER_ID]}
SNOOZE_ALL: Final[dict[str, Any]] = {
    "alerts": [ALERT_ID, OTHER_ID],
    "until": "2026-12-05T08:00:00Z",
    "reason": "The PSP answers on Friday.",
}
RESOLVE_ALL: Final[dict[str, Any]] = {
    "alerts": [ALERT_ID, OTHER_ID],
    "way": "psp_claim",
    "note": "Claimed, ticket 4711.",
}
DUE: Final[dict[str, Any]] = {"due_on": "2026-12-05", "reason": "The PSP answers by then."}
DUE_ALL: Final[dict[str, Any]] = {"alerts": [ALERT_ID, OTHER_ID], **DUE}
UNLINK: Final[dict[str, Any]] = {"other": OTHER_ID, "reason": "It was another transfer after all."}
APART: Final[dict[str, Any]] = {
    "object": "apart",
    "entries": [
        {
            "kind": "suspense_cleared",
            "postings": [
                {"account": "psp_balance:stripe", "amount": 100, "currency": "EUR"},
                {"account": "suspense:stripe", "amount": -100, "currency": "EUR"},
            ],
        }
    ],
    "unexplained": 100,
    "other": OTHER_ID,
    "other_unexplained": -100,
    "currency": "EUR",
    "dry_run": False,
    "alert": ALERT,
}
BULK: Final[dict[str, Any]] = {
    "object": "bulk",
    "done": 1,
    "refused": 1,
    "results": [
        {"alert": ALERT_ID, "done": True, "code": None, "detail": "", "approval": None},
        {
            "alert": OTHER_ID,
            "done": False,
            "code": "invalid_alert_state",
            "detail": "the alert is resolved: open it again first",
            "approval": None,
        },
    ],
}
