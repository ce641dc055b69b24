"""Finance's reports: settled against captured by age, the PSP's fees against its contract, what goes back and what is
disputed, and sellers below zero. Each as a file too; each figure leads to what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.money import Money
from checkout.explanations.words import word_of
from checkout.pages import access
from checkout.pages.csv_file import Cell, amount_cells, csv_response
from checkout.pages.filters import Filters, Wanted, day_begins, day_is_over, read_filters
from checkout.pages.finance_words import page_of
from checkout.pages.people_page import show as show_page
from checkout.payouts.debts import debts
from checkout.reconciliation.matching.contract_fees import FeeRow, fees_against_contract
from checkout.reconciliation.unsettled import LOOKED_BACK
from checkout.reporting import finance_reports as reading
from checkout.reporting.alert_figures import BUCKETS, psps_seen

DAYS: Final = 30  # of the period where nobody names one
DAYS_MOST: Final = 366  # a longer one adds up more than a page waits for
SHOWN: Final = 100
FILE_ROWS: Final = 10_000
PERIOD: Final = (Wanted("from", "From day", type="date"), Wanted("to", "To day", type="date"))
AGES: Final = [
    (bucket, f"{bucket.replace('-', '–').replace('31+', 'more than 30')} days") for bucket in BUCKETS
]


class ReportPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_reports", url_prefix="/finance/reports")
        blueprint.add_url_rule("", "index", self.index)
        blueprint.add_url_rule("/unsettled", "unsettled", self.unsettled)
        blueprint.add_url_rule("/unsettled.csv", "export_unsettled", self.export_unsettled)
        blueprint.add_url_rule("/fees.csv", "export_fees", self.export_fees)
        blueprint.add_url_rule("/rates.csv", "export_rates", self.export_rates)
        blueprint.add_url_rule("/debts.csv", "export_debts", self.export_debts)
        return blueprint

    @access.page_requires("ledger:read")
    def index(self) -> Response:
        filters, first, last = self._period()
        wrong, now = bool(filters.problems), clock.utcnow()
        return show_page(
            "finance/reports.html",
            status=422 if wrong else 200,
            filters=filters,
            first=first,
            last=last,
            ages=AGES,
            days_back=LOOKED_BACK.days,
            unsettled=reading.unsettled_by_age(now),
            fees=[] if wrong else self._fees(first, last),
            rates=[] if wrong else reading.rates(*self._moments(first, last)),
            debts=debts(),
            amount_of=Money,
            shown=SHOWN,
        )

    @access.page_requires("ledger:read")
    def unsettled(self) -> Response:
        filters = self._of_list()
        found = (
            [] if filters.problems else reading.unsettled(clock.utcnow(), limit=SHOWN + 1, **_asked(filters))
        )
        return show_page(
            "finance/unsettled.html",
            status=422 if filters.problems else 200,
            filters=filters,
            rows=found[:SHOWN],
            more=len(found) > SHOWN,
            days_back=LOOKED_BACK.days,
            word_of=word_of,
            page_of=page_of,
        )

    @access.page_requires("ledger:read")
    def export_unsettled(self) -> Response:
        filters, now = self._of_list(), clock.utcnow()
        found = [] if filters.problems else reading.unsettled(now, limit=FILE_ROWS, **_asked(filters))
        rows = [
            (row.entry, row.kind, row.source, row.at, row.psp, *amount_cells(row.amount), now, filters.said())
            for row in found
        ]
        return self._file(
            "unsettled",
            "entry type source captured_at psp amount_minor amount currency",
            rows,
            filters.said(),
        )

    @access.page_requires("ledger:read")
    def export_fees(self) -> Response:
        filters, first, last = self._period()
        now, said = clock.utcnow(), f"{first} to {last}"
        rows: list[tuple[Cell, ...]] = [
            (
                row.psp, row.method, row.currency, row.charges, row.gross_minor, row.fee_minor, row.expected_minor,
                None if row.beyond is None else row.beyond.amount_minor, now, said,
            )
            for row in ([] if filters.problems else self._fees(first, last))
        ]  # fmt: skip
        header = "psp method currency charges gross_minor fee_minor expected_minor over_minor"
        return self._file("fees", header, rows, said)

    @access.page_requires("ledger:read")
    def export_rates(self) -> Response:
        filters, first, last = self._period()
        now, said = clock.utcnow(), f"{first} to {last}"
        rows: list[tuple[Cell, ...]] = [
            (
                row.psp, row.paid.amount.currency, row.paid.count, row.paid.amount.amount_minor, row.refunded.count,
                row.refunded.amount.amount_minor, row.disputed.count, row.disputed.amount.amount_minor, now, said,
            )
            for row in ([] if filters.problems else reading.rates(*self._moments(first, last)))
        ]  # fmt: skip
        header = "psp currency paid paid_minor refunded refunded_minor disputed disputed_minor"
        return self._file("rates", header, rows, said)

    @access.page_requires("ledger:read")
    def export_debts(self) -> Response:
        now = clock.utcnow()
        rows = [
            (each.seller_public_id, *amount_cells(each.owed), each.since, each.age.days, now, "none")
            for each in debts()
        ]
        return self._file("seller-debts", "seller amount_minor amount currency since days", rows, "none")

    def _file(self, name: str, header: str, rows: Sequence[Sequence[Cell]], said: str) -> Response:
        today = clock.utcnow().astimezone(self._zone).date()
        return csv_response(name, today, [*header.split(), "generated_at", "filter"], rows, said=said)

    def _fees(self, first: date, last: date) -> list[FeeRow]:
        """Of every PSP that was ever compared."""
        return [row for psp in psps_seen() for row in fees_against_contract(psp=psp, since=first, until=last)]

    def _moments(self, first: date, last: date) -> tuple[datetime, datetime]:
        since = day_begins(first.isoformat(), self._zone)
        before = day_is_over(last.isoformat(), self._zone)
        assert since is not None, "it is named"
        assert before is not None, "it is named"
        return since, before

    def _period(self) -> tuple[Filters, date, date]:
        """The days that are asked for; without any, the last thirty."""
        today = clock.utcnow().astimezone(self._zone).date()
        begun = today - timedelta(days=DAYS - 1)
        sent = {"from": begun.isoformat(), "to": today.isoformat()} | {
            name: value for name, value in request.args.items() if value.strip()
        }
        filters = read_filters(url_for("finance_reports.index"), PERIOD, sent)
        asked = filters.values
        first, last = (date.fromisoformat(asked.get(name) or today.isoformat()) for name in ("from", "to"))
        if first > last and not filters.problems:
            filters = filters.with_problem("to", "The last day lies before the first.")
        elif (last - first).days >= DAYS_MOST:
            filters = filters.with_problem("from", f"At most {DAYS_MOST} days at a time.")
        return filters, first, last

    def _of_list(self) -> Filters:
        wanted = (
            Wanted("psp", "PSP"),
            Wanted("currency", "Currency"),
            Wanted("age", "Age", options=AGES),
        )
        filters = read_filters(url_for("finance_reports.unsettled"), wanted, request.args)
        code = filters.values.get("currency")
        if code is not None and code.upper() not in CODES:
            filters = filters.with_problem("currency", "A currency is three letters, such as EUR.")
        return filters


def _asked(filters: Filters) -> dict[str, str | None]:
    asked = filters.values
    currency = asked["currency"].upper() if "currency" in asked else None
    return {"psp": asked.get("psp"), "currency": currency, "age": asked.get("age")}
