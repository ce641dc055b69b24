"""Nights, files, alerts and the books in finance's words: closed lists, and where a thing that an id names is shown."""

from __future__ import annotations

from typing import Final

from flask import url_for

from checkout.pages import access
from checkout.pages.payment_words import StateWords

RUN_STATES: Final[dict[str, StateWords]] = {
    "running": StateWords("Running", "waiting"),
    "failed": StateWords("Stopped by a fault", "bad"),
    "file_missing": StateWords("File missing", "bad"),
    "differences": StateWords("Differences", "care"),
    "waiting": StateWords("Waiting for late rows", "waiting"),
    "ok": StateWords("All explained", "good"),
}
FILE_STATES: Final[dict[str, StateWords]] = {
    "received": StateWords("Received", "waiting"),
    "validated": StateWords("Validated", "waiting"),
    "imported": StateWords("Taken in", "calm"),
    "matched": StateWords("Compared", "care"),
    "closed": StateWords("Closed", "good"),
    "rejected": StateWords("Refused", "bad"),
}
ALERT_STATES: Final[dict[str, StateWords]] = {
    "open": StateWords("Open", "care"),
    "assigned": StateWords("Assigned", "waiting"),
    "snoozed": StateWords("Put off", "calm"),
    "resolved": StateWords("Resolved", "good"),
}
SEVERITIES: Final[dict[str, StateWords]] = {
    "critical": StateWords("Critical", "bad"),
    "high": StateWords("High", "bad"),
    "medium": StateWords("Medium", "care"),
    "low": StateWords("Low", "calm"),
}
CODES: Final[dict[str, str]] = {
    "missing_at_psp": "Missing at the PSP",
    "missing_in_ledger": "Missing in our books",
    "amount_mismatch": "Amount differs",
    "fee_mismatch": "Fee differs",
    "net_mismatch": "Row does not add up",
    "currency_mismatch": "Currency differs",
    "status_mismatch": "State differs",
    "direction_mismatch": "Sign is the other one",
    "duplicate_line": "Told twice",
    "rounding": "Rounding",
    "refund_unmatched": "Refund without ours",
    "dispute_unmatched": "Dispute without ours",
    "transfer_unmatched": "Transfer without ours",
    "payout_mismatch": "Payout differs",
    "unknown_reference": "Unknown reference",
    "unknown_type": "Unknown type of row",
    "row_rejected": "Row cannot be read",
    "file_missing": "File missing",
    "file_late": "File is late",
    "schema_drift": "Columns changed",
    "settlement_file_invalid": "File refused",
    "ledger_unbalanced": "Books do not agree",
}
FIRST_STEPS: Final[dict[str, str]] = {
    "missing_at_psp": "Look whether the row stands in the next day's file. If not, ask the PSP for the movement by its number.",
    "missing_in_ledger": "Look at the payment: a lost message or an act in the PSP's dashboard. Book it onto what it is.",
    "amount_mismatch": "Compare the charge in the PSP's dashboard with ours. Claim what it took too little of.",
    "fee_mismatch": "Compare the fee with the contract. Book what is right onto PSP fees, claim what is not.",
    "net_mismatch": "The row contradicts itself. Ask the PSP for a corrected file.",
    "currency_mismatch": "Look in which currency the PSP settles this one. Nothing is converted by itself.",
    "status_mismatch": "Ask the PSP for the charge's state: a row never decides it.",
    "direction_mismatch": "Look whether the row is a refund or a correction that bears the charge's number.",
    "duplicate_line": "Nothing is booked twice. Close it as told twice once you have seen both rows.",
    "refund_unmatched": "Look for a refund made in the PSP's dashboard.",
    "dispute_unmatched": "Look for the dispute in the PSP's dashboard: its message may have been lost.",
    "row_rejected": "Read the row in the file. Ask the PSP for a corrected file.",
    "file_missing": "Ask the PSP for the file, or hand it in.",
    "schema_drift": "The PSP changed its columns. The file is refused until its format is known.",
}
ENTRY_ROLES: Final[dict[str, str]] = {
    "header": "Header",
    "footer": "Footer",
    "blank": "Empty",
    "rejected": "Kept out",
    "movement": "Movement",
    "": "Not read",
}


def code_word(code: str) -> str:
    """A code without words of its own says its name."""
    return CODES.get(code, code.replace("_", " ").capitalize())


def account_word(kind: str) -> str:
    """ "PSP balance", "Seller pending"."""
    words = kind.replace("_", " ").replace("psp", "PSP").replace("fx", "FX")
    return words[:1].upper() + words[1:]


def page_of(id: str | None) -> str:
    """The page of what a public id names; empty where there is none, or this person may not open it."""
    prefix = (id or "").partition("_")[0]
    match prefix:
        case "pay" if access.may("payments:read"):
            return url_for("admin_payments.show", payment=id)
        case "file" if access.may("reconciliation:read"):
            return url_for("finance_files.show", settlement_file=str(id).partition(":")[0])
        case "run" if access.may("reconciliation:read"):
            return url_for("finance_runs.show", run=id)
        case "jrn" if access.may("ledger:read"):
            return url_for("finance_ledger.entry", entry=id)
        case "acc" if access.may("ledger:read"):
            return url_for("finance_ledger.account", account=id)
        case "alr" if access.may("alerts:read"):
            return url_for("finance_alert.show", alert=id)
        case "sel" if access.may("alerts:read"):
            return url_for("admin_sellers.show", seller=id)
        case "dp" if access.may("disputes:read"):
            return url_for("admin_disputes.show", dispute=id)
        case _:
            return ""
