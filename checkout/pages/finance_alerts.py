"""The alerts: filtered, the worst first, as a page and as a file; and the views of them that somebody keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import business_day, clock
from checkout.core.errors import InvalidParameter
from checkout.db.session import atomic
from checkout.identity import saved_views
from checkout.pages import access
from checkout.pages.csv_file import Cell, amount_cells, csv_response
from checkout.pages.filters import Filters, read_cut
from checkout.pages.finance_alert_filters import AGE_WORDS, SORTS, read_alert_filters, sort_of, wanted_of
from checkout.pages.finance_alert_words import DEEDS, done_words, spelled_out
from checkout.pages.finance_words import ALERT_STATES, SEVERITIES, code_word, page_of
from checkout.pages.password_pages import sentence
from checkout.pages.people_page import show as show_page
from checkout.reporting import alert_figures, alerts, reconciled
from checkout.reporting.alerts import AlertRow
from checkout.reporting.paging import EXPORTED, Page

LIST: Final = "finance_alerts"
HEADER: Final = (
    "id age_days age_bucket severity type business_date psp payment ours_minor theirs_minor difference_minor difference"
    " currency assignee state due_on cause last_note generated_at filter"
).split()


class AlertPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_alerts")
        blueprint.add_url_rule("/finance/alerts", "index", self.index)
        blueprint.add_url_rule("/finance/alerts.csv", "export", self.export)
        blueprint.add_url_rule("/finance/alerts/views", "keep", self.keep, methods=["POST"])
        blueprint.add_url_rule("/finance/alerts/views/<uuid:view>/drop", "drop", self.drop, methods=["POST"])
        return blueprint

    @access.page_requires("alerts:read")
    def index(self) -> Response:
        return _page(read_alert_filters(request.args), done=done_words(request.args))

    @access.page_requires("alerts:read")
    def export(self) -> Response:
        """The first rows of the filter as CSV, in the list's order, with the filter's words in every row."""
        filters, now = read_alert_filters(request.args), clock.utcnow()
        said = filters.said()
        rows = [] if filters.problems else alerts.export_alerts(wanted_of(filters), sort_of(filters), now)
        names = alert_figures.names_of(row.assignee for row in rows)
        day = now.astimezone(self._zone).date()
        return csv_response("alerts", day, HEADER, [_cells(row, names, now, said) for row in rows], said=said)

    @access.page_requires("alerts:read")
    def keep(self) -> BaseResponse:
        """The filter that is shown, under a name of its reader's own."""
        filters = read_alert_filters(request.form)
        if filters.problems:
            return _page(filters, status=422)
        query = urlencode({**filters.kept, **filters.sent})
        try:
            with atomic() as session:
                saved_views.save_view(
                    session,
                    access.person().user_id,
                    list=LIST,
                    name=request.form.get("name", ""),
                    query=query,
                    cause=access.person_cause(),
                )
        except InvalidParameter as wrong:
            return _page(filters, status=422, problem=sentence(wrong))
        return redirect(filters.url(done="view"), 303)

    @access.page_requires("alerts:read")
    def drop(self, view: UUID) -> BaseResponse:
        with atomic() as session:
            saved_views.drop_view(session, access.person().user_id, view, cause=access.person_cause())
        return redirect(url_for("finance_alerts.index", done="dropped"), 303)


def _page(filters: Filters, *, status: int = 200, done: str = "", problem: str = "") -> Response:
    now, sort = clock.utcnow(), sort_of(filters)
    page: Page[AlertRow] = Page((), 0, None, None)
    if not filters.problems:
        page = alerts.list_alerts(wanted_of(filters), sort, read_cut(request.args), now)
    unresolved = filters.values.get("status") not in ("all", "resolved")
    return show_page(
        "finance/alerts.html",
        status=422 if filters.problems else status,
        filters=filters,
        page=page,
        sort=sort,
        sorts=SORTS,
        order_words=SORTS[sort],
        unresolved=unresolved,
        bulk_most=alerts.BULK_MOST,
        deeds=DEEDS,
        ticked=request.args.get("tick") == "page",
        tick_url=filters.url(tick="page", **_cut()) + "#found",
        untick_url=filters.url(**_cut()) + "#found",
        exported=min(page.total, EXPORTED),
        views=_views(filters),
        own_views=_own_views(filters),
        names=alert_figures.names_of(row.assignee for row in page.rows),
        states=ALERT_STATES,
        severities=SEVERITIES,
        buckets=dict(AGE_WORDS),
        code_word=code_word,
        spelled_out=spelled_out,
        page_of=page_of,
        any_yet=bool(page.total or alert_figures.codes_seen()),
        last_runs=reconciled.last_runs(),
        today=business_day.day_of(now),
        now=now,
        done=done,
        problem=problem,
    )


def _cut() -> dict[str, str]:
    """Where the shown page begins, for an address that shows it again."""
    return {name: request.args[name] for name in ("after", "before") if request.args.get(name)}


def _views(filters: Filters) -> list[tuple[str, str, bool]]:
    """The views that everybody has: name, address, and whether it is the one that is shown."""
    path = url_for("finance_alerts.index")
    asked: dict[str, dict[str, str]] = {
        "All that wait": {},
        "Mine": {"assignee": "me"},
        "Unassigned > 2 days": {"assignee": "none", "age": "2+"},
        "Over 100 EUR": {"sort": "amount", "over": "100", "currency": "EUR"},
    }
    shown = {**filters.kept, **filters.sent}
    return [
        (name, f"{path}?{urlencode(query)}" if query else path, query == shown)
        for name, query in asked.items()
    ]


def _own_views(filters: Filters) -> list[tuple[saved_views.SavedView, str, bool]]:
    path, shown = url_for("finance_alerts.index"), {**filters.kept, **filters.sent}
    return [
        (view, f"{path}?{view.query}", dict(parse_qsl(view.query)) == shown)
        for view in saved_views.views_of(access.person().user_id, LIST)
    ]


def _cells(row: AlertRow, names: dict[str, str], now: datetime, said: str) -> tuple[Cell, ...]:
    amount: tuple[Cell, ...] = (None, None, None)
    if row.amount:
        amount = amount_cells(row.amount)
    return (
        row.public_id,
        row.days_old(now),
        row.bucket(now),
        row.severity,
        row.code,
        row.business_on.isoformat() if row.business_on else None,
        row.psp,
        row.payment or row.subject,
        row.ours_minor,
        row.theirs_minor,
        *amount,
        names.get(row.assignee, row.assignee) if row.assignee else None,
        row.status,
        row.due_on.isoformat() if row.due_on else None,
        row.parent,
        row.last_note,
        now,
        said,
    )
