"""One alert: what we say beside what the file says, what may be the same, what was done; and the ways to explain it, each
with its journal entry shown before it is posted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout.alerts import desk
from checkout.approvals import AlreadyProposed
from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.explanations.words import word_of
from checkout.idempotency import KeyReused
from checkout.pages import access, once
from checkout.pages.alert_sides import sides_of
from checkout.pages.finance_alerts import read_day
from checkout.pages.finance_words import (
    ALERT_STATES,
    SEVERITIES,
    account_word,
    code_word,
    docs_of,
    first_step,
    page_of,
)
from checkout.pages.password_pages import sentence
from checkout.pages.people_page import show as show_page
from checkout.reconciliation.resolutions import (
    EXPLAINING,
    WORDS,
    Plan,
    ResolutionNotPossible,
    Unexplained,
    Way,
    plan,
    ways_of,
)
from checkout.reconciliation.resolve import resolve_difference, unexplained
from checkout.reporting import alert_figures, alerts, reconciled
from checkout.reporting.alerts import AlertRow

NOTE_LEAST: Final = 10  # characters: "ok" explains nothing
SEEN: Final = "looked_into"  # how an alert is closed that states no amount: nothing is posted
DONE: Final = {
    "assign": "It is yours.",
    "snooze": "It is put off.",
    "note": "Your note stands below.",
    "reopen": "It is open again. What its resolution posted stays.",
    "resolve": "Resolved: the entry is posted, and the difference is explained.",
    "seen": "Resolved.",
    "propose": "A second person decides about the write-off: nothing is posted until then.",
}
REFUSALS: Final = (desk.InvalidAlertState, ResolutionNotPossible, AlreadyProposed, KeyReused)


class AlertPage:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_alert", url_prefix="/finance/alerts")
        blueprint.add_url_rule("/<alert>", "show", self.show)
        blueprint.add_url_rule("/<alert>/resolve", "ask", self.ask)
        for name in ("assign", "snooze", "note", "reopen", "resolve"):
            blueprint.add_url_rule(f"/<alert>/{name}", name, getattr(self, name), methods=["POST"])
        return blueprint

    @access.page_requires("alerts:read")
    def show(self, alert: str) -> Response:
        return _page(decode("alr", alert), done=DONE.get(request.args.get("done", ""), ""))

    @access.page_requires("alerts:write")
    def assign(self, alert: str) -> BaseResponse:
        to = access.principal().actor
        return _do(alert, "assign", lambda session, id: desk.assign(session, id, to=to, by=_by()))

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
    def ask(self, alert: str) -> Response:
        """The entry that a way would post, before anybody posts it."""
        return _preview(decode("alr", alert), request.args)

    @access.page_requires("alerts:write")
    def resolve(self, alert: str) -> BaseResponse:
        """Once for each form that was shown, however often it is sent."""
        id, sent = decode("alr", alert), request.form
        try:
            return redirect(once.sent_once(lambda session: self._resolve(session, id)), 303)
        except InvalidParameter as wrong:
            return _preview(id, sent, status=422, problem=sentence(wrong))
        except REFUSALS as wrong:
            return _page(id, status=409, problem=_said(wrong))

    def _resolve(self, session: Session, id: UUID) -> str:
        sent, note = request.form, request.form.get("note", "").strip()
        if len(note) < NOTE_LEAST:
            raise InvalidParameter.at(
                "/note", f"the note says why, in {NOTE_LEAST} characters or more", "required"
            )
        address, way = url_for("finance_alert.show", alert=encode("alr", id)), sent.get("way", "")
        if way == SEEN:
            _close_without_amount(session, id, note)
            return f"{address}?done=seen"
        if way not in WORDS:
            raise InvalidParameter.at("/way", "choose how it is explained", "required")
        until = read_day(sent.get("until", ""), self._zone) if way == "expected_later" else None
        done = resolve_difference(
            session,
            id,
            way=way,
            note=note,
            by=_by(),
            account=sent.get("account") or None,
            until=until,
        )
        said = "propose" if done.approval_id else "snooze" if until else "resolve"
        return f"{address}?done={said}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A way that is open, and whether it has to name an account or a day."""

    way: str
    words: str
    wants_account: bool
    wants_day: bool


