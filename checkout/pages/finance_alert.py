"""One alert: what we say beside what the file says, what may be the same, what was done; and the desk's work with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout.alerts import desk, escalate
from checkout.alerts.due import set_due
from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.pages import access
from checkout.pages.alert_page import REFUSALS, left_of, show_alert, unexplained_of
from checkout.pages.alert_suggestions import split_boxes
from checkout.pages.finance_alert_filters import read_day, read_due
from checkout.pages.finance_alert_words import said
from checkout.pages.password_pages import sentence
from checkout.reconciliation.desk.link import TO_MOST
from checkout.reporting import alert_people
from checkout.reporting.search_ids import own_id

DONE: Final = {
    "assign": "It is yours.",
    "given": "It is given.",
    "snooze": "It is put off.",
    "note": "Your note stands below.",
    "escalate": "It is handed on, and an email with your note is on its way.",
    "cause": "It hangs on its cause.",
    "due": "Its day is set.",
    "undue": "It is due on no day.",
    "reopen": "It is open again. What its resolution posted stays.",
    "resolve": "Resolved: the entry is posted, and the difference is explained.",
    "part": "A part is explained. What is left stands below.",
    "link": "Joined with the other record.",
    "apart": "It is not joined with the other record any more: what is unexplained of it stands below.",
    "seen": "Resolved.",
    "propose": "A second person decides about it: nothing is posted until then.",
}


class AlertPage:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_alert", url_prefix="/finance/alerts")
        blueprint.add_url_rule("/<alert>", "show", self.show)
        blueprint.add_url_rule("/<alert>/left", "left", self.left)
        for name in ("assign", "snooze", "note", "reopen", "escalate", "cause", "due"):
            blueprint.add_url_rule(f"/<alert>/{name}", name, getattr(self, name), methods=["POST"])
        return blueprint

    @access.page_requires("alerts:read")
    def show(self, alert: str) -> Response:
        done = DONE.get(request.args.get("done", ""), "")
        return show_alert(decode("alr", alert), done=done, ticked=ticked_in_address())

    @access.page_requires("alerts:read")
    def left(self, alert: str) -> Response:
        """What would be left with what is ticked: the part of the page that changes while one ticks."""
        id = decode("alr", alert)
        left = left_of(id, unexplained_of(id), ticked_in_address())
        if left is None:
            raise NotFound("no such difference")
        return make_response(render_template("finance/_alert_left.html", left=left, announce=True))

    @access.page_requires("alerts:write")
    def assign(self, alert: str) -> BaseResponse:
        """To oneself, or to whom the form names."""
        to = request.form.get("to") or access.principal().actor
        deed = "assign" if to == access.principal().actor else "given"

        def give(session: Session, id: UUID) -> None:
            if to not in alert_people.workers():
                raise InvalidParameter.at("/to", "choose somebody who works on alerts", "required")
            desk.assign(session, id, to=to, by=_by())

        return _do(alert, deed, give)

    @access.page_requires("alerts:write")
    def snooze(self, alert: str) -> BaseResponse:
        def put_off(session: Session, id: UUID) -> None:
            until = read_day(request.form.get("until", ""), self._zone)
            desk.snooze(session, id, until=until, reason=request.form.get("reason", ""), by=_by())

        return _do(alert, "snooze", put_off)

    @access.page_requires("alerts:write")
    def note(self, alert: str) -> BaseResponse:
        text = request.form.get("text", "")
        return _do(alert, "note", lambda session, id: desk.add_note(session, id, text=text, by=_by()))

    @access.page_requires("alerts:write")
    def reopen(self, alert: str) -> BaseResponse:
        why = request.form.get("reason", "")
        return _do(alert, "reopen", lambda session, id: desk.reopen(session, id, reason=why, by=_by()))

    @access.page_requires("alerts:write")
    def escalate(self, alert: str) -> BaseResponse:
        to, note = request.form.get("to", ""), request.form.get("note", "")

        def hand_on(session: Session, id: UUID) -> None:
            if to.startswith("person:") and to not in alert_people.workers():
                raise InvalidParameter.at("/to", "choose somebody who works on alerts", "required")
            escalate.escalate(session, id, to=to, note=note, by=_by())

        return _do(alert, "escalate", hand_on)

    @access.page_requires("alerts:write")
    def cause(self, alert: str) -> BaseResponse:
        """Hangs it on another alert; on none, where the form names none."""
        named, note = request.form.get("cause", "").strip(), request.form.get("note", "")

        def hang(session: Session, id: UUID) -> None:
            cause_id = own_id("alr", named)
            if named and cause_id is None:
                raise InvalidParameter.at("/cause", "an alert's id begins with alr_", "invalid_format")
            escalate.set_cause(session, id, cause_id=cause_id, note=note, by=_by())

        return _do(alert, "cause", hang)

    @access.page_requires("alerts:write")
    def due(self, alert: str) -> BaseResponse:
        """By when it should be explained; by no day, where the form names none."""
        named, why = request.form.get("due_on", "").strip(), request.form.get("reason", "")

        def fall_due(session: Session, id: UUID) -> None:
            set_due(session, id, due_on=read_due(named), reason=why, by=_by())

        return _do(alert, "due" if named else "undue", fall_due)


def ticked_in_address() -> list[str]:
    return split_boxes(request.args.getlist("to"), TO_MOST)


def _by() -> Cause:
    return access.person_cause()


def _do(alert: str, deed: str, act: Callable[[Session, UUID], None]) -> BaseResponse:
    id = decode("alr", alert)
    try:
        with atomic() as session:
            act(session, id)
    except InvalidParameter as wrong:
        return show_alert(id, status=422, problem=sentence(wrong))
    except REFUSALS as wrong:
        return show_alert(id, status=409, problem=said(wrong))
    return redirect(url_for("finance_alert.show", alert=alert, done=deed), 303)
