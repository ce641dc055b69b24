"""The books: the trial balance, an account with the balance after each entry, an entry whole, and the journal as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from checkout.core import clock
from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.explanations.words import word_of
from checkout.ledger.balances import StoredAccount, TrialLine, get_account, trial_balance
from checkout.ledger.chart import CHART
from checkout.ledger.errors import AccountNotFound
from checkout.pages import access
from checkout.pages.csv_file import amount_cells, csv_response
from checkout.pages.exported import write_down
from checkout.pages.filters import Filters, Wanted, day_begins, day_is_over, read_filters
from checkout.pages.finance_words import account_word, page_of
from checkout.pages.people_page import show as show_page
from checkout.reporting import books, reconciled
from checkout.reporting.books import PeriodSum
from checkout.reporting.paging import PAGE_ROWS
from checkout.wording.times import machine

LARGEST: Final = 2**63 - 1
ACCOUNTS_SHOWN: Final = 200
HEADER: Final = (
    "entry sequence effective_at recorded_at type source cause account owner order side amount_minor amount currency"
    " generated_at filter"
).split()
PERIOD: Final = (Wanted("from", "From day", type="date"), Wanted("to", "To day", type="date"))


class LedgerPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_ledger", url_prefix="/finance/ledger")
        blueprint.add_url_rule("", "index", self.index)
        blueprint.add_url_rule("/accounts", "accounts", self.accounts)
        blueprint.add_url_rule("/accounts/<account>", "account", self.account)
        blueprint.add_url_rule("/entries/<entry>", "entry", self.entry)
        blueprint.add_url_rule("/journal", "journal", self.journal)
        blueprint.add_url_rule("/journal.csv", "export_csv", self.export_csv)
        blueprint.add_url_rule("/journal.json", "export_json", self.export_json)
        return blueprint

    @access.page_requires("ledger:read")
    def index(self) -> Response:
        """Now, or as of the end of a business day."""
        wanted = (Wanted("day", "As of the end of", type="date"),)
        filters = read_filters(url_for("finance_ledger.index"), wanted, request.args)
        at = day_is_over(filters.values.get("day"), self._zone)
        with atomic() as session:
            lines = trial_balance(session, at=at) if not filters.problems else []
        return show_page(
            "finance/ledger.html",
            status=422 if filters.problems else 200,
            filters=filters,
            at=at,
            currencies=[_currency(code, list(rows)) for code, rows in groupby(lines, _code)],
            chart=CHART,
            account_word=account_word,
            sealed=reconciled.sealed(),
        )

    @access.page_requires("ledger:read")
    def accounts(self) -> Response:
        """The accounts of one line of the trial balance."""
        kind, currency = request.args.get("kind", ""), request.args.get("currency", "")
        if kind not in CHART or len(currency) != len("EUR") or not currency.isalpha():
            raise NotFound("no such accounts")
        found = books.accounts_of(kind, currency.upper(), limit=ACCOUNTS_SHOWN + 1)
        return show_page(
            "finance/accounts.html",
            kind=kind,
            currency=currency.upper(),
            accounts=found[:ACCOUNTS_SHOWN],
            more=len(found) > ACCOUNTS_SHOWN,
            chart=CHART,
            account_word=account_word,
            page_of=page_of,
        )

    @access.page_requires("ledger:read")
    def account(self, account: str) -> Response:
        stored = _stored(account)
        after, before = _number("after"), _number("before")
        before = None if after is not None else before
        rows = books.entries_of(stored.id, stored.currency, limit=PAGE_ROWS + 1, after=after, before=before)
        more = len(rows) > PAGE_ROWS
        shown = (rows[1:] if before is not None else rows[:PAGE_ROWS]) if more else rows
        return show_page(
            "finance/account.html",
            account=stored,
            kind=CHART[stored.kind],
            rows=shown,
            older=shown[-1].number if shown and (more or before is not None) else None,
            newer=shown[0].number if shown and (after is not None or (before is not None and more)) else None,
            account_word=account_word,
            word_of=word_of,
            page_of=page_of,
        )

    @access.page_requires("ledger:read")
    def entry(self, entry: str) -> Response:
        found = books.get_entry(decode("jrn", entry))
        return show_page(
            "finance/entry.html",
            entry=found,
            sums=_sums(found.postings),
            account_word=account_word,
            word_of=word_of,
            page_of=page_of,
            public=encode,
            raw=json.dumps(_entry_document(found), indent=2, ensure_ascii=False),
        )

    @access.page_requires("ledger:read")
    def journal(self) -> Response:
        """Debit and credit of the period first: whoever takes the file has seen that they agree."""
        filters, since, before = self._period()
        sums = books.period_sums(since, before) if not filters.problems else []
        return show_page(
            "finance/journal.html",
            status=422 if filters.problems else 200,
            filters=filters,
            sums=sums,
            balanced=all(each.debit == each.credit for each in sums),
            postings=sum(each.postings for each in sums),
            most=books.EXPORT_MOST,
            first=since.astimezone(self._zone).date(),
            last=filters.values.get("to"),
            preview=books.journal_of(since, before, limit=20) if sums else [],
            account_word=account_word,
            word_of=word_of,
            public=encode,
            money=Money,
        )

    @access.page_requires("ledger:read")
    def export_csv(self) -> Response:
        filters, since, before = self._period()
        now = clock.utcnow()
        rows = [] if filters.problems else books.journal_of(since, before)
        cells = [_cells(row, now, filters.said()) for row in rows]
        return csv_response("journal", now.astimezone(self._zone).date(), HEADER, cells, said=filters.said())

    @access.page_requires("ledger:read")
    def export_json(self) -> Response:
        """One posting a line."""
        filters, since, before = self._period()
        rows = [] if filters.problems else books.journal_of(since, before)
        write_down("journal", of="platform", rows=len(rows), said=filters.said())
        response = Response("".join(_json_lines(rows)), content_type="application/x-ndjson")
        day = clock.utcnow().astimezone(self._zone).date()
        response.headers["Content-Disposition"] = f'attachment; filename="journal-{day}.jsonl"'
        return response

    def _period(self) -> tuple[Filters, datetime, datetime]:
        """The days that are asked for; without any, this month so far."""
        today = clock.utcnow().astimezone(self._zone).date()
        sent = {"from": today.replace(day=1).isoformat(), "to": today.isoformat(), **request.args}
        filters = read_filters(url_for("finance_ledger.journal"), PERIOD, sent)
        asked = filters.values
        first, last = (asked.get(name) or today.isoformat() for name in ("from", "to"))
        if date.fromisoformat(first) > date.fromisoformat(last) and not filters.problems:
            filters = filters.with_problem("to", "The last day lies before the first.")
        since, before = day_begins(first, self._zone), day_is_over(last, self._zone)
        assert since is not None, "it is named"
        assert before is not None, "it is named"
        return filters, since, before


def _code(line: TrialLine) -> str:
    return line.balance.currency


def _currency(code: str, lines: list[TrialLine]) -> dict[str, Any]:
    """A currency's lines with the sums of both sides, which are equal or the books are broken."""
    debit = sum(line.balance.amount_minor for line in lines if line.balance.amount_minor > 0)
    credit = -sum(line.balance.amount_minor for line in lines if line.balance.amount_minor < 0)
    return {"code": code, "lines": lines, "debit": Money(debit, code), "credit": Money(credit, code)}


