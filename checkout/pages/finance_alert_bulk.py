"""The same done to many alerts: first what they are and come to, in a sentence; then all of them, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from checkout.alerts import desk, escalate
from checkout.approvals import AlreadyProposed
from checkout.core import clock
from checkout.core.errors import InvalidParameter
from checkout.core.ids import encode
from checkout.idempotency import KeyReused
from checkout.pages import access, once
from checkout.pages.alert_plans import NOTE_LEAST, SEEN, Together, all_done, plan_together, resolve_together
from checkout.pages.filters import Filters
from checkout.pages.finance_alert_filters import read_alert_filters, read_day, read_due, wanted_of
from checkout.pages.finance_alert_words import DEEDS, TITLES, said
from checkout.pages.finance_words import account_word, code_word
from checkout.pages.password_pages import sentence
from checkout.pages.people_page import show as show_page
from checkout.reconciliation.desk import bulk
from checkout.reconciliation.desk.resolutions import EXPLAINING, WORDS, ResolutionNotPossible
from checkout.reconciliation.desk.rest import lock
from checkout.reporting import alert_figures, alert_people, alerts
from checkout.reporting.alert_scope import scope_of
from checkout.reporting.search_ids import own_id

REFUSALS: Final = (
    desk.InvalidAlertState,
    ResolutionNotPossible,
    AlreadyProposed,
    KeyReused,
    bulk.BulkNotUniform,
)
SHOWN: Final = 20  # alerts that the page names one by one
TYPED: Final = ("to", "until", "due_on", "reason", "parent", "note", "way", "account")

Sent = MultiDict[str, str]


class AlertBulk:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_alert_bulk", url_prefix="/finance/alerts/bulk")
        blueprint.add_url_rule("", "ask", self.ask)
        blueprint.add_url_rule("", "act", self.act, methods=["POST"])
        return blueprint

    @access.page_requires("alerts:write")
    def ask(self) -> Response:
        """What would be done, to which, and what they come to. Nothing is done."""
        return _review(request.args)

    @access.page_requires("alerts:write")
    def act(self) -> BaseResponse:
        """Once for each form that was shown; the alerts that were shown, or none."""
        try:
            return redirect(once.sent_once(self._act), 303)
        except InvalidParameter as wrong:
            return _review(request.form, status=422, problem=sentence(wrong))
        except REFUSALS as wrong:
            return _review(request.form, status=409, problem=said(wrong))

    def _act(self, session: Session) -> str:
        sent, deed = request.form, request.form.get("deed", "")
        if deed not in DEEDS:
            raise InvalidParameter.at("/deed", "choose what is done to them", "required")
        filters = read_alert_filters(sent)
        if deed == "resolve":  # their differences before the alerts, as everybody locks them who explains one
            lock(session, _chosen(sent, filters))
        ids = _lock(session, sent, filters)
        if refusal := _refusal(sent, ids):
            raise desk.InvalidAlertState(refusal)
        came_to = getattr(self, f"_{deed}")(session, ids)
        return filters.url(done=came_to, n=str(len(ids)))

    def _assign(self, session: Session, ids: Sequence[UUID]) -> str:
        to = request.form.get("to", "")
        if to not in alert_people.workers():
            raise InvalidParameter.at("/to", "choose who gets them", "required")
        all_done(bulk.assign_all(session, ids, to=to, by=access.person_cause()))
        return "assign"

    def _snooze(self, session: Session, ids: Sequence[UUID]) -> str:
        until = read_day(request.form.get("until", ""), self._zone)
        reason = request.form.get("reason", "")
        all_done(bulk.snooze_all(session, ids, until=until, reason=reason, by=access.person_cause()))
        return "snooze"

    def _due(self, session: Session, ids: Sequence[UUID]) -> str:
        day, reason = read_due(request.form.get("due_on", "").strip()), request.form.get("reason", "")
        all_done(bulk.due_all(session, ids, due_on=day, reason=reason, by=access.person_cause()))
        return "due" if day else "undue"

    def _cause(self, session: Session, ids: Sequence[UUID]) -> str:
        cause, note = own_id("alr", request.form.get("parent", "").strip()), request.form.get("note", "")
        if cause is None:
            raise InvalidParameter.at("/parent", "name the alert that is the cause, alr_…", "required")
        for id in ids:
            escalate.set_cause(session, id, cause_id=cause, note=note, by=access.person_cause())
        return "cause"

    def _resolve(self, session: Session, ids: Sequence[UUID]) -> str:
        return resolve_together(session, ids, request.form, self._zone)


def _review(sent: Sent, *, status: int = 200, problem: str = "") -> Response:
    deed, filters = sent.get("deed", ""), read_alert_filters(sent)
    ids = _chosen(sent, filters)
    if not problem:
        problem = _unsound(deed, filters, ids)
        status = 422 if problem else status
    scope = scope_of(ids)
    together = plan_together(ids, scope, sent) if deed == "resolve" and ids else Together()
    rows = alerts.named(ids[:SHOWN])
    return show_page(
        "finance/alerts_bulk.html",
        status=status,
        deed=deed if deed in DEEDS else "",
        title=TITLES.get(deed, "Several alerts"),
        filters=filters,
        of="all" if sent.get("of") == "all" else "ticked",
        ids=[encode("alr", id) for id in ids],
        set_name=alerts.set_name(ids),
        scope=scope,
        rows=rows,
        together=together,
        acting=bool(ids) and deed in DEEDS and len(ids) <= alerts.BULK_MOST,
        workers=_workers(),
        causes=_causes(ids),
        typed={name: sent.get(name, "")[: desk.TEXT_LENGTH] for name in TYPED},
        names=alert_figures.names_of(row.assignee for row in rows),
        ways={**WORDS, SEEN: "They have been looked into: nothing is booked"},
        explaining=EXPLAINING,
        note_least=NOTE_LEAST,
        form_key=once.new_key(),
        code_word=code_word,
        account_word=account_word,
        problem=problem,
    )


def _chosen(sent: Sent, filters: Filters) -> list[UUID]:
    """Those that are ticked, or all that the filter finds; one more than may be, where there are more."""
    if sent.get("of") != "all":
        found = {id for text in sent.getlist("alert") if (id := own_id("alr", text)) is not None}
        return [row.id for row in alerts.named(sorted(found)[: alerts.BULK_MOST + 1])]
    if filters.problems:
        return []
    return list(alerts.matching(wanted_of(filters), clock.utcnow()))


def _lock(session: Session, sent: Sent, filters: Filters) -> Sequence[UUID]:
    if sent.get("of") != "all":
        return alerts.lock_these(session, _chosen(sent, filters))
    if filters.problems:
        return []
    return alerts.lock_matching(session, wanted_of(filters), clock.utcnow())


def _unsound(deed: str, filters: Filters, ids: Sequence[UUID]) -> str:
    if filters.problems:
        return " ".join(filters.problems.values())
    if deed not in DEEDS:
        return "Choose what is done to them."
    if not ids:
        return "None is chosen: tick some on the list first."
    return _too_many(ids)


def _too_many(ids: Sequence[UUID]) -> str:
    most = alerts.BULK_MOST
    return f"More than {most} match: narrow the filter first." if len(ids) > most else ""


def _refusal(sent: Sent, ids: Sequence[UUID]) -> str:
    """Why the form that was sent does not mean these alerts any more; empty where it does."""
    if refusal := _too_many(ids):
        return refusal
    if sent.get("expected", "") != str(len(ids)):
        return f"Now {len(ids)} match. Review again: nothing was changed."
    if sent.get("set", "") != alerts.set_name(ids):
        return f"As many match, {len(ids)}, but not the same ones. Review again: nothing was changed."
    return ""


def _workers() -> list[tuple[str, str]]:
    """Oneself first."""
    me = access.principal().actor
    found = alert_people.workers()
    return [(me, "Me"), *((actor, name) for actor, name in found.items() if actor != me)]


def _causes(ids: Sequence[UUID]) -> Sequence[alerts.AlertRow]:
    """Open alerts that may be the cause of these, the newest first."""
    chosen = set(ids)
    return [row for row in alerts.newest(SHOWN + len(chosen)) if row.id not in chosen][:SHOWN]
