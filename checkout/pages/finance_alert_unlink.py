"""Taking back that two records were joined: what it posts and leaves is shown first."""

from __future__ import annotations

from uuid import UUID

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout.alerts import desk
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.pages import access, once
from checkout.pages.alert_page import REFUSALS, show_alert, words
from checkout.pages.alert_plans import NOTE_LEAST
from checkout.pages.finance_alert_words import said
from checkout.pages.password_pages import sentence
from checkout.pages.people_page import show as show_page
from checkout.reconciliation.desk.unlink import preview_unlink, unlink_records
from checkout.reporting import alerts
from checkout.reporting.search_ids import own_id


def blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("finance_alert_unlink", url_prefix="/finance/alerts")
    blueprint.add_url_rule("/<alert>/unlink", "ask", ask)
    blueprint.add_url_rule("/<alert>/unlink", "unlink", unlink, methods=["POST"])
    return blueprint


@access.page_requires("alerts:write")
def ask(alert: str) -> Response:
    """What taking the join back would post, and leave of both."""
    return _preview(decode("alr", alert), request.args.get("other", ""))


@access.page_requires("alerts:write")
def unlink(alert: str) -> BaseResponse:
    """Once for each form that was shown, however often it is sent."""
    id, named, reason = decode("alr", alert), request.form.get("other", ""), request.form.get("reason", "")

    def work(session: Session) -> str:
        unlink_records(session, id, _other(named), reason=reason, by=access.person_cause())
        return url_for("finance_alert.show", alert=encode("alr", id), done="apart")

    try:
        return redirect(once.sent_once(work), 303)
    except InvalidParameter as wrong:
        return _preview(id, named, status=422, problem=sentence(wrong), reason=reason)
    except REFUSALS as wrong:
        return show_alert(id, status=409, problem=said(wrong))


def _preview(id: UUID, named: str, *, status: int = 200, problem: str = "", reason: str = "") -> Response:
    found = alerts.get_alert(id)
    try:
        with atomic() as session:
            ends = preview_unlink(session, id, _other(named))
    except (InvalidParameter, NotFound) as wrong:
        return show_alert(id, status=422, problem=said(wrong))
    except REFUSALS as wrong:
        return show_alert(id, status=409, problem=said(wrong))
    return show_page(
        "finance/unlink.html",
        status=status,
        alert=found,
        ends=ends,
        others={row.id: row for row in alerts.named([end.alert_id for end in ends])},
        reason=reason[: desk.TEXT_LENGTH],
        note_least=NOTE_LEAST,
        form_key=once.new_key(),
        problem=problem,
        **words(),
    )


def _other(named: str) -> UUID:
    found = own_id("alr", named)
    if found is None:
        raise InvalidParameter.at("/other", "name the alert that it is joined with, alr_…", "required")
    return found
