"""Nights, files, alerts and the books in finance's words: closed lists, and where a thing that an id names is shown."""

from __future__ import annotations

from typing import Final

from flask import url_for

from checkout.pages import access
from checkout.pages.payment_words import StateWords
from checkout.wording import alert_codes
from checkout.wording.alert_codes import ALERT_CODES

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
ENTRY_ROLES: Final[dict[str, str]] = {
    "header": "Header",
    "footer": "Footer",
    "blank": "Empty",
    "rejected": "Kept out",
    "movement": "Movement",
    "": "Not read",
}


code_word = alert_codes.alert_word
first_step = alert_codes.first_step


def account_word(kind: str) -> str:
    """ "PSP balance", "Seller pending"."""
    words = kind.replace("_", " ").replace("psp", "PSP").replace("fx", "FX")
    return words[:1].upper() + words[1:]


def docs_of(code: str) -> str:
    """The page that explains a code; empty where it has none."""
    return url_for("docs.alert", code=code) if code in ALERT_CODES else ""


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
