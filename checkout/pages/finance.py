"""Finance's first page and the payouts of all sellers: what waits for a second person, who is blocked and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout import approvals
from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.pages import access, finance_charts
from checkout.pages.filters import Filters, Wanted, day_begins, day_is_over, read_cut, read_filters
from checkout.pages.finance_words import RUN_STATES, code_word
from checkout.pages.people_page import show as show_page
from checkout.pages.seller_words import KINDS, PAYOUT_WORDS
from checkout.payouts import decide, holds
from checkout.payouts.blocked import blocked
from checkout.payouts.errors import InvalidPayoutState
from checkout.psp import registry
from checkout.reconciliation.progress import progress_of
from checkout.reporting import alert_figures, finance, finance_nights, reconciled, seller_payouts
from checkout.reporting import approvals as reading
from checkout.reporting.paging import Page
from checkout.reporting.seller_payouts import PayoutFilter, PayoutRow

BLOCKED_SHOWN: Final = 100
STATUS_WORDS: Final = [
    (status, f"{words.word} ({status.replace('_', ' ')})") for status, words in PAYOUT_WORDS.items()
]
WANTED: Final = (
    Wanted("status", "Status", options=STATUS_WORDS),
    Wanted("currency", "Currency"),
    Wanted("seller", "Seller (sel_…)"),
    Wanted("from", "From day", type="date"),
    Wanted("to", "To day", type="date"),
)
DONE: Final = {
    "approved": "Approved: the payout goes on its way.",
    "rejected": "Rejected: the amount is the seller's again.",
    "held": "No new payout of this seller is made until the hold is lifted.",
    "lifted": "The hold is lifted.",
}
REFUSALS: Final = (
    InvalidParameter,
    InvalidPayoutState,
    approvals.FourEyesRequired,
    approvals.InvalidApprovalState,
    holds.AlreadyHeld,
)


class FinancePages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance", url_prefix="/finance")
        blueprint.add_url_rule("", "home", self.home)
        blueprint.add_url_rule("/payouts", "payouts", self.payouts)
        blueprint.add_url_rule("/payouts/<payout>/approve", "approve", self.approve, methods=["POST"])
        blueprint.add_url_rule("/payouts/<payout>/reject", "reject", self.reject, methods=["POST"])
        blueprint.add_url_rule("/sellers/<seller>/hold", "hold", self.hold, methods=["POST"])
        blueprint.add_url_rule("/sellers/<seller>/release", "release", self.release, methods=["POST"])
        return blueprint

    @access.page_requires("approvals:read")
    def home(self) -> Response:
        now = clock.utcnow()
        return show_page(
            "finance/home.html",
            figures=finance.figures(now),
            **_night(now),
            **self._charts(now),
            checked_at=now,
        )

    def _charts(self, now: datetime) -> dict[str, Any]:
        """The last thirty days, as far as this person may see them."""
        today = now.astimezone(self._zone).date()
        first = today - timedelta(days=finance_charts.DAYS - 1)
        nights, charts = access.may("reconciliation:read"), []
        if nights:
            charts += finance_charts.matched_charts(finance_nights.matched(first), today)
            charts += finance_charts.differed_charts(finance_nights.differed(first), today)
        if access.may("alerts:read"):
            since = datetime.combine(first, datetime.min.time(), self._zone)
            resolved = finance_nights.resolved(since, str(self._zone))
            charts += [chart] if (chart := finance_charts.resolved_chart(resolved, today)) else []
        return {"charts": charts, "charted_days": finance_charts.DAYS}

    @access.page_requires("approvals:read")
    def payouts(self) -> Response:
        return self._page(done=DONE.get(request.args.get("done", ""), ""))

    @access.page_requires("payouts:approve")
    @access.after_step_up
    def approve(self, payout: str) -> BaseResponse:
        """Somebody else than who asked for it."""
        payout_id = decode("po", payout)
        try:
            with atomic() as session:
                decide.approve_payout(session, payout_id, by=access.person_cause())
        except REFUSALS as refusal:
            return self._page(status=409, problem=_sentence(refusal))
        return redirect(url_for("finance.payouts", done="approved"), 303)

    @access.page_requires("payouts:approve")
    @access.after_step_up
    def reject(self, payout: str) -> BaseResponse:
        payout_id, reason = decode("po", payout), request.form.get("reason", "").strip()[:500]
        if not reason:
            return self._page(status=422, problem="A rejection says why.")
        try:
            with atomic() as session:
                decide.reject_payout(session, payout_id, by=access.person_cause(), reason=reason)
        except REFUSALS as refusal:
            return self._page(status=409, problem=_sentence(refusal))
        return redirect(url_for("finance.payouts", done="rejected"), 303)

    @access.page_requires("payouts:hold")
    def hold(self, seller: str) -> BaseResponse:
        """No new payout; what was sent goes on."""
        seller_id = decode("sel", seller)
        try:
            with atomic() as session:
                holds.hold_payouts(
                    session, seller_id, reason=request.form.get("reason", ""), cause=access.person_cause()
                )
        except REFUSALS as refusal:
            status = 422 if isinstance(refusal, InvalidParameter) else 409
            return self._page(status=status, problem=_sentence(refusal))
        return redirect(url_for("admin_sellers.show", seller=encode("sel", seller_id), done="held"), 303)

    @access.page_requires("payouts:hold")
    def release(self, seller: str) -> BaseResponse:
        seller_id = decode("sel", seller)
        reason = request.form.get("reason", "").strip()
        if not reason:
            return self._page(status=422, problem="Say why the hold is lifted.")
        with atomic() as session:
            holds.release_payouts(session, seller_id, reason=reason, cause=access.person_cause())
        return redirect(url_for("admin_sellers.show", seller=encode("sel", seller_id), done="lifted"), 303)

    def _page(self, *, status: int = 200, done: str = "", problem: str = "") -> Response:
        filters = _filters()
        page: Page[PayoutRow] = Page((), 0, None, None)
        if not filters.problems:
            page = seller_payouts.list_payouts(self._wanted(filters), read_cut(request.args))
        stopped = blocked(registry.current(), limit=BLOCKED_SHOWN + 1)
        return show_page(
            "finance/payouts.html",
            status=422 if filters.problems else status,
            filters=filters,
            page=page,
            waiting=finance.awaiting_approval(),
            blocked=stopped[:BLOCKED_SHOWN],
            more_blocked=len(stopped) > BLOCKED_SHOWN,
            own_id=access.principal().public_id,
            states=PAYOUT_WORDS,
            kinds=KINDS,
            seller_id=lambda payout: encode("sel", payout.seller_id),
            done=done,
            problem=problem,
        )

    def _wanted(self, filters: Filters) -> PayoutFilter:
        asked = filters.values
        return PayoutFilter(
            seller_id=decode("sel", asked["seller"]) if "seller" in asked else None,
            status=asked.get("status"),
            currency=asked["currency"].upper() if "currency" in asked else None,
            created_from=day_begins(asked.get("from"), self._zone),
            created_before=day_is_over(asked.get("to"), self._zone),
        )


def _night(now: datetime) -> dict[str, Any]:
    """What is so of files, differences and the books, as far as this person may see it."""
    alerts, files, books = (access.may(f"{name}:read") for name in ("alerts", "reconciliation", "ledger"))
    runs = reconciled.last_runs() if files else []
    under_way = {run.id: progress_of(run.psp, run.business_on) for run in runs if run.state == "running"}
    return {
        "runs": runs,
        "under_way": under_way,
        "run_states": RUN_STATES,
        "unexplained": alert_figures.unexplained() if alerts else [],
        "matrix": alert_figures.by_code_and_age(now) if alerts else {},
        "buckets": alert_figures.BUCKETS,
        "tasks": alert_figures.tasks_of(access.principal().actor, now) if alerts else None,
        "to_decide": len(reading.waiting(now)),
        "standing": reconciled.standing() if books else None,
        "entries": finance_nights.entries() if books else 0,
        "code_word": code_word,
    }


def _filters() -> Filters:
    sent = request.args if request.method == "GET" else {}
    filters = read_filters(url_for("finance.payouts"), WANTED, sent)
    currency, seller = filters.values.get("currency"), filters.values.get("seller")
    if currency is not None and currency.upper() not in CODES:
        filters = filters.with_problem("currency", "A currency is three letters, such as EUR.")
    if seller is not None and not _is_seller(seller):
        filters = filters.with_problem("seller", "A seller's id begins with sel_.")
    return filters


def _is_seller(text: str) -> bool:
    try:
        decode("sel", text)
    except NotFound:
        return False
    return True


def _sentence(refusal: DomainError) -> str:
    said = (refusal.detail or "That did not work").rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."