def _sums(postings: Any) -> list[PeriodSum]:
    """Debit and credit of one entry, by currency."""
    codes = sorted({leg.amount.currency for leg in postings})
    found = []
    for code in codes:
        minors = [leg.amount.amount_minor for leg in postings if leg.amount.currency == code]
        debit, credit = sum(m for m in minors if m > 0), -sum(m for m in minors if m < 0)
        found.append(PeriodSum(Money(debit, code), Money(credit, code), len(minors), 1))
    return found


def _stored(account: str) -> StoredAccount:
    with atomic() as session:
        try:
            return get_account(session, decode("acc", account))
        except AccountNotFound as error:
            raise NotFound("no such account") from error


def _number(name: str) -> int | None:
    """Where the page begins; what is no number of a posting begins at the newest."""
    text = request.args.get(name, "")
    fits = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
    return int(text) if fits and int(text) <= LARGEST else None


def _entry_document(found: books.EntryView) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "type": found.kind,
        "source": found.source,
        "source_key": found.source_key,
        "cause": found.cause,
        "sequence": found.sequence,
        "effective_at": machine(found.effective_at),
        "recorded_at": machine(found.recorded_at),
        "seal": found.seal,
        "postings": [
            {
                "account": leg.account_public_id,
                "type": leg.account,
                "owner": leg.owner,
                "amount": leg.amount.amount_minor,
                "currency": leg.amount.currency,
                "order": encode("ord", leg.order_id) if leg.order_id else None,
            }
            for leg in found.postings
        ],
    }


def _cells(row: Any, now: datetime, said: str) -> tuple[str | int | datetime | None, ...]:
    amount = Money(abs(row.amount_minor), row.currency)
    return (
        encode("jrn", row.entry_id), row.sequence, row.effective_at, row.recorded_at, row.kind, row.source, row.cause,
        row.account, row.owner, encode("ord", row.order_id) if row.order_id else None,
        "debit" if row.amount_minor > 0 else "credit", *amount_cells(amount), now, said,
    )  # fmt: skip


def _json_lines(rows: Any) -> Iterator[str]:
    for row in rows:
        line = {
            "entry": encode("jrn", row.entry_id), "sequence": row.sequence, "effective_at": machine(row.effective_at),
            "recorded_at": machine(row.recorded_at), "type": row.kind, "source": row.source, "cause": row.cause,
            "account": row.account, "owner": row.owner, "order": encode("ord", row.order_id) if row.order_id else None,
            "amount": row.amount_minor, "currency": row.currency,
        }  # fmt: skip
        yield json.dumps(line, ensure_ascii=False) + "\n"
