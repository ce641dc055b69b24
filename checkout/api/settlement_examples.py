"""The examples of settlement in the document. A test validates each against its schema."""

from __future__ import annotations

from typing import Any, Final

FILE_ID: Final = "file_01kaj9a1b3c5d7e9f1g3h5j7k9"
RUN_ID: Final = "run_01kaj9a2c4d6e8f0g2h4j6k8m0"
ALERT_ID: Final = "alr_01kaj9a3d5e7f9g1h3j5k7m9n1"
PAYMENT_ID: Final = "pay_01kaj7b1k5n8r2t5w8z1c4f7h0"

FORM: Final[dict[str, Any]] = {
    "psp": "stripe",
    "business_on": "2026-12-01",
    "file": "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id\n"
    "txn_1,2026-12-01 09:30:00,eur,23.90,1.02,22.88,charge,ch_1\n",
}

_TOTALS: Final = {"EUR": {"rows": 1, "gross": 2390, "fee": 102, "net": 2288}}

FILE: Final[dict[str, Any]] = {
    "id": FILE_ID,
    "object": "settlement_file",
    "psp": "stripe",
    "business_on": "2026-12-01",
    "timezone": "UTC",
    "account": "",
    "batch": "2026-12-01",
    "format": "stripe_itemized",
    "name": "balance_change_2026-12-01.csv",
    "sha256": "9f2ce1d0a3b4c5968778695a4b3c2d1e0f9e8d7c6b5a49382716051423324150",
    "size": 151,
    "status": "imported",
    "rows_total": 1,
    "rows_kept": 1,
    "rows_rejected": 0,
    "totals": _TOTALS,
    "errors": [],
    "received_at": "2026-12-02T02:00:00.000Z",
}

NEW_RUN: Final[dict[str, Any]] = {"psp": "stripe", "business_on": "2026-12-01"}

RUN: Final[dict[str, Any]] = {
    "id": RUN_ID,
    "object": "reconciliation_run",
    "psp": "stripe",
    "business_on": "2026-12-01",
    "timezone": "UTC",
    "status": "finished",
    "started_at": "2026-12-02T02:00:01.000Z",
    "finished_at": "2026-12-02T02:00:01.250Z",
    "files": [{"id": FILE_ID, "name": FILE["name"], "sha256": FILE["sha256"], "rows": 1}],
    "rows": 1,
    "matched": 0,
    "differing": 1,
    "rejected": 0,
    "missing": 0,
    "waiting": 0,
    "open": 1,
    "totals": _TOTALS,
    "differences": {"amount_mismatch": {"count": 1, "amounts": {"EUR": 100}}},
    "unexplained": {"EUR": 100},
}

ALERT: Final[dict[str, Any]] = {
    "id": ALERT_ID,
    "object": "reconciliation_alert",
    "code": "amount_mismatch",
    "severity": "high",
    "status": "open",
    "psp": "stripe",
    "business_on": "2026-12-01",
    "timezone": "UTC",
    "difference": 100,
    "currency": "EUR",
    "currency_exponent": 2,
    "ours": 2490,
    "theirs": 2390,
    "payment": PAYMENT_ID,
    "entry": "jrn_01kaj7b1k5n8r2t5w8z1c4f7h0",
    "file": FILE_ID,
    "line": 2,
    "psp_number": "txn_1",
    "psp_source": "ch_1",
    "detail": "Line 2 (charge, txn_1): Ours is 24.90 EUR, the file says 23.90 EUR.",
    "resolution": None,
    "assignee": None,
    "due_on": "2026-12-03",
    "age_days": 0,
    "cause": None,
    "last_note": None,
    "created_at": "2026-12-02T02:00:01.200Z",
}


def page(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(rows), "has_more": False, "next_cursor": None}


ASSIGNED: Final[dict[str, Any]] = {
    **ALERT,
    "status": "assigned",
    "assignee": "person:usr_01kaj7b1k5n8r2t5w8z1c4f7h0",
}
SNOOZED: Final[dict[str, Any]] = {**ALERT, "status": "snoozed"}
SNOOZE: Final[dict[str, Any]] = {"until": "2026-12-05T08:00:00Z", "reason": "The PSP answers on Friday."}
RESOLVE: Final[dict[str, Any]] = {"way": "psp_claim", "note": "Claimed, ticket 4711.", "dry_run": True}
RESOLUTION: Final[dict[str, Any]] = {
    "object": "resolution",
    "way": "psp_claim",
    "entries": [
        {
            "kind": "psp_claimed",
            "postings": [
                {"account": "psp_claims:stripe", "amount": 100, "currency": "EUR"},
                {"account": "psp_balance:stripe", "amount": -100, "currency": "EUR"},
            ],
        }
    ],
    "second_person": False,
    "unexplained": 0,
    "currency": "EUR",
    "dry_run": True,
    "approval": None,
    "alert": ALERT,
}
WORK: Final[dict[str, Any]] = {
    "alert": ALERT,
    "assignee": None,
    "snoozed_until": None,
    "times_reopened": 0,
    "unexplained": 100,
    "claimed": 0,
    "ways": ["psp_claim", "post_correction", "link_records", "write_off", "not_ours"],
    "links": [],
    "notes": [
        {
            "kind": "note",
            "author": "person:usr_01kaj7b1k5n8r2t5w8z1c4f7h0",
            "text": "Asked the PSP, ticket 4711.",
            "at": "2026-12-02T09:00:00.000Z",
        }
    ],
}
