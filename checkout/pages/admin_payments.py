"""Payments for those who work with them: the list with its filters and file, and one payment with all around it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.disputes.queries import disputes_of_payment
from checkout.pages import access
from checkout.pages.csv_file import amount_cells, csv_response
from checkout.pages.dispute_words import DISPUTE_STATES
from checkout.pages.filters import Filters, Wanted, day_begins, day_is_over, read_cut, read_filters
from checkout.pages.payment_money import money_of
from checkout.pages.payment_story import story_of
from checkout.pages.payment_words import (
    ORDER_STATES,
    PAYMENT_STATES,
    WEBHOOK_STATES,
    method_word,
    plain,
    shopper_word,
)
from checkout.pages.people_page import show as show_page
from checkout.pages.raw import payment_document, pretty, redacted
from checkout.pages.refund_words import REFUND_STATES, refunds_of_payment, why
from checkout.payments.timeline import timeline
from checkout.payments.views import PaymentView
from checkout.reconciliation.settled import Settled, settled_of
from checkout.reporting import payment as reading
from checkout.reporting.audit import audit_of
from checkout.reporting.paging import EXPORTED, Page
from checkout.reporting.payments import PaymentFilter, PaymentRow, export_payments, list_payments
from checkout.wording import times

WANTED: Final = (
    Wanted("status", "Status", options=[(state, words.word) for state, words in PAYMENT_STATES.items()]),
    Wanted("currency", "Currency"),
    Wanted("from", "From day", type="date"),
    Wanted("to", "To day", type="date"),
    Wanted("reference", "Order or PSP reference"),
    Wanted("email", "Shopper's email", type="email"),
)
DONE: Final = {
    "refunded": "The refund is written down. It stands below with how far it has come.",
    "canceled": "The order is canceled, and its money goes back.",
}
HEADER: Final = (
    "id created_at status amount_minor amount currency amount_refunded_minor method storefront sellers references psp"
    " psp_session_id psp_intent_id psp_charge_id generated_at filter"
).split()


class PaymentPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("admin_payments")
        blueprint.add_url_rule("/admin/payments", "index", self.index)
        blueprint.add_url_rule("/admin/payments.csv", "export", self.export)
        blueprint.add_url_rule("/admin/payments/<payment>", "show", self.show)
        return blueprint

    @access.page_requires("payments:read")
    def index(self) -> Response:
        filters = _filters()
        page: Page[PaymentRow] = Page((), 0, None, None)
        if not filters.problems:
            page = list_payments(self._wanted(filters), access.reach(), read_cut(request.args))
        return show_page(
            "admin/payments.html",
            status=422 if filters.problems else 200,
            filters=filters,
            page=page,
            states=PAYMENT_STATES,
            method_word=method_word,
            exported=min(page.total, EXPORTED),
        )

    @access.page_requires("payments:read")
    def export(self) -> Response:
        """The newest rows of the filter as CSV, with its words in every row: a file leaves the page that explains it."""
        filters = _filters()
        now, said = clock.utcnow(), filters.said()
        rows = [] if filters.problems else export_payments(self._wanted(filters), access.reach())
        day = now.astimezone(self._zone).date()
        return csv_response("payments", day, HEADER, [_cells(row, now, said) for row in rows], said=said)

    @access.page_requires("payments:read")
    def show(self, payment: str) -> Response:
        view = reading.payment_within(decode("pay", payment), access.reach())
        items = timeline(view.id)
        ids = reading.psp_ids(view.id)
        webhooks = reading.webhooks_of(ids)
        return show_page(
            "admin/payment.html",
            view=view,
            ids=ids,
            states=PAYMENT_STATES,
            order_states=ORDER_STATES,
            webhook_states=WEBHOOK_STATES,
            method_word=method_word,
            plain=plain,
            email=shopper_word(view.shopper_email),
            customer=encode("cus", view.shopper_id),
            money=money_of(view, items),
            settled=_settled(view),
            refunds=refunds_of_payment(view.id),
            refund_states=REFUND_STATES,
            disputes=disputes_of_payment(view.id) if access.may("disputes:read") else (),
            dispute_states=DISPUTE_STATES,
            refund_why=why,
            sellers={order.id: order.seller_name for order in view.orders},
            done=DONE.get(request.args.get("done", ""), ""),
            story=story_of(items),
            webhooks=[(webhook, pretty(redacted(dict(webhook.payload)))) for webhook in webhooks],
            raw=pretty(payment_document(view)),
            audit=audit_of(reading.objects_of(view)) if access.may("audit:read") else None,
            now=clock.utcnow(),
            duration=times.duration,
        )

    def _wanted(self, filters: Filters) -> PaymentFilter:
        asked = filters.values
        return PaymentFilter(
            status=asked.get("status"),
            currency=asked["currency"].upper() if "currency" in asked else None,
            created_from=day_begins(asked.get("from"), self._zone),
            created_before=day_is_over(asked.get("to"), self._zone),
            reference=asked.get("reference"),
            email=asked.get("email"),
        )


def _settled(view: PaymentView) -> Sequence[Settled]:
    """The rows of the PSP's files that tell of it; none: not settled yet."""
    with atomic() as session:
        return settled_of(session, [view.id]).get(view.id, ())


def _filters() -> Filters:
    filters = read_filters(url_for("admin_payments.index"), WANTED, request.args)
    currency = filters.values.get("currency")
    if currency is not None and currency.upper() not in CODES:
        return filters.with_problem("currency", "A currency is three letters, such as EUR.")
    return filters


def _cells(row: PaymentRow, now: datetime, said: str) -> tuple[str | int | datetime | None, ...]:
    minor, amount, currency = amount_cells(row.amount)
    return (
        row.public_id,
        row.created_at,
        row.status,
        minor,
        amount,
        currency,
        row.amount_refunded.amount_minor,
        row.method,
        row.storefront_name,
        "; ".join(row.sellers),
        "; ".join(row.references),
        row.psp,
        row.psp_session_id,
        row.psp_intent_id,
        row.psp_charge_id,
        now,
        said,
    )
