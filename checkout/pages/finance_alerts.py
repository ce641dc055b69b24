"""The alerts: filtered, the worst first, saved views; and what is done to all that a filter finds, with its scope stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout.alerts import desk
from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.errors import InvalidParameter
from checkout.db.session import atomic
from checkout.pages import access
from checkout.pages.filters import Filters, Wanted, day_begins, read_cut, read_filters
from checkout.pages.finance_words import ALERT_STATES, SEVERITIES, code_word, page_of
from checkout.pages.password_pages import sentence
from checkout.pages.people_page import show as show_page
from checkout.reporting import alert_figures, alerts, reconciled
from checkout.reporting.alerts import AlertFilter, AlertRow, Sort
from checkout.reporting.paging import Page
from checkout.reporting.search_ids import own_id

SORTS: Final[dict[Sort, str]] = {
    "severity": "worst first, then oldest",
    "amount": "largest difference first",
    "age": "oldest first",
}
AGE_WORDS: Final = [
    ("0-1", "0 to 1 day"), ("2-3", "2 to 3 days"), ("4-7", "4 to 7 days"), ("8-30", "8 to 30 days"),
    ("31+", "More than 30 days"), ("2+", "2 days and more"),
]  # fmt: skip
WHOSE: Final = [("me", "Me"), ("none", "Nobody")]
STATUSES: Final = [
    *((status, words.word) for status, words in ALERT_STATES.items()),
    ("all", "All, resolved ones too"),
]
DONE: Final = {"assign": "They are yours.", "snooze": "They are put off."}
OVER_MOST: Final = 9  # digits


class AlertPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_alerts", url_prefix="/finance/alerts")
        blueprint.add_url_rule("", "index", self.index)
        blueprint.add_url_rule("/bulk", "bulk", self.bulk, methods=["POST"])
        return blueprint

    @access.page_requires("alerts:read")
    def index(self) -> Response:
        return self._page(_filters(request.args), done=DONE.get(request.args.get("done", ""), ""))

    @access.page_requires("alerts:write")
    def bulk(self) -> BaseResponse:
        """The same to all that the filter finds: as many as were shown, and the same ones, or nothing is done."""
        filters, deed = _filters(request.form), request.form.get("deed", "")
        if deed not in DONE or filters.problems:
            return self._page(filters, status=422, problem="Choose what is done to them.")
        try:
            with atomic() as session:
                ids = alerts.lock_matching(session, _wanted(filters), clock.utcnow())
                if refusal := _refusal(ids):
                    return self._page(filters, status=409, problem=refusal)
                for id in ids:
                    self._do(session, id, deed)
        except InvalidParameter as wrong:
            return self._page(filters, status=422, problem=sentence(wrong))
        except desk.InvalidAlertState as wrong:
            return self._page(filters, status=409, problem=f"{str(wrong.detail).capitalize()}.")
        return redirect(filters.url(done=deed), 303)

    def _do(self, session: Session, id: UUID, deed: str) -> None:
        by = access.person_cause()
        if deed == "assign":
            desk.assign(session, id, to=access.principal().actor, by=by)
            return
        until = read_day(request.form.get("until", ""), self._zone)
        desk.snooze(session, id, until=until, reason=request.form.get("reason", ""), by=by)

    def _page(self, filters: Filters, *, status: int = 200, done: str = "", problem: str = "") -> Response:
        now, sort = clock.utcnow(), cast(Sort, filters.kept.get("sort", "severity"))
        page: Page[AlertRow] = Page((), 0, None, None)
        matching: list[UUID] = []
        if not filters.problems:
            wanted = _wanted(filters)
            page = alerts.list_alerts(wanted, sort, read_cut(request.args), now)
            matching = [] if wanted.status in ("all", "resolved") else list(alerts.matching(wanted, now))
        return show_page(
            "finance/alerts.html",
            status=422 if filters.problems else status,
            filters=filters,
            page=page,
            sort=sort,
            sorts=SORTS,
            order_words=SORTS[sort],
            matching=len(matching),
            set_name=alerts.set_name(matching),
            bulk_most=alerts.BULK_MOST,
            views=_views(),
            names=alert_figures.names_of(row.assignee for row in page.rows),
            states=ALERT_STATES,
            severities=SEVERITIES,
            code_word=code_word,
            page_of=page_of,
            any_yet=bool(page.total or alert_figures.codes_seen()),
            last_runs=reconciled.last_runs(),
            now=now,
            done=done,
            problem=problem,
        )


def read_day(text: str, zone: ZoneInfo) -> datetime:
    """The first moment of a business day that a form names.

    Raises:
        InvalidParameter: it is no day.
    """
    try:
        found = day_begins(text[:10], zone)
    except ValueError:
        found = None
    if found is None:
        raise InvalidParameter.at("/until", "say until which day, such as 2026-03-14", "required")
    return found


def _refusal(ids: Sequence[UUID]) -> str:
    """Why the form that was sent does not mean these alerts any more; empty where it does."""
    expected = request.form.get("expected", "")
    if len(ids) > alerts.BULK_MOST:
        return f"More than {alerts.BULK_MOST} match: narrow the filter first."
    if expected != str(len(ids)):
        return f"Now {len(ids)} match. Review again: nothing was changed."
    if request.form.get("set", "") != alerts.set_name(ids):
        return f"As many match, {len(ids)}, but not the same ones. Review again: nothing was changed."
    return ""


def _views() -> dict[str, str]:
    """The views that everybody has: what the address says, and their names."""
    path = url_for("finance_alerts.index")
    return {
        "All that wait": path,
        "Mine": f"{path}?assignee=me",
        "Unassigned > 2 days": f"{path}?assignee=none&age=2%2B",
        "Over 100": f"{path}?over=100&sort=amount",
    }


def _filters(sent: Mapping[str, str]) -> Filters:
    codes = [(code, code_word(code)) for code in alert_figures.codes_seen()]
    psps = [(psp, psp) for psp in alert_figures.psps_seen()]
    wanted = (
        Wanted("code", "Type", options=codes or [("", "None yet")]),
        Wanted("status", "State", options=STATUSES),
        Wanted("assignee", "Whose", options=WHOSE),
        Wanted("age", "Age", options=AGE_WORDS),
        Wanted("psp", "PSP", options=psps or [("", "None yet")]),
        Wanted("day", "Business day", type="date"),
        Wanted("currency", "Currency"),
        Wanted("over", "Difference over (whole units)"),
        Wanted("seller", "Seller (sel_…)"),
    )
    sort = sent.get("sort", "severity")
    kept = {"sort": sort} if sort in SORTS and sort != "severity" else {}
    filters = read_filters(url_for("finance_alerts.index"), wanted, sent, kept)
    asked = filters.values
    if "currency" in asked and asked["currency"].upper() not in CODES:
        filters = filters.with_problem("currency", "A currency is three letters, such as EUR.")
    over = asked.get("over", "0")
    if not (over.isascii() and over.isdigit() and len(over) <= OVER_MOST):
        filters = filters.with_problem("over", "A whole number, such as 100.")
    if "seller" in asked and own_id("sel", asked["seller"]) is None:
        filters = filters.with_problem("seller", "A seller's id begins with sel_.")
    return filters


def _wanted(filters: Filters) -> AlertFilter:
    asked = filters.values
    whose = {"me": access.principal().actor, "none": ""}
    return AlertFilter(
        status=asked.get("status", "unresolved"),
        code=asked.get("code"),
        currency=asked["currency"].upper() if "currency" in asked else None,
        assignee=whose[asked["assignee"]] if "assignee" in asked else None,
        psp=asked.get("psp"),
        business_on=date.fromisoformat(asked["day"]) if "day" in asked else None,
        age=asked.get("age"),
        over=int(asked["over"]) if "over" in asked else None,
        seller=own_id("sel", asked["seller"]) if "seller" in asked else None,
    )
