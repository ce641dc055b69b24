"""The books: the trial balance, and an account with the balance after each entry."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.explanations.words import word_of
from checkout.ledger.balances import StoredAccount, TrialLine, get_account, trial_balance
from checkout.ledger.chart import CHART
from checkout.ledger.errors import AccountNotFound
from checkout.pages import access
from checkout.pages.filters import Wanted, day_is_over, read_filters
from checkout.pages.finance_entry import EntryPages
from checkout.pages.finance_words import account_word, page_of
from checkout.pages.people_page import show as show_page
from checkout.reporting import books, reconciled
from checkout.reporting.paging import PAGE_ROWS

LARGEST: Final = 2**63 - 1
ACCOUNTS_SHOWN: Final = 200


class LedgerPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("finance_ledger", url_prefix="/finance/ledger")
        blueprint.add_url_rule("", "index", self.index)
        blueprint.add_url_rule("/accounts", "accounts", self.accounts)
        blueprint.add_url_rule("/accounts/<account>", "account", self.account)
        entries = EntryPages(self._zone)
        blueprint.add_url_rule("/entries/<entry>", "entry", entries.show)
        blueprint.add_url_rule("/entries/<entry>/correct", "correct", entries.correct, methods=["POST"])
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


def _code(line: TrialLine) -> str:
    return line.balance.currency


def _currency(code: str, lines: list[TrialLine]) -> dict[str, Any]:
    """A currency's lines with the sums of both sides, which are equal or the books are broken."""
    debit = sum(line.balance.amount_minor for line in lines if line.balance.amount_minor > 0)
    credit = -sum(line.balance.amount_minor for line in lines if line.balance.amount_minor < 0)
    return {"code": code, "lines": lines, "debit": Money(debit, code), "credit": Money(credit, code)}


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
