"""The journal of a period: what its file will say, the file itself, which months are locked, and what was exported."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout import approvals
from checkout.accounting import history, locks
from checkout.accounting.export import FORMS, Export, export_journal, preview
from checkout.accounting.journal_lines import DETAILS, FEW
from checkout.accounting.periods import Period, month_of, read_period
from checkout.accounting.profiles import Profile, ProfileInvalid, find_profile, load_profiles
from checkout.core import clock
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.pages import access
from checkout.pages.filters import Filters, Wanted, read_filters
from checkout.pages.password_pages import sentence
from checkout.pages.people_page import show as show_page
from checkout.reporting.alert_figures import names_of

PREVIEWED: Final = 20
AT_ONCE: Final = 1024 * 1024
PIECE: Final = 64 * 1024
DETAIL_WORDS: Final = {
    "postings": "Every posting",
    "days": "Sums by account and day",
    "period": "Sums by account",
}
FORM_WORDS: Final = {"csv": "CSV", "jsonl": "JSON lines"}
MIME: Final = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
DONE: Final = {
    "lock": "Proposed: the month is locked when a second person approves it.",
    "unlock": "Proposed: the month is unlocked when a second person approves it.",
}
WAYS: Final[dict[str, Callable[..., UUID]]] = {"lock": locks.propose_lock, "unlock": locks.propose_unlock}
REFUSALS: Final = (InvalidParameter, locks.PeriodState, approvals.AlreadyProposed)
DEFAULTS: Final = {"profile": "generic", "detail": "postings", "format": "csv"}

assert set(DETAIL_WORDS) == set(DETAILS)
assert set(FORM_WORDS) == set(FORMS)


class JournalPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_journal", url_prefix="/finance/journal")
        blueprint.add_url_rule("", "show", self.show)
        blueprint.add_url_rule("/file", "take", self.take, methods=["POST"])
        blueprint.add_url_rule("/periods", "propose", self.propose, methods=["POST"])
        return blueprint

    @access.page_requires("ledger:read")
    def show(self) -> Response:
        """Debit and credit of the period first: whoever takes the file has seen that they agree."""
        return self._page(request.args, done=DONE.get(request.args.get("done", ""), ""))

    @access.page_requires("ledger:read")
    def take(self) -> BaseResponse:
        """The whole file: made first, then sent, so that what is sent has its checksum in the history."""
        filters = self._filters(request.form)
        if filters.problems:
            return self._page(request.form)
        with ExitStack() as closing:
            file = closing.enter_context(TemporaryFile())
            try:
                made = self._written(file, filters.sent)
            except InvalidParameter as refusal:
                return self._page(request.form, status=422, problem=sentence(refusal))
            closing.pop_all()
        return _sent(file, made, MIME[filters.sent["format"]])

    def _written(self, file: IO[bytes], asked: Mapping[str, str]) -> Export:
        detail: Any = asked["detail"]
        form: Any = asked["format"]
        return export_journal(
            file,
            period=read_period(asked["period"], self._zone),
            profile=find_profile(asked["profile"]),
            detail=detail,
            form=form,
            by=access.person_cause(),
        )

    @access.page_requires("ledger:write")
    @access.after_step_up
    def propose(self) -> BaseResponse:
        """To lock a month, or to unlock it: a second person decides."""
        way, sent = request.form.get("way", ""), {"period": request.form.get("period", "")}
        if way not in WAYS:
            return self._page({}, status=422, problem="Choose to lock or to unlock.")
        try:
            period = read_period(sent["period"], self._zone)
            with atomic() as session:
                self._propose(session, way, period)
        except REFUSALS as refusal:
            status = 422 if isinstance(refusal, InvalidParameter) else 409
            return self._page(sent, status=status, problem=_said(refusal))
        return redirect(url_for("finance_journal.show", period=period.name, done=way), 303)

    def _propose(self, session: Session, way: str, period: Period) -> None:
        WAYS[way](session, period, reason=request.form.get("reason", ""), cause=access.person_cause())

    def _filters(self, arguments: Mapping[str, str]) -> Filters:
        """What is asked; without anything, the present month by the generic profile."""
        this_month = month_of(clock.utcnow().astimezone(self._zone).date(), self._zone)
        wanted = (
            Wanted("period", "Period"),
            Wanted(
                "profile", "Profile", options=[(each.full_name, _title(each)) for each in load_profiles()]
            ),
            Wanted("detail", "Detail", options=list(DETAIL_WORDS.items())),
            Wanted("format", "Format", options=list(FORM_WORDS.items())),
        )
        sent = {name: value for name, value in arguments.items() if value.strip()}
        sent = {"period": this_month.name, **DEFAULTS, **sent}
        with suppress(NotFound):  # then the filter says that there is no such choice
            sent["profile"] = find_profile(sent["profile"]).full_name
        filters = read_filters(url_for("finance_journal.show"), wanted, sent)
        if "period" in filters.values:
            try:
                read_period(filters.values["period"], self._zone)
            except InvalidParameter as refusal:
                filters = filters.with_problem("period", sentence(refusal))
        return filters

    def _page(
        self, arguments: Mapping[str, str], *, status: int = 200, done: str = "", problem: str = ""
    ) -> Response:
        try:
            filters = self._filters(arguments)
        except ProfileInvalid as error:
            return show_page("finance/journal.html", status=500, broken=str(error))
        now = clock.utcnow()
        found = {} if filters.problems else self._found(filters)
        months = history.months(now, self._zone, also=found.get("period"))
        exports = history.exports()
        people = [who for month in months for who in (month.locked_by, month.proposed_by) if who]
        return show_page(
            "finance/journal.html",
            status=422 if filters.problems and status == 200 else status,
            filters=filters,
            months=months,
            exports=exports,
            names=names_of([*people, *(each.made_by for each in exports)]),
            detail_words=DETAIL_WORDS,
            form_words=FORM_WORDS,
            lock_kind=locks.LOCK,
            reason_length=locks.REASON_LENGTH,
            done=done,
            problem=problem,
            few=FEW,
            money=Money,
            **found,
        )

    def _found(self, filters: Filters) -> dict[str, Any]:
        """What the file will hold."""
        period = read_period(filters.sent["period"], self._zone)
        profile = find_profile(filters.sent["profile"])
        detail: Any = filters.sent["detail"]
        shown = preview(period, profile, detail, rows=PREVIEWED)
        lines = [profile.delimiter.join(row) for row in (shown.header, *shown.rows)]
        return {
            "period": period,
            "profile": profile,
            "shown": shown,
            "text": "\n".join(lines).replace("\t", "    "),
            "balanced": all(each.debit_minor == each.credit_minor for each in shown.sums),
            "left_out": [each for each in shown.sums if not profile.takes(each.currency)],
        }


def _sent(file: IO[bytes], made: Export, mimetype: str) -> Response:
    """A short file at once, a long one a piece at a time; it is closed at the latest when the answer is over."""
    file.seek(0)
    answer = Response(mimetype=mimetype)
    if made.size <= AT_ONCE:
        with file:
            answer.set_data(file.read())
    else:
        answer.response = iter(partial(file.read, PIECE), b"")
        answer.call_on_close(file.close)
        answer.content_length = made.size
    digest = base64.b64encode(bytes.fromhex(made.sha256)).decode()
    answer.headers["Repr-Digest"] = f"sha-256=:{digest}:"  # RFC 9530
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer


def _title(profile: Profile) -> str:
    return f"{profile.title}, version {profile.version}"


def _said(refusal: DomainError) -> str:
    text = (refusal.detail or "That did not work").rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
