"""What is done about a difference: given to somebody, put off, spoken about, explained, opened again."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from checkout.alerts import desk
from checkout.api import settlement_examples as examples
from checkout.api.alert_filters import assignee_of, own_id
from checkout.api.answers import JSON_TYPE, resource, respond
from checkout.api.auth import principal
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.idempotent_effect import once_in_one
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.reconciliation import ALERT_ID
from checkout.api.representations import as_bytes, moment
from checkout.api.schemas.alert_actions import (
    AlertWork,
    AssignAlert,
    NewNote,
    ReopenAlert,
    Resolution,
    ResolveAlert,
    SnoozeAlert,
)
from checkout.api.schemas.settlements import SettlementAlert
from checkout.api.settlement_json import alert_json
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger.entry import Entry
from checkout.payments.answer import Answer
from checkout.reconciliation import lists
from checkout.reconciliation.desk.resolutions import Plan, ways_of
from checkout.reconciliation.desk.resolve import Resolved, preview, resolve_difference, unexplained
from checkout.reconciliation.desk.unlink import links_of
from checkout.reconciliation.lists import AlertView

reconciliation_alerts = ApiBlueprint("reconciliation_alerts", __name__, description="")

ROUTE: Final = "/v1/reconciliation/alerts/<alert_id>"
JSON: Final = {"Content-Type": JSON_TYPE}
TAGS: Final = ["reconciliation"]
ACTING: Final = [ALERT_ID, KEY_HEADER]


@reconciliation_alerts.route(f"{ROUTE}/work", methods=["GET"], parameters=[ALERT_ID], tags=TAGS)
@reconciliation_alerts.requires("reconciliation:read")
@reconciliation_alerts.answers(
    200,
    AlertWork,
    description="Whose it is, what was done, and how it may be resolved.",
    example=examples.WORK,
)
@reconciliation_alerts.answers(304, description="It is as the ETag in If-None-Match says.")
@reconciliation_alerts.refuses("not_found")
def read_work(alert_id: str) -> Response:
    """Read what was done about a difference

    With the ways in which it may be resolved, the most fitting first.
    """
    id = decode("alr", alert_id)
    alert = lists.get_alert(id)
    with atomic() as session:
        found = unexplained(session, id)
    notes = [
        {"kind": note.kind, "author": note.author, "text": note.text, "at": moment(note.at)}
        for note in desk.history(id)
    ]
    shown = {
        "alert": alert_json(alert),
        "assignee": alert.assignee,
        "snoozed_until": moment(alert.snoozed_until) if alert.snoozed_until else None,
        "times_reopened": alert.times_reopened,
        "unexplained": found.stays.amount_minor,
        "claimed": found.claimed,
        "ways": list(ways_of(found)),
        "links": [
            {
                "alert": encode("alr", link.other_id),
                "amount": link.part.amount_minor,
                "size": link.size.amount_minor,
                "currency": link.part.currency,
                "linked_by": link.linked_by,
                "linked_at": moment(link.linked_at),
            }
            for link in links_of(id)
        ],
        "notes": notes,
    }
    return resource(as_bytes(shown))


@reconciliation_alerts.route(f"{ROUTE}/assign", methods=["POST"], parameters=ACTING, tags=TAGS)
@reconciliation_alerts.requires("alerts:write")
@reconciliation_alerts.answers(200, SettlementAlert, description="It is theirs.", example=examples.ASSIGNED)
@reconciliation_alerts.refuses("not_found", "invalid_alert_state", *KEY_ERRORS)
@reconciliation_alerts.accepts(AssignAlert, example={})
def assign(alert_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Give a difference to somebody

    To whoever asks, where nobody is named.
    """
    to = assignee_of(body.get("assignee"))
    return act_on(alert_id, sent, lambda session, id: desk.assign(session, id, to=to, by=principal().cause))


