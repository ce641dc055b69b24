"""More of the desk of alerts: suggested matches, handing on, causes, and the same done to many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from checkout.alerts.due import set_due
from checkout.alerts.escalate import ROLES, escalate, set_cause
from checkout.api import alert_examples as examples
from checkout.api import settlement_examples
from checkout.api.alert_filters import assignee_of, own_id
from checkout.api.answers import listing, respond
from checkout.api.auth import principal
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.idempotent_effect import once_in_one
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.reconciliation import ALERT_ID
from checkout.api.reconciliation_alerts import JSON, ROUTE, TAGS, act_on
from checkout.api.representations import as_bytes
from checkout.api.schemas.alert_actions import (
    AlertsToAssign,
    AlertsToBeDue,
    AlertsToResolve,
    AlertsToSnooze,
    Bulk,
    CauseOfAlert,
    DueAlert,
    EscalateAlert,
    SuggestionList,
)
from checkout.api.schemas.settlements import SettlementAlert
from checkout.core.ids import decode, encode
from checkout.payments.answer import Answer
from checkout.reconciliation.desk.bulk import Outcome, assign_all, due_all, resolve_all, snooze_all
from checkout.reconciliation.desk.suggest import suggestions

alert_desk = ApiBlueprint("reconciliation_alert_desk", __name__, description="")

ALL: Final = "/v1/reconciliation/alerts"


@alert_desk.route(f"{ROUTE}/suggestions", methods=["GET"], parameters=[ALERT_ID], tags=TAGS)
@alert_desk.requires("reconciliation:read")
@alert_desk.answers(
    200,
    SuggestionList,
    description="What it may belong to, the likeliest first.",
    example=examples.SUGGESTIONS,
)
@alert_desk.refuses("not_found")
def suggest(alert_id: str) -> Response:
    """List suggested matches

    At most ten, each with a score and its reasons in words. Nothing is joined by itself.
    """
    data = [
        {
            "kind": found.kind,
            "ids": list(found.ids),
            "score": found.score,
            "reasons": list(found.reasons),
            "amount": found.amount.amount_minor,
            "currency": found.amount.currency,
        }
        for found in suggestions(decode("alr", alert_id))
    ]
    return listing(as_bytes({"object": "list", "data": data}))


@alert_desk.route(f"{ROUTE}/escalate", methods=["POST"], parameters=[ALERT_ID, KEY_HEADER], tags=TAGS)
@alert_desk.requires("alerts:write")
@alert_desk.answers(200, SettlementAlert, description="It is handed on.", example=settlement_examples.ALERT)
@alert_desk.refuses("not_found", "invalid_alert_state", *KEY_ERRORS)
@alert_desk.accepts(EscalateAlert, example=examples.ESCALATE)
def hand_on(alert_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Hand a difference on

    To a person or a role, who are sent the note; it is one severity louder from then on.
    """
    to = f"role:{body['to']}" if body["to"] in ROLES else assignee_of(body["to"], pointer="/to")
    return act_on(
        alert_id,
        sent,
        lambda session, id: escalate(session, id, to=to, note=body["note"], by=principal().cause),
    )