def _by() -> Cause:
    return access.person_cause()


def _do(alert: str, deed: str, act: Callable[[Session, UUID], None]) -> BaseResponse:
    id = decode("alr", alert)
    try:
        with atomic() as session:
            act(session, id)
    except InvalidParameter as wrong:
        return _page(id, status=422, problem=sentence(wrong))
    except REFUSALS as wrong:
        return _page(id, status=409, problem=_said(wrong))
    return redirect(url_for("finance_alert.show", alert=alert, done=deed), 303)


def _page(id: UUID, *, status: int = 200, done: str = "", problem: str = "") -> Response:
    found, history = alerts.get_alert(id), desk.history(id)
    difference = _unexplained(id)
    open_now = found.status != "resolved"
    run = reconciled.run_of(found.psp, found.business_on) if found.psp and found.business_on else None
    return show_page(
        "finance/alert.html",
        status=status,
        alert=found,
        difference=difference,
        choices=_choices(found, difference) if open_now else [],
        sides=sides_of(found),
        alike=alert_figures.alike(id) if open_now else [],
        history=history,
        names=alert_figures.names_of([found.assignee, found.resolved_by, *(note.author for note in history)]),
        run=run,
        first_step=first_step(found.code),
        docs=docs_of(found.code),
        explaining=EXPLAINING,
        now=clock.utcnow(),
        done=done,
        problem=problem,
        **_words(),
    )


def _preview(id: UUID, sent: Mapping[str, str], *, status: int = 200, problem: str = "") -> Response:
    found, difference = alerts.get_alert(id), _unexplained(id)
    if found.status == "resolved":
        return _page(id, status=409, problem="It is resolved: open it again first.")
    way, account = sent.get("way", ""), sent.get("account", "")
    choice = next((each for each in _choices(found, difference) if each.way == way), None)
    if choice is None:
        return _page(id, status=422, problem="Choose how it is explained.")
    wanted: Plan | None = None
    if difference is not None:
        try:
            wanted = plan(difference, cast(Way, way), account=account or None)
        except InvalidParameter:
            return _page(id, status=422, problem="Choose the account that explains it.")
    return show_page(
        "finance/resolve.html",
        status=status,
        alert=found,
        difference=difference,
        choice=choice,
        plan=wanted,
        account=account,
        note=sent.get("note", "")[: desk.TEXT_LENGTH],
        note_least=NOTE_LEAST,
        until=sent.get("until", "")[:10],
        form_key=once.new_key(),
        problem=problem,
        **_words(),
    )


def _choices(found: AlertRow, difference: Unexplained | None) -> list[Choice]:
    """The ways that are open. An alert that states no amount is closed by a note; one that does and is of no settlement
    is closed by what settles it, not from here."""
    if difference is None:
        return (
            [] if found.amount else [Choice(SEEN, "It has been looked into: nothing is booked", False, False)]
        )
    return [
        Choice(way, WORDS[way], way == "post_correction" and bool(difference.beyond), way == "expected_later")
        for way in ways_of(difference)
    ]


def _close_without_amount(session: Session, id: UUID, note: str) -> None:
    found = alerts.get_alert(id)
    if found.amount or found.psp:
        raise ResolutionNotPossible("it states an amount: it is explained, not only closed")
    desk.resolve(session, id, kind=SEEN, note=note, by=_by())


def _unexplained(id: UUID) -> Unexplained | None:
    """None: the alert is of no settlement file."""
    try:
        with atomic() as session:
            return unexplained(session, id)
    except NotFound:
        return None


def _words() -> dict[str, Any]:
    return {
        "states": ALERT_STATES,
        "severities": SEVERITIES,
        "code_word": code_word,
        "account_word": account_word,
        "entry_word": word_of,
        "page_of": page_of,
        "public": encode,
    }


def _said(refusal: DomainError) -> str:
    text = (refusal.detail or "That did not work").rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