@reconciliation_alerts.route(f"{ROUTE}/snooze", methods=["POST"], parameters=ACTING, tags=TAGS)
@reconciliation_alerts.requires("alerts:write")
@reconciliation_alerts.answers(200, SettlementAlert, description="It is put off.", example=examples.SNOOZED)
@reconciliation_alerts.refuses("not_found", "invalid_alert_state", *KEY_ERRORS)
@reconciliation_alerts.accepts(SnoozeAlert, example=examples.SNOOZE)
def snooze(alert_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Put a difference off

    When the time comes it is open again.
    """
    return act_on(
        alert_id,
        sent,
        lambda session, id: desk.snooze(
            session, id, until=body["until"], reason=body["reason"], by=principal().cause
        ),
    )


@reconciliation_alerts.route(f"{ROUTE}/reopen", methods=["POST"], parameters=ACTING, tags=TAGS)
@reconciliation_alerts.requires("alerts:write")
@reconciliation_alerts.answers(200, SettlementAlert, description="It is open again.", example=examples.ALERT)
@reconciliation_alerts.refuses("not_found", "invalid_alert_state", *KEY_ERRORS)
@reconciliation_alerts.accepts(ReopenAlert, example={"reason": "The PSP denies it."})
def reopen(alert_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Open a resolved difference again

    What its resolution posted stays: a correction is a new entry.
    """
    return act_on(
        alert_id,
        sent,
        lambda session, id: desk.reopen(session, id, reason=body["reason"], by=principal().cause),
    )


@reconciliation_alerts.route(f"{ROUTE}/notes", methods=["POST"], parameters=ACTING, tags=TAGS)
@reconciliation_alerts.requires("alerts:write")
@reconciliation_alerts.answers(200, SettlementAlert, description="It is noted.", example=examples.ALERT)
@reconciliation_alerts.refuses("not_found", *KEY_ERRORS)
@reconciliation_alerts.accepts(NewNote, example={"text": "Asked the PSP, ticket 4711."})
def add_note(alert_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Say something about a difference

    For the others who work on it; notes are never changed.
    """
    return act_on(
        alert_id,
        sent,
        lambda session, id: desk.add_note(session, id, text=body["text"], by=principal().cause),
    )


@reconciliation_alerts.route(f"{ROUTE}/resolve", methods=["POST"], parameters=ACTING, tags=TAGS)
@reconciliation_alerts.requires("alerts:write")
@reconciliation_alerts.answers(
    200, Resolution, description="Explained, or what would be posted.", example=examples.RESOLUTION
)
@reconciliation_alerts.refuses(
    "not_found", "invalid_alert_state", "invalid_approval_state", "resolution_not_possible", *KEY_ERRORS
)
@reconciliation_alerts.accepts(ResolveAlert, example=examples.RESOLVE)
def resolve(alert_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Explain a difference

    `dry_run` shows the entries and what would be left. A write-off is posted when a second person has approved it, and
    one of which something is left is closed by two persons alone.
    """
    id = decode("alr", alert_id)
    asked = _asked(body, lists.get_alert(id).difference.currency)

    def work(session: Session) -> Answer:
        if body["dry_run"]:
            done = Resolved(preview(session, id, **asked), None)
        else:
            done = resolve_difference(
                session, id, note=body["note"], by=principal().cause, until=body.get("until"), **asked
            )
        shown = _resolution(done.plan, lists.view_alert(session, id), body["dry_run"])
        shown["approval"] = encode("apr", done.approval_id) if done.approval_id else None
        return Answer(200, as_bytes(shown), JSON)

    return respond(once_in_one(sent, renderer(), work))


def _asked(body: dict[str, Any], currency: str) -> dict[str, Any]:
    """Which way, and what it needs."""
    claim = body.get("claim")
    return {
        "way": body["way"],
        "account": body.get("account"),
        "claim": own_id("alr", claim, "/claim") if claim is not None else None,
        "to": body.get("to", ()),
        "amount": Money(body["amount"], currency) if "amount" in body else None,
    }


def act_on(alert_id: str, sent: dict[str, Any], act: Any) -> Response:
    """Does something to one difference, and shows it."""
    id = decode("alr", alert_id)
    lists.get_alert(id)

    def work(session: Session) -> Answer:
        act(session, id)
        return Answer(200, as_bytes(alert_json(lists.view_alert(session, id))), JSON)

    return respond(once_in_one(sent, renderer(), work))


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry as it would be posted, or was."""
    return {
        "kind": entry.kind,
        "postings": [
            {
                "account": f"{leg.account.kind}:{leg.account.owner}",
                "amount": leg.amount.amount_minor,
                "currency": leg.amount.currency,
            }
            for leg in entry.postings
        ],
    }


def _resolution(found: Plan, alert: AlertView, dry_run: bool) -> dict[str, Any]:
    return {
        "object": "resolution",
        "way": found.way,
        "entries": [entry_json(entry) for entry in found.entries],
        "second_person": found.second_person,
        "unexplained": found.rest.amount_minor,
        "currency": found.rest.currency,
        "dry_run": dry_run,
        "alert": alert_json(alert),
    }