@alert_desk.route(f"{ROUTE}/cause", methods=["POST"], parameters=[ALERT_ID, KEY_HEADER], tags=TAGS)
@alert_desk.requires("alerts:write")
@alert_desk.answers(
    200, SettlementAlert, description="It hangs on its cause.", example=settlement_examples.ALERT
)
@alert_desk.refuses("not_found", "invalid_alert_state", *KEY_ERRORS)
@alert_desk.accepts(CauseOfAlert, example=examples.CAUSE)
def hang_on(alert_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Hang a difference on its cause

    It is closed with it, if nothing of its own is unexplained then. Without `cause` it hangs on nothing any more.
    """
    cause = own_id("alr", body["cause"], "/cause") if "cause" in body else None
    return act_on(
        alert_id,
        sent,
        lambda session, id: set_cause(session, id, cause_id=cause, note=body["note"], by=principal().cause),
    )


@alert_desk.route(f"{ROUTE}/due", methods=["POST"], parameters=[ALERT_ID, KEY_HEADER], tags=TAGS)
@alert_desk.requires("alerts:write")
@alert_desk.answers(200, SettlementAlert, description="It has its day.", example=settlement_examples.ALERT)
@alert_desk.refuses("not_found", "invalid_alert_state", *KEY_ERRORS)
@alert_desk.accepts(DueAlert, example=examples.DUE)
def fall_due(alert_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Set the day by which a difference should be explained

    The rules leave it alone then. Without `due_on` there is no such day.
    """
    return act_on(
        alert_id,
        sent,
        lambda session, id: set_due(
            session, id, due_on=body.get("due_on"), reason=body["reason"], by=principal().cause
        ),
    )


@alert_desk.route(f"{ALL}/assign", methods=["POST"], parameters=[KEY_HEADER], tags=TAGS)
@alert_desk.requires("alerts:write")
@alert_desk.answers(200, Bulk, description="What became of each.", example=examples.BULK)
@alert_desk.refuses(*KEY_ERRORS)
@alert_desk.accepts(AlertsToAssign, example=examples.ASSIGN_ALL)
def assign_several(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Give several differences to somebody

    Each is done or refused by itself. To whoever asks, where nobody is named.
    """
    to = assignee_of(body.get("assignee"))
    return _bulk(body, sent, lambda session, ids: assign_all(session, ids, to=to, by=principal().cause))


@alert_desk.route(f"{ALL}/snooze", methods=["POST"], parameters=[KEY_HEADER], tags=TAGS)
@alert_desk.requires("alerts:write")
@alert_desk.answers(200, Bulk, description="What became of each.", example=examples.BULK)
@alert_desk.refuses(*KEY_ERRORS)
@alert_desk.accepts(AlertsToSnooze, example=examples.SNOOZE_ALL)
def snooze_several(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Put several differences off

    Each is done or refused by itself.
    """
    return _bulk(
        body,
        sent,
        lambda session, ids: snooze_all(
            session, ids, until=body["until"], reason=body["reason"], by=principal().cause
        ),
    )


@alert_desk.route(f"{ALL}/due", methods=["POST"], parameters=[KEY_HEADER], tags=TAGS)
@alert_desk.requires("alerts:write")
@alert_desk.answers(200, Bulk, description="What became of each.", example=examples.BULK)
@alert_desk.refuses(*KEY_ERRORS)
@alert_desk.accepts(AlertsToBeDue, example=examples.DUE_ALL)
def several_fall_due(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Set the day by which several differences should be explained

    Each is done or refused by itself. Without `due_on` there is no such day.
    """
    return _bulk(
        body,
        sent,
        lambda session, ids: due_all(
            session, ids, due_on=body.get("due_on"), reason=body["reason"], by=principal().cause
        ),
    )


@alert_desk.route(f"{ALL}/resolve", methods=["POST"], parameters=[KEY_HEADER], tags=TAGS)
@alert_desk.requires("alerts:write")
@alert_desk.answers(200, Bulk, description="What became of each.", example=examples.BULK)
@alert_desk.refuses("bulk_not_uniform", *KEY_ERRORS)
@alert_desk.accepts(AlertsToResolve, example=examples.RESOLVE_ALL)
def resolve_several(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Explain several differences in one way

    Only such of one code that hang on one cause, or on none. Each is done or refused by itself.
    """
    return _bulk(
        body,
        sent,
        lambda session, ids: resolve_all(
            session,
            ids,
            way=body["way"],
            note=body["note"],
            by=principal().cause,
            account=body.get("account"),
            until=body.get("until"),
        ),
    )


def _bulk(
    body: dict[str, Any], sent: dict[str, Any], act: Callable[[Session, Sequence[UUID]], list[Outcome]]
) -> Response:
    ids = [own_id("alr", text, f"/alerts/{place}") for place, text in enumerate(body["alerts"])]

    def work(session: Session) -> Answer:
        outcomes = act(session, ids)
        done = sum(outcome.done for outcome in outcomes)
        shown = {
            "object": "bulk",
            "done": done,
            "refused": len(outcomes) - done,
            "results": [_outcome(outcome) for outcome in outcomes],
        }
        return Answer(200, as_bytes(shown), JSON)

    return respond(once_in_one(sent, renderer(), work))


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "alert": encode("alr", outcome.alert_id),
        "done": outcome.done,
        "code": outcome.code,
        "detail": outcome.detail,
        "approval": encode("apr", outcome.approval_id) if outcome.approval_id else None,
    }
