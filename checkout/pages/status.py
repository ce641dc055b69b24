"""The payment's status page: what is known, what happens next, when to stop watching. No login, no personal data.

The page decides nothing about the payment. It may ask the PSP, as anybody who waits may; what the PSP says is
applied by the payments package alone.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout import payments
from checkout.audit import context as audit_context
from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.notifications.queries import was_sent
from checkout.pages import security
from checkout.pages.shell import Link
from checkout.pages.status_facts import StatusFacts, facts_of
from checkout.pages.status_refunds import ShownRefunds, refunds_of
from checkout.pages.status_situation import Situation, first_poll, poll_after_seconds, situation_of
from checkout.pages.status_texts import TEXTS
from checkout.payments.errors import InvalidPaymentState, PspUnavailable
from checkout.payments.links import StatusLinks
from checkout.payments.queries import get_view
from checkout.payments.views import PaymentView

PSP_PATIENCE = timedelta(seconds=5)  # however often a page is opened, the PSP is asked at most this often
ASK_FROM_POLL = 1  # a webhook usually comes first; the second look asks the PSP
NO_SCRIPT_SECONDS = 10
RETRY_SECONDS = 15  # twice this, or twice the pause, after a look that got no answer: we may be restarting


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows."""

    token: str
    view: PaymentView
    situation: Situation
    facts: StatusFacts
    refunds: ShownRefunds
    poll_url: str | None
    poll_seconds: int | None
    retry_seconds: int
    refresh_url: str
    stopped: bool
    announce: bool


class StatusPages:
    """The views; they share the links and the zone that times are shown in."""

    def __init__(self, links: StatusLinks, zone: ZoneInfo) -> None:
        self._links = links
        self._zone = zone

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("status", __name__, url_prefix="/s/<token>")
        security.protect(blueprint)
        blueprint.add_url_rule("", "show", self.show)
        blueprint.add_url_rule("/cancel", "cancel", self.cancel, methods=["POST"])
        blueprint.add_url_rule("/check", "check", self.check, methods=["POST"])
        blueprint.add_url_rule("/receipt", "receipt", self.receipt)
        blueprint.add_url_rule("/help", "help", self.help)
        return blueprint

    def show(self, token: str) -> Response:
        """The page, or for htmx its changing part alone."""
        view = get_view(self._links.read(token))
        returned = request.args.get("from") == "psp"
        polls = _polls()
        if _may_ask(view, returned=returned, polls=polls) and _ask_psp(view.id):
            view, returned = get_view(view.id), False
        page = self._page(token, view, returned=returned, polls=polls)
        template = "status/_status.html" if request.headers.get("HX-Request") else "status/status.html"
        return self._render(template, page)

    def cancel(self, token: str) -> BaseResponse:
        """Calls the payment off; whatever came of it, the page shows it."""
        payment_id = self._links.read(token)
        audit_context.known_as_shopper(encode("pay", payment_id))
        with suppress(
            InvalidPaymentState, PspUnavailable
        ):  # paid by now, or still being closed: the page says so
            payments.cancel_payment(payment_id, cause=_cause())
        return redirect(url_for("status.show", token=token), 303)

    def check(self, token: str) -> BaseResponse:
        """Asks the PSP now, where it has not been asked just before."""
        view = get_view(self._links.read(token))
        if _is_open(view) and _asked_long_ago(view):
            _ask_psp(view.id)
        return redirect(url_for("status.show", token=token), 303)

    def receipt(self, token: str) -> Response:
        view = get_view(self._links.read(token))
        return self._render("status/receipt.html", self._page(token, view, returned=False, polls=None))

    def help(self, token: str) -> Response:
        view = get_view(self._links.read(token))
        return self._render("status/help.html", self._page(token, view, returned=False, polls=None))

    def _page(self, token: str, view: PaymentView, *, returned: bool, polls: int | None) -> Page:
        now = clock.utcnow()
        view, refunds = refunds_of(view)
        situation = situation_of(view, now=now, just_returned=returned, refunds=refunds.state)
        done = first_poll(situation) if polls is None else polls
        watching = request.args.get("watch") != "no"
        seconds = poll_after_seconds(situation, done) if watching else None
        came: dict[str, Any] = {"from": "psp"} if returned else {}
        return Page(
            token=token,
            view=view,
            situation=situation,
            facts=facts_of(
                view,
                situation,
                now=now,
                zone=self._zone,
                confirmed=was_sent(view.public_id, "payment.succeeded"),
                refunds=refunds.state,
            ),
            refunds=refunds,
            poll_url=url_for("status.show", token=token, polls=done + 1, seen=situation, **came)
            if seconds
            else None,
            poll_seconds=seconds,
            retry_seconds=2 * max(seconds or 0, RETRY_SECONDS),
            refresh_url=url_for("status.show", token=token, polls=done + 1, **came),
            stopped=seconds is None and situation.is_waiting,
            announce="HX-Request" in request.headers and request.args.get("seen") not in {None, situation},
        )

    def _render(self, template: str, page: Page) -> Response:
        return make_response(
            render_template(
                template,
                page=page,
                view=page.view,
                words=TEXTS[page.situation],
                facts=page.facts,
                refunds=page.refunds,
                locale=page.view.shopper_locale,
                brand=page.view.storefront_name,
                navigation=_navigation(page.token),
                now=clock.utcnow(),
                no_script_seconds=NO_SCRIPT_SECONDS,
            )
        )


def _navigation(token: str) -> list[Link]:
    names = (("show", "Payment"), ("receipt", "Receipt"), ("help", "Help"))
    return [
        Link(name, url_for(f"status.{view}", token=token), request.endpoint == f"status.{view}")
        for view, name in names
    ]


def _polls() -> int | None:
    text = request.args.get("polls", "")
    return min(int(text), 1_000) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def _may_ask(view: PaymentView, *, returned: bool, polls: int | None) -> bool:
    """A page that waits asks the PSP itself from its second look on, so that a lost webhook delays nobody."""
    waits = returned or view.status in {"unknown", "processing"}
    return waits and _is_open(view) and (polls or 0) > ASK_FROM_POLL - 1 and _asked_long_ago(view)


def _is_open(view: PaymentView) -> bool:
    return view.status in {"created", "awaiting_shopper", "processing", "unknown"}


def _asked_long_ago(view: PaymentView) -> bool:
    return view.last_synced_at is None or clock.utcnow() - view.last_synced_at >= PSP_PATIENCE


def _ask_psp(payment_id: UUID) -> bool:
    """True where the PSP has answered; a silent PSP is no error here: the page says what it knows."""
    try:
        payments.refresh_payment(payment_id, cause=_cause())
    except PspUnavailable:
        return False
    return True


def _cause() -> Cause:
    return Cause("request", getattr(g, "request_id", "-"))
