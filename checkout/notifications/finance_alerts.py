"""Tell the staff of one alert: finance of a critical one at once, whoever it is handed on to, whoever a note mentions."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.alerts.notes import mentions_in
from checkout.core import business_day
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.notifications import finance_staff as staff
from checkout.notifications import letters, post_office
from checkout.notifications.finance_staff import Colleague
from checkout.notifications.message import Letter
from checkout.notifications.post_office import PostOffice
from checkout.tasks import ClaimedTask
from checkout.wording import money, times
from checkout.wording.alert_codes import alert_word, first_step

CRITICAL: Final = "critical_alert"
HANDED_ON: Final = "alert_handed_on"
MENTIONED: Final = "alert_mentioned"

ALERT: Final = """
    SELECT a.code, a.severity, a.subject, a.detail, a.amount_minor, a.currency, a.created_at, a.due_on, d.psp,
           d.business_on
      FROM alerts a
      LEFT JOIN LATERAL (SELECT * FROM settlement_differences s WHERE s.alert_id = a.id
                          ORDER BY s.found_at DESC LIMIT 1) d ON true
     WHERE a.id = %(id)s
"""
NOTE: Final = "SELECT author, text FROM alert_notes WHERE id = %(id)s"


def send_critical_alert_email(task: ClaimedTask) -> None:
    """Handles `notifications.critical_alert_email` {"alert": "alr_…"}: to all of finance, once for each alert."""
    alert, office = str(task.args["alert"]), post_office.current()
    row = _alert(alert)
    heading = f"Critical: {alert_word(row.code)}"
    letter = _letter(alert, row, heading, said="", by="", office=office)
    people = staff.holding(staff.FINANCE)
    staff.send_each(people, letter, fact=CRITICAL, about=alert, template=CRITICAL, office=office)


def send_escalation_email(task: ClaimedTask) -> None:
    """Handles {"alert", "to": "person:usr_…" or "role:…", "note": hex}: to them, once for each time."""
    kind, _, whom = str(task.args["to"]).partition(":")
    people = staff.named([whom]) if kind == "person" else staff.holding([whom])
    _tell(task, people, "Handed on to you", HANDED_ON)


def send_mention_email(task: ClaimedTask) -> None:
    """Handles {"alert", "note": hex}: whom the note mentions, if they may read alerts, but for its author."""
    note = _note(task)
    people = [who for who in staff.named(mentions_in(note.text)) if f"person:{who.public_id}" != note.author]
    _tell(task, people, "You are mentioned", MENTIONED)


def _tell(task: ClaimedTask, people: list[Colleague], what: str, template: str) -> None:
    alert, note, office = str(task.args["alert"]), _note(task), post_office.current()
    row, by = _alert(alert), staff.names_of([note.author]).get(note.author, note.author)
    letter = _letter(alert, row, f"{what}: {alert_word(row.code)}", said=note.text, by=by, office=office)
    fact = f"{template}.{task.args['note']}"
    staff.send_each(people, letter, fact=fact, about=alert, template=template, office=office)


def _letter(alert: str, row: Row[Any], heading: str, *, said: str, by: str, office: PostOffice) -> Letter:
    amount = Money(row.amount_minor, row.currency) if row.amount_minor is not None else None
    return letters.alert_told(
        heading=heading,
        reference=alert,
        severity=row.severity,
        detail=row.detail,
        amount=money.with_code(amount) if amount is not None else None,
        of=f"{row.psp}, {times.day(row.business_on)}" if row.psp else row.subject,
        since=times.moment(row.created_at, office.zone, None).words,
        due=times.day(row.due_on) if row.due_on else None,
        overdue=bool(row.due_on and row.due_on < business_day.today()),
        first_step=first_step(row.code),
        said=said,
        by=by,
        url=f"{office.public_url}/finance/alerts/{alert}",
    )


def _note(task: ClaimedTask) -> Row[Any]:
    (row,) = run(NOTE, id=UUID(str(task.args["note"])))
    return row


def _alert(alert: str) -> Row[Any]:
    (row,) = run(ALERT, id=decode("alr", alert))
    return row
