"""Comparing a day with its settlement files, and what came of it."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from checkout.api import settlement_examples as examples
from checkout.api.alert_filters import filters_of
from checkout.api.answers import JSON_TYPE, listing, resource, respond
from checkout.api.auth import principal
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.cursors import Place
from checkout.api.idempotent import once
from checkout.api.lists import list_json, window_of
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.representations import as_bytes
from checkout.api.request_log import request_cause
from checkout.api.schemas.settlements import (
    AlertsQuery,
    NewRun,
    Run,
    RunList,
    RunsQuery,
    SettlementAlert,
    SettlementAlertList,
)
from checkout.api.settlement_json import alert_json, run_json
from checkout.core.ids import decode, new_uuid
from checkout.payments.answer import Answer
from checkout.reconciliation import lists
from checkout.reconciliation.night.reconcile import reconcile_day

reconciliation = ApiBlueprint(
    "reconciliation", __name__, description="Proving the books against the PSP's settlement files."
)

RUN_ID: Final = {
    "in": "path",
    "name": "run_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "run_…",
    "example": examples.RUN_ID,
}
ALERT_ID: Final = {
    "in": "path",
    "name": "alert_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "alr_…",
    "example": examples.ALERT_ID,
}


@reconciliation.route("/v1/reconciliation/runs", methods=["POST"], parameters=[KEY_HEADER])
@reconciliation.requires("reconciliation:write")
@reconciliation.answers(201, Run, description="The day was compared.", example=examples.RUN)
@reconciliation.refuses(*KEY_ERRORS)
@reconciliation.accepts(NewRun, example=examples.NEW_RUN)
def compare(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Compare a day

    A day of a PSP has one run: asked for again it is compared again, and says the same unless something has changed.
    """

    def work() -> Answer:
        outcome = reconcile_day(body["psp"], body["business_on"], by=principal().actor, cause=request_cause())
        shown = run_json(lists.get_run(outcome.id))
        headers = {"Content-Type": JSON_TYPE, "Location": f"/v1/reconciliation/runs/{shown['id']}"}
        return Answer(201, as_bytes(shown), headers)

    return respond(once(new_uuid(), sent, renderer(), work))


@reconciliation.route("/v1/reconciliation/runs", methods=["GET"])
@reconciliation.requires("reconciliation:read")
@reconciliation.answers(
    200, RunList, description="A page of runs, latest first.", example=examples.page(examples.RUN)
)
@reconciliation.refuses("invalid_cursor")
@reconciliation.takes(RunsQuery)
def list_runs(query: dict[str, Any]) -> Response:
    """List runs

    One for each day of a PSP, with what it came to.
    """
    window = window_of("runs", query)
    rows = lists.list_runs(query, limit=window.limit + 1, after=window.after, before=window.before)
    page = list_json("runs", window, rows, place_of=lambda row: Place(row.started_at, row.id), show=run_json)
    return listing(as_bytes(page))


@reconciliation.route("/v1/reconciliation/runs/<run_id>", methods=["GET"], parameters=[RUN_ID])
@reconciliation.requires("reconciliation:read")
@reconciliation.answers(200, Run, description="The run.", example=examples.RUN)
@reconciliation.answers(304, description="It is as the ETag in If-None-Match says.")
@reconciliation.refuses("not_found")
def read_run(run_id: str) -> Response:
    """Read a run

    rows = matched + differing + rejected.
    """
    return resource(as_bytes(run_json(lists.get_run(decode("run", run_id)))))


@reconciliation.route("/v1/reconciliation/alerts", methods=["GET"])
@reconciliation.requires("reconciliation:read")
@reconciliation.answers(
    200,
    SettlementAlertList,
    description="A page of differences.",
    example=examples.page(examples.ALERT),
)
@reconciliation.refuses("invalid_cursor")
@reconciliation.takes(AlertsQuery)
def list_alerts(query: dict[str, Any]) -> Response:
    """List differences

    Each states its amount: ours − theirs, in minor units. The newest first, or as `sort` says.
    """
    sort = query.pop("sort")
    name = f"reconciliation_alerts:{sort}"  # a cursor of one order is none of another
    window, filters = window_of(name, query), filters_of(query)
    rows = lists.list_alerts(
        filters, limit=window.limit + 1, sort=sort, after=window.after, before=window.before
    )
    page = list_json(name, window, rows, place_of=lambda row: Place(row.created_at, row.id), show=alert_json)
    return listing(as_bytes(page))


@reconciliation.route("/v1/reconciliation/alerts/<alert_id>", methods=["GET"], parameters=[ALERT_ID])
@reconciliation.requires("reconciliation:read")
@reconciliation.answers(200, SettlementAlert, description="The difference.", example=examples.ALERT)
@reconciliation.answers(304, description="It is as the ETag in If-None-Match says.")
@reconciliation.refuses("not_found")
def read_alert(alert_id: str) -> Response:
    """Read a difference

    What we say, what the file says, and where each says so.
    """
    return resource(as_bytes(alert_json(lists.get_alert(decode("alr", alert_id)))))
