"""What may be asked of the list of alerts, and what it means: for the list, its file and what is done to all of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from flask import url_for

from checkout.core.currencies import CODES
from checkout.core.errors import InvalidParameter
from checkout.pages import access
from checkout.pages.filters import Filters, Wanted, day_begins, read_filters
from checkout.pages.finance_words import ALERT_STATES, code_word
from checkout.reporting import alert_figures, alert_people
from checkout.reporting.alerts import AlertFilter, Sort
from checkout.reporting.search_ids import own_id

SORTS: Final[dict[Sort, str]] = {
    "severity": "worst first, then oldest",
    "amount": "largest difference first",
    "due": "soonest due first",
    "age": "oldest first",
}
AGE_WORDS: Final = [
    ("0-1", "0 to 1 day"), ("2-3", "2 to 3 days"), ("4-7", "4 to 7 days"), ("8-30", "8 to 30 days"),
    ("31+", "More than 30 days"), ("2+", "2 days and more"),
]  # fmt: skip
DUE_WORDS: Final = [
    ("overdue", "Overdue"), ("today", "Today"), ("week", "Within a week, or overdue"), ("none", "No day"),
]  # fmt: skip
STATUSES: Final = [
    *((status, words.word) for status, words in ALERT_STATES.items()),
    ("all", "All, resolved ones too"),
]
WHOLE_MOST: Final = 9  # digits
IDS: Final = {
    "run": ("run", "A run's id begins with run_."),
    "parent": ("alr", "An alert's id begins with alr_."),
    "seller": ("sel", "A seller's id begins with sel_."),
}


def read_alert_filters(sent: Mapping[str, str]) -> Filters:
    """What an address or a form asks; what is not sound is said beside its field."""
    sort = sent.get("sort", "severity")
    kept = {"sort": sort} if sort in SORTS and sort != "severity" else {}
    filters = read_filters(url_for("finance_alerts.index"), _offered(), sent, kept)
    asked = filters.values
    if "currency" in asked and asked["currency"].upper() not in CODES:
        filters = filters.with_problem("currency", "A currency is three letters, such as EUR.")
    for name in ("over", "upto"):
        whole = asked.get(name, "0")
        if not (whole.isascii() and whole.isdigit() and len(whole) <= WHOLE_MOST):
            filters = filters.with_problem(name, "A whole number, such as 100.")
    for name, (prefix, problem) in IDS.items():
        if name in asked and own_id(prefix, asked[name]) is None:
            filters = filters.with_problem(name, problem)
    return filters


def wanted_of(filters: Filters) -> AlertFilter:
    """Of filters without problems."""
    asked = filters.values
    whose = {"me": access.principal().actor, "none": ""}
    return AlertFilter(
        status=asked.get("status", "unresolved"),
        code=asked.get("code"),
        currency=asked["currency"].upper() if "currency" in asked else None,
        assignee=whose.get(asked["assignee"], asked["assignee"]) if "assignee" in asked else None,
        psp=asked.get("psp"),
        business_on=date.fromisoformat(asked["day"]) if "day" in asked else None,
        age=asked.get("age"),
        due=asked.get("due"),
        over=int(asked["over"]) if "over" in asked else None,
        upto=int(asked["upto"]) if "upto" in asked else None,
        run=own_id("run", asked.get("run", "")),
        parent=own_id("alr", asked.get("parent", "")),
        seller=own_id("sel", asked.get("seller", "")),
    )


def read_day(text: str, zone: ZoneInfo) -> datetime:
    """The first moment of a business day that a form names.

    Raises:
        InvalidParameter: it is no day.
    """
    try:
        found = day_begins(text[:10], zone)
    except ValueError:
        found = None
    if found is None:
        raise InvalidParameter.at("/until", "say until which day, such as 2026-03-14", "required")
    return found


def read_due(text: str) -> date | None:
    """The day that a form names; None where it names none.

    Raises:
        InvalidParameter: it is no day.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise InvalidParameter.at("/due_on", "name a day, such as 2026-03-14", "invalid_format") from error


def sort_of(filters: Filters) -> Sort:
    return cast(Sort, filters.kept.get("sort", "severity"))


def _offered() -> tuple[Wanted, ...]:
    codes = [(code, code_word(code)) for code in alert_figures.codes_seen()]
    psps = [(psp, psp) for psp in alert_figures.psps_seen()]
    me = access.principal().actor
    others = [(actor, name) for actor, name in alert_people.workers().items() if actor != me]
    return (
        Wanted("code", "Type", options=codes or [("", "None yet")]),
        Wanted("status", "State", options=STATUSES),
        Wanted("assignee", "Whose", options=[("me", "Me"), ("none", "Nobody"), *others]),
        Wanted("age", "Age", options=AGE_WORDS),
        Wanted("due", "Due", options=DUE_WORDS),
        Wanted("psp", "PSP", options=psps or [("", "None yet")]),
        Wanted("day", "Business day", type="date"),
        Wanted("currency", "Currency"),
        Wanted("over", "Difference over (whole units)"),
        Wanted("upto", "Difference up to (whole units)"),
        Wanted("run", "Run (run_…)"),
        Wanted("seller", "Seller (sel_…)"),
        Wanted("parent", "Cause (alr_…)"),
    )
