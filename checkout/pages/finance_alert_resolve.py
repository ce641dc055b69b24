"""The ways to explain an alert's difference, each with its journal entries shown before they are posted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from checkout.alerts import desk
from checkout.core.errors import InvalidParameter
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.pages import access, once
from checkout.pages.alert_page import REFUSALS, Choice, choices, show_alert, unexplained_of, words
from checkout.pages.alert_plans import NOTE_LEAST, SEEN
from checkout.pages.alert_suggestions import split_boxes
from checkout.pages.finance_alert_filters import read_day
from checkout.pages.finance_alert_words import said
from checkout.pages.password_pages import sentence
from checkout.pages.people_page import show as show_page
from checkout.pages.typed_money import typed_amount
from checkout.reconciliation.desk.link import TO_MOST
from checkout.reconciliation.desk.resolutions import WORDS, Plan, ResolutionNotPossible, Way
from checkout.reconciliation.desk.resolve import preview, resolve_difference, unexplained
from checkout.reconciliation.desk.unexplained import Unexplained
from checkout.reporting import alerts
from checkout.reporting.search_ids import own_id

LINK: Final[Way] = "link_records"
DIGITS_MOST: Final = 20

Sent = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for beside the way. `amount`: the part, with the sign of what is left; None is all of it."""

    account: str | None
    amount: Money | None
    claim: UUID | None
    to: tuple[str, ...]


class AlertResolution:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_alert_resolve", url_prefix="/finance/alerts")
        blueprint.add_url_rule("/<alert>/resolve", "ask", self.ask)
        blueprint.add_url_rule("/<alert>/resolve", "resolve", self.resolve, methods=["POST"])
        return blueprint

    @access.page_requires("alerts:write")
    def ask(self, alert: str) -> Response:
        """The entries that a way would post, before anybody posts them."""
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
            return show_alert(id, status=409, problem=said(wrong))

    def _resolve(self, session: Session, id: UUID) -> str:
        sent, note, way = request.form, request.form.get("note", "").strip(), request.form.get("way", "")
        if len(note) < NOTE_LEAST:
            raise InvalidParameter.at(
                "/note", f"the note says why, in {NOTE_LEAST} characters or more", "required"
            )
        address = url_for("finance_alert.show", alert=encode("alr", id))
        if way == SEEN:
            _close_without_amount(session, id, note)
            return f"{address}?done=seen"
        if way not in WORDS:
            raise InvalidParameter.at("/way", "choose how it is explained", "required")
        asked = _asked(sent, unexplained(session, id))
        until = read_day(sent.get("until", ""), self._zone) if way == "expected_later" else None
        done = resolve_difference(
            session,
            id,
            way=way,
            note=note,
            by=access.person_cause(),
            account=asked.account,
            until=until,
            amount=asked.amount,
            claim=asked.claim,
            to=asked.to,
        )
        if done.approval_id:
            return f"{address}?done=propose"
        if until:
            return f"{address}?done=snooze"
        return f"{address}?done={'part' if done.plan.rest else 'link' if way == LINK else 'resolve'}"


def _preview(id: UUID, sent: Sent, *, status: int = 200, problem: str = "") -> Response:
    found, difference = alerts.get_alert(id), unexplained_of(id)
    if found.status == "resolved":
        return show_alert(id, status=409, problem="It is resolved: open it again first.")
    way = sent.get("way", "")
    open_ways = (
        [*choices(found, difference), Choice(LINK, WORDS[LINK])] if difference else choices(found, None)
    )
    choice = next((each for each in open_ways if each.way == way), None)
    if choice is None:
        return show_alert(id, status=422, problem="Choose how it is explained.")
    wanted: Plan | None = None
    if difference is not None:
        try:
            with atomic() as session:
                asked = _asked(sent, difference)
                wanted = preview(
                    session,
                    id,
                    way=cast(Way, way),
                    account=asked.account,
                    amount=asked.amount,
                    claim=asked.claim,
                    to=asked.to,
                )
        except InvalidParameter as wrong:
            return show_alert(id, status=422, problem=_why(way, sent, wrong), ticked=_to(sent))
        except ResolutionNotPossible as wrong:
            return show_alert(id, status=409, problem=said(wrong), ticked=_to(sent))
    return show_page(
        "finance/resolve.html",
        status=status,
        alert=found,
        difference=difference,
        choice=choice,
        plan=wanted,
        kept=[(name, value) for name in ("account", "amount", "claim") if (value := sent.get(name, ""))],
        to=_to(sent),
        note=sent.get("note", "")[: desk.TEXT_LENGTH],
        note_least=NOTE_LEAST,
        until=sent.get("until", "")[:10],
        form_key=once.new_key(),
        problem=problem,
        **words(),
    )


def _asked(sent: Sent, difference: Unexplained | None) -> Asked:
    """
    Raises:
        InvalidParameter: the part is no amount of the difference's currency.
    """
    part: Money | None = None
    if difference is not None:
        typed = typed_amount(sent.get("amount", "")[:DIGITS_MOST], difference.beyond.currency, "amount")
        part = (typed if difference.beyond.amount_minor > 0 else -typed) if typed else None
    return Asked(sent.get("account") or None, part, own_id("alr", sent.get("claim", "")), tuple(_to(sent)))


def _to(sent: Sent) -> list[str]:
    return split_boxes(sent.getlist("to"), TO_MOST)


def _why(way: str, sent: Sent, wrong: InvalidParameter) -> str:
    if way == "post_correction" and not sent.get("account"):
        return "Choose the account that explains it."
    if way == LINK and not sent.getlist("to"):
        return "Tick the record that it belongs to."
    return sentence(wrong)


def _close_without_amount(session: Session, id: UUID, note: str) -> None:
    found = alerts.get_alert(id)
    if found.amount or found.psp:
        raise ResolutionNotPossible("it states an amount: it is explained, not only closed")
    desk.resolve(session, id, kind=SEEN, note=note, by=access.person_cause())
