"""Taking back that two differences were joined."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from checkout.api import alert_examples as examples
from checkout.api.alert_filters import own_id
from checkout.api.answers import respond
from checkout.api.auth import principal
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.idempotent_effect import once_in_one
from checkout.api.payments import KEY_ERRORS
from checkout.api.reconciliation_alerts import ACTING, JSON, ROUTE, TAGS, entry_json
from checkout.api.representations import as_bytes
from checkout.api.schemas.alert_actions import Apart, UnlinkAlert
from checkout.api.settlement_json import alert_json
from checkout.core.ids import decode, encode
from checkout.payments.answer import Answer
from checkout.reconciliation import lists
from checkout.reconciliation.desk.unlink import End, preview_unlink, unlink_records

alert_joins = ApiBlueprint("reconciliation_alert_joins", __name__, description="")


@alert_joins.route(f"{ROUTE}/unlink", methods=["POST"], parameters=ACTING, tags=TAGS)
@alert_joins.requires("alerts:write")
@alert_joins.answers(200, Apart, description="Apart, or what that would post.", example=examples.APART)
@alert_joins.refuses("not_found", "invalid_alert_state", "not_joined", *KEY_ERRORS)
@alert_joins.accepts(UnlinkAlert, example=examples.UNLINK)
def unlink(alert_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Take back that a difference was joined with another

    What joining took out of suspense lies there again, and whichever of both is unexplained then is open again. `dry_run`
    shows the entries and what would be left.
    """
    id, other = decode("alr", alert_id), own_id("alr", body["other"], "/other")
    lists.get_alert(id)

    def work(session: Session) -> Answer:
        if body["dry_run"]:
            ends = preview_unlink(session, id, other)
        else:
            ends = unlink_records(session, id, other, reason=body["reason"], by=principal().cause)
        shown = _apart(*ends) | {
            "dry_run": body["dry_run"],
            "alert": alert_json(lists.view_alert(session, id)),
        }
        return Answer(200, as_bytes(shown), JSON)

    return respond(once_in_one(sent, renderer(), work))


def _apart(one: End, other: End) -> dict[str, Any]:
    return {
        "object": "apart",
        "entries": [entry_json(entry) for end in (one, other) for entry in end.entries],
        "unexplained": one.rest.amount_minor,
        "other": encode("alr", other.alert_id),
        "other_unexplained": other.rest.amount_minor,
        "currency": one.rest.currency,
    }
