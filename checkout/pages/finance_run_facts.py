"""What a run's page shows: its steps with counts that add up, control totals, how far it has come, and each time before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import request

from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.pages.finance_words import RUN_STATES, code_word, page_of
from checkout.pages.payment_words import StateWords
from checkout.reconciliation.days import day_bounds
from checkout.reconciliation.night.comparisons import Comparison, changes_between, comparisons_of
from checkout.reconciliation.progress import progress_of
from checkout.reconciliation.queries import SettlementFile, get_file
from checkout.reporting import alert_figures, reconciled
from checkout.reporting.reconciled import RunRow
from checkout.wording import times

NUMBER_LENGTH: Final = 9
A_MINUTE: Final = 60
LOOK_AGAIN_SECONDS: Final = 3
HISTORY_SHOWN: Final = 30
REJECTED_SHOWN: Final = 20
STEP_WORDS: Final = {
    "parse": "Reading the file",
    "match": "Matching rows",
    "book": "Booking fees and costs",
    "read again": "Asking the PSP again",
    "put aside": "Putting aside what nobody knows",
    "differences": "Writing down differences",
}
CHANGE_WORDS: Final = {
    "appeared": StateWords("New", "care"),
    "gone": StateWords("Gone", "good"),
    "amount": StateWords("Amount changed", "care"),
    "explained": StateWords("Explained since", "good"),
    "reopened": StateWords("Open again", "bad"),
}
TRAILERS: Final = {
    "paypal_stl": "The file's own SF, SC, RF, RC and FF rows were checked against its rows when it was taken in.",
    "camt.053": "Opening balance and entries were checked against the statement's closing balance when it was taken in.",
}
NO_TRAILER: Final = "This format has no trailer: rows and sums were counted when the file was taken in."


def facts_of(found: RunRow) -> dict[str, Any]:
    report, last = found.report, last_of(found)
    ours = reconciled.ours_beside(found)
    files = [get_file(decode("file", file["id"])) for file in report.get("files", ())]
    return {
        "steps": last.steps if last else None,
        "rules": last.rules if last else "",
        "progress": progress_of(found.psp, found.business_on),
        "step_words": STEP_WORDS,
        "controls": _controls(found, files),
        "trailers": sorted({TRAILERS.get(file.format, NO_TRAILER) for file in files}),
        "rejected": [(file, error) for file in files for error in file.errors][:REJECTED_SHOWN],
        "bounds": day_bounds(found.business_on),
        "run": found,
        "report": report,
        "states": RUN_STATES,
        "took": took(found),
        "names": alert_figures.names_of([found.started_by]),
        "totals": [
            (
                code,
                sums["rows"],
                *(Money(minor, code) for minor in (ours[code], sums["gross"], sums["fee"], sums["net"])),
            )
            for code, sums in report.get("totals", {}).items()
        ],
        "by_code": [
            (code, each["count"], [Money(minor, currency) for currency, minor in each["amounts"].items()])
            for code, each in report.get("differences", {}).items()
        ],
        "code_word": code_word,
        "page_of": page_of,
        "encode": encode,
        "again_seconds": LOOK_AGAIN_SECONDS,
    }


def history_of(found: RunRow) -> dict[str, Any]:
    """Each time that the day was compared, and what one of them says differently from the time before it."""
    history = comparisons_of(found.id, limit=HISTORY_SHOWN)
    asked = request.args.get("time", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= NUMBER_LENGTH else 0
    chosen = next((each for each in history if each.number == number), history[0] if history else None)
    before = next((each for each in history if chosen and each.number == chosen.number - 1), None)
    return {
        "history": history,
        "chosen": chosen,
        "before": before,
        "changes": changes_between(before, chosen) if before and chosen else (),
        "change_words": CHANGE_WORDS,
        "history_names": alert_figures.names_of(each.started_by for each in history),
    }


def last_of(found: RunRow) -> Comparison | None:
    return next(iter(comparisons_of(found.id, limit=1)), None)


def took(found: RunRow) -> str | None:
    if found.finished_at is None:
        return None
    took = found.finished_at - found.started_at
    seconds = max(0, int(took.total_seconds()))
    return (
        times.duration(took) if seconds >= A_MINUTE else f"{seconds} s" if seconds else "less than a second"
    )


def _controls(found: RunRow, files: Sequence[SettlementFile]) -> list[tuple[str, int, Money, int, Money]]:
    """By currency, the rows and the gross amount as they were counted while the files were taken in, and as compared."""
    taken: dict[str, list[int]] = {}
    for file in files:
        for code, sums in file.totals.items():
            both = taken.setdefault(code, [0, 0])
            both[0], both[1] = both[0] + sums["rows"], both[1] + sums["gross"]
    return [
        (
            code,
            taken.get(code, [0, 0])[0],
            Money(taken.get(code, [0, 0])[1], code),
            sums["rows"],
            Money(sums["gross"], code),
        )
        for code, sums in found.report.get("totals", {}).items()
    ]
