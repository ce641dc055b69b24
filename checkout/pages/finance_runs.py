"""Nights compared: the list of runs, and one run with counts that add up; to compare again, and beside another day."""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.core.ids import decode, encode
from checkout.pages import access
from checkout.pages.csv_file import amount_cells, csv_response
from checkout.pages.filters import Filters, Wanted, read_cut, read_filters
from checkout.pages.finance_days import days_asked, read_day
from checkout.pages.finance_run_facts import facts_of, history_of, last_of, took
from checkout.pages.finance_words import RUN_STATES
from checkout.pages.payment_words import StateWords
from checkout.pages.people_page import show as show_page
from checkout.psp import registry
from checkout.reconciliation.night.comparisons import findings_of
from checkout.reconciliation.night.later import compare_later, is_long
from checkout.reconciliation.night.run import run_day
from checkout.reporting import alert_figures, reconciled
from checkout.reporting.legs import three_legs
from checkout.reporting.paging import Page
from checkout.reporting.reconciled import RunRow

PSP_LENGTH: Final = 40
EXPORTED: Final = ("code", "alert", "subject", "difference_minor", "difference", "currency", "explained")
LEG_WORDS: Final = {
    "customers": ("Customers", "What shoppers paid, beside the PSPs' files"),
    "sellers": ("Sellers", "Our payouts, beside the PSPs' transfers"),
    "bank": ("Bank", "The PSPs' payouts to us, beside our bank's statements"),
}
LEG_STATES: Final = {
    "differences": StateWords("Differences", "care"),
    "waiting": StateWords("Waiting for rows", "waiting"),
    "ok": StateWords("All explained", "good"),
    "none": StateWords("Nothing yet", "calm"),
}
DONE: Final = {
    "compared": "Compared: the counts below are what it came to now.",
    "asked": "Asked for: the day has many rows, and is compared in the background. Look again in a moment.",
}
COUNTS: Final = {
    "rows": "Rows received",
    "matched": "Matched",
    "differing": "Differing",
    "rejected": "Kept out",
    "missing": "Ours that no row tells of",
    "waiting": "Ours that may still come",
    "open": "Differences that nobody explained",
}


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("finance_runs", url_prefix="/finance/reconciliation/runs")
    blueprint.add_url_rule("", "index", index)
    blueprint.add_url_rule("", "compare", compare, methods=["POST"])
    blueprint.add_url_rule("/<run>", "show", show)
    blueprint.add_url_rule("/<run>/progress", "progress", progress)
    blueprint.add_url_rule("/<run>/differences.csv", "export", export)
    return blueprint


@access.page_requires("reconciliation:read")
def index() -> Response:
    return _list()


@access.page_requires("reconciliation:write")
def compare() -> BaseResponse:
    """A day of a PSP has one run: asked for again it is compared again, and says the same unless something changed."""
    psp, text = request.form.get("psp", "").strip()[:PSP_LENGTH], request.form.get("day", "").strip()
    day = read_day(text)
    if psp not in _psps() or day is None:
        return _list(
            status=422, problem="Say of which PSP, and which day that has passed, such as 2026-03-14."
        )
    by, cause = access.principal().actor, access.person_cause()
    if is_long(psp, day):
        compare_later(psp, day, by=by, cause=cause)
        there = reconciled.run_of(psp, day)
        if there is None:
            return redirect(url_for("finance_runs.index", psp=psp, done="asked"), 303)
        return redirect(url_for("finance_runs.show", run=there.public_id, done="asked"), 303)
    outcome = run_day(psp, day, by=by, cause=cause)
    return redirect(url_for("finance_runs.show", run=encode("run", outcome.id), done="compared"), 303)


@access.page_requires("reconciliation:read")
def show(run: str) -> Response:
    found = reconciled.get_run(decode("run", run))
    other = _other(found)
    return show_page(
        "finance/run.html",
        **facts_of(found),
        done=DONE.get(request.args.get("done", ""), ""),
        others=[each for each in reconciled.neighbours(found)],
        other=other,
        beside=_beside(found, other) if other else [],
        counts=COUNTS,
        **history_of(found),
    )


@access.page_requires("reconciliation:read")
def export(run: str) -> Response:
    """What stood when the day was last compared, for a spreadsheet."""
    found = reconciled.get_run(decode("run", run))
    last = last_of(found)
    findings = findings_of(found.id, last.number) if last else ()
    rows = [
        (
            each.code,
            encode("alr", each.alert_id) if each.alert_id else "",
            each.subject,
            *amount_cells(each.difference),
            "yes" if each.resolved else "no",
        )
        for each in findings
    ]
    return csv_response(
        "differences", found.business_on, EXPORTED, rows, said=found.public_id, of=found.public_id
    )


@access.page_requires("reconciliation:read")
def progress(run: str) -> Response:
    """How it stands, for the page that watches it; without scripts the page itself is loaded again."""
    return show_page("finance/_run_state.html", **facts_of(reconciled.get_run(decode("run", run))))


def _list(*, status: int = 200, problem: str = "") -> Response:
    filters = _filters()
    page: Page[RunRow] = Page((), 0, None, None)
    if not filters.problems:
        days = days_asked(filters.values, "from", "to")
        page = reconciled.list_runs(
            read_cut(request.args),
            psp=filters.values.get("psp"),
            first_on=days.get("from"),
            last_on=days.get("to"),
        )
    return show_page(
        "finance/runs.html",
        status=422 if filters.problems else status,
        filters=filters,
        page=page,
        states=RUN_STATES,
        psps=_psps(),
        psp=registry.current().name,
        day=request.form.get("day", ""),
        names=alert_figures.names_of(row.started_by for row in page.rows),
        took=took,
        problem=problem,
        done=DONE.get(request.args.get("done", ""), ""),
        legs=three_legs(clock.utcnow()),
        leg_words=LEG_WORDS,
        leg_states=LEG_STATES,
    )


def _filters() -> Filters:
    wanted = (
        Wanted("psp", "PSP", options=[(psp, psp) for psp in _psps()]),
        Wanted("from", "From day", type="date"),
        Wanted("to", "To day", type="date"),
    )
    sent = request.args if request.method == "GET" else {}
    return read_filters(url_for("finance_runs.index"), wanted, sent)


def _psps() -> list[str]:
    return sorted({*alert_figures.psps_seen(), registry.current().name})


def _other(found: RunRow) -> RunRow | None:
    asked = request.args.get("with", "")
    return reconciled.get_run(decode("run", asked)) if asked and asked != found.public_id else None


def _beside(found: RunRow, other: RunRow) -> list[tuple[str, int, int]]:
    return [(words, found.report.get(name, 0), other.report.get(name, 0)) for name, words in COUNTS.items()]
