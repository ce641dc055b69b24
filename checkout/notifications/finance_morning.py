"""Finance's morning: one email a day to each of finance, with what waits, what is due and how the nights ended.

From eight o'clock in the business time zone, and later on that day where nothing ran then. Where nothing waits and no
night differs it is sent on working days alone: a Monday without an email would look like one that was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.notifications import finance_staff as staff
from checkout.notifications import letters, post_office
from checkout.notifications.message import Letter
from checkout.notifications.post_office import PostOffice
from checkout.tasks import ClaimedTask
from checkout.wording import money, times
from checkout.wording.alert_codes import alert_word

MORNING_DUE: Final = "notifications.finance_morning_due"
TEMPLATE: Final = "finance_morning"
FROM_HOUR: Final = 8
WEEKEND: Final = 5  # Saturday's number
KINDS_MOST: Final = 200

# Without their signs: 1.00 too much and 1.00 too little are two differences, not none.
WAITING: Final = """
    SELECT severity, code, currency, count(*) AS n, sum(abs(amount_minor))::bigint AS minor
      FROM alerts WHERE status IN ('open', 'assigned')
     GROUP BY severity, code, currency
     ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), code, currency LIMIT %(most)s
"""
COUNTS: Final = """
    SELECT count(*) FILTER (WHERE status <> 'snoozed' AND due_on < %(today)s) AS overdue,
           count(*) FILTER (WHERE status <> 'snoozed' AND due_on = %(today)s) AS due,
           count(*) FILTER (WHERE status = 'snoozed') AS snoozed
      FROM alerts WHERE status <> 'resolved'
"""
NIGHTS: Final = """
    SELECT DISTINCT ON (psp) id, psp, business_on, status, report FROM reconciliation_runs
     ORDER BY psp, business_on DESC LIMIT 20
"""
TOLD: Final = """
    SELECT message_id FROM emails WHERE object = %(day)s AND template = %(template)s AND sent_at IS NOT NULL
"""


def finance_morning_due(task: ClaimedTask) -> None:
    """Handles `notifications.finance_morning_due`, which comes every few minutes: sends what is not sent yet of today.

    Raises:
        OSError, smtplib.SMTPException: the mail server could not take it; the task tries again.
    """
    office = post_office.current()
    now = utcnow().astimezone(office.zone)
    if now.hour < FROM_HOUR:
        return
    people, day = staff.holding(staff.FINANCE), now.date().isoformat()
    told = {row.message_id for row in run(TOLD, day=day, template=TEMPLATE)}
    left = [who for who in people if office.message_id(TEMPLATE, f"{day}.{who.public_id}") not in told]
    if not left:
        return
    letter = morning_letter(now, office)
    if letter is not None:
        staff.send_each(left, letter, fact=TEMPLATE, about=day, template=TEMPLATE, office=office)


def morning_letter(now: datetime, office: PostOffice) -> Letter | None:
    """As things stand; None where there is nothing to tell today. now: in the business time zone."""
    today = now.date()
    (counts,) = run(COUNTS, today=today)
    rows, nights = _rows(office), [_night(row, office) for row in run(NIGHTS)]
    waiting = sum(row["count"] for row in rows)
    is_quiet = not waiting and all(night["is_good"] for night in nights)
    if is_quiet and today.weekday() >= WEEKEND:
        return None
    return letters.finance_morning(
        subject=_subject(today, waiting, counts.overdue),
        heading=f"Finance, {times.day(today)}",
        rows=rows,
        nights=nights,
        overdue=counts.overdue,
        due=counts.due,
        snoozed=counts.snoozed,
        due_url=_url(office, sort="due"),
        all_url=_url(office),
    )


def _subject(today: date, waiting: int, overdue: int) -> str:
    if not waiting:
        return f"nothing waits for finance, {times.day(today)}"
    late = f", {overdue} overdue" if overdue else ""
    return (
        f"{waiting} {'alert waits' if waiting == 1 else 'alerts wait'} for finance{late}, {times.day(today)}"
    )


def _rows(office: PostOffice) -> list[dict[str, Any]]:
    """One for each severity and kind, with the sum of each currency."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in run(WAITING, most=KINDS_MOST):
        shown = found.setdefault(
            (row.severity, row.code),
            {
                "severity": row.severity,
                "word": alert_word(row.code),
                "count": 0,
                "amounts": [],
                "url": _url(office, code=row.code),
            },
        )
        shown["count"] += row.n
        if row.minor:
            shown["amounts"].append(money.with_code(Money(row.minor, row.currency)))
    return list(found.values())


def _night(row: Any, office: PostOffice) -> dict[str, Any]:
    words, is_good = _result(row.status, row.report)
    return {
        "psp": row.psp,
        "day": times.day(row.business_on),
        "words": words,
        "is_good": is_good,
        "url": f"{office.public_url}/finance/reconciliation/runs/{encode('run', row.id)}",
    }


def _result(status: str, report: Mapping[str, Any]) -> tuple[str, bool]:
    """What a night came to, and whether nobody has to look."""
    if status != "finished" or not report:
        return ("still being compared", False)
    if not report["files"]:
        return ("no file has come", False)
    costs = _costs(report)
    if report["open"]:
        return (f"{report['open']} unexplained{_sums(report['unexplained'])}{costs}", False)
    if report["rejected"]:
        return (f"{report['rejected']} rows cannot be read{costs}", False)
    waits = f", {report['waiting']} rows may still come" if report["waiting"] else ""
    return (f"{report['rows']} rows, all explained{waits}{costs}", True)


def _sums(minor_by_currency: Mapping[str, int]) -> str:
    amounts = _amounts(minor_by_currency)
    return f": {amounts}" if amounts else ""


def _costs(report: Mapping[str, Any]) -> str:
    """What the PSP took for no payment: booked by itself, so this is where somebody hears of it."""
    amounts = _amounts(report.get("costs", {}))
    return f"; costs of the account, booked to PSP fees: {amounts}" if amounts else ""


def _amounts(minor_by_currency: Mapping[str, int]) -> str:
    found = [money.with_code(Money(minor, code)) for code, minor in minor_by_currency.items() if minor]
    return ", ".join(found)


def _url(office: PostOffice, **asked: str) -> str:
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{office.public_url}/finance/alerts{query}"
