"""A seller's statements: the months and payouts there are, one statement to read, print or take along, and a check of one
that somebody holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.explanations.tree import to_the_microsecond
from checkout.explanations.words import word_of
from checkout.pages import access
from checkout.pages.exported import write_down
from checkout.pages.people_page import show as show_page
from checkout.pages.seller_frame import Seller, of_a_seller
from checkout.payouts.queries import payout_within
from checkout.sellers.queries import get_seller
from checkout.statements import (
    StatementUnsound,
    StoredStatement,
    issue_month,
    issue_payout,
    list_issued,
    statement_within,
    verify_statement,
)
from checkout.statements.csv_text import csv_text
from checkout.statements.months import months_of

REVISION_AT_MOST: Final = 9  # digits
PASTED_AT_MOST: Final = 400_000  # characters: what is longer is uploaded as a file


@dataclass(frozen=True, slots=True)
class Month:
    """A month that is over; `issued` where its statement was issued."""

    month: date
    currency: str
    issued: StoredStatement | None

    @property
    def name(self) -> str:
        return f"{self.month:%Y-%m}"


class StatementPages:
    """The views; they share the zone that months are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("seller_statements", url_prefix="/seller/statements")
        blueprint.add_url_rule("", "index", self.index)
        blueprint.add_url_rule("/month/<month>", "month", self.month)
        blueprint.add_url_rule("/payout/<payout>", "payout", self.payout)
        blueprint.add_url_rule("/verify", "verify", verify)
        blueprint.add_url_rule("/verify", "judge", judge, methods=["POST"])
        blueprint.add_url_rule("/<statement>", "show", show)
        blueprint.add_url_rule("/<statement>.<any(csv, json):form>", "file", file)
        return blueprint

    @access.page_requires("balances:read")
    @of_a_seller
    def index(self, seller: Seller) -> Response:
        issued = list_issued(seller.id)
        by_month = {
            (each.subject.month, each.subject.currency): each for each in issued if each.subject.month
        }
        today = clock.utcnow().astimezone(self._zone).date()
        months = [
            Month(month, currency, by_month.get((month, currency)))
            for month, currency in months_of(seller.id, today, self._zone.key)
        ]
        return seller.show(
            "statements/index.html",
            months=months,
            payouts=[each for each in issued if each.subject.payout_id],
            zone=self._zone.key,
            payout_id=lambda each: encode("po", each.subject.payout_id),
        )

    @access.page_requires("balances:read")
    @of_a_seller
    def month(self, seller: Seller, month: str) -> BaseResponse:
        """Issues the statement where that has not been done, and leads to it."""
        currency = request.args.get("currency", "")
        if currency not in CODES:
            raise NotFound("no such currency")
        try:
            return _to(issue_month(seller.id, currency, month, self._zone.key))
        except StatementUnsound as refusal:
            return _unsound(refusal)

    @access.page_requires("payouts:read")
    def payout(self, payout: str) -> BaseResponse:
        try:
            return _to(issue_payout(payout_within(payout, access.reach())))
        except StatementUnsound as refusal:
            return _unsound(refusal)


@access.page_requires("balances:read")
def show(statement: str) -> Response:
    found = _found(statement)
    document = found.document

    def money(minor: int) -> Money:
        return Money(minor, found.opening.currency)

    newest = statement_within(statement, access.reach())
    return show_page(
        "statements/statement.html",
        statement=found,
        document=document,
        seller=get_seller(found.subject.seller_id),
        money=money,
        moved=_moved(document["lines"]),
        newest=newest.revision,
        closes_at=_last_moment(document["ends_at"]),
        word_of=word_of,
    )


@access.page_requires("balances:read")
def file(statement: str, form: str) -> Response:
    """The statement to keep: JSON for programs and for the check, CSV for spreadsheets."""
    found = _found(statement)
    write_down(
        "statement", of=found.public_id, rows=len(found.document["lines"]), said=f"revision {found.revision}"
    )
    if form == "json":
        response = Response(found.file, mimetype="application/json")
    else:
        response = Response(
            csv_text(found.document, found.check_code), content_type="text/csv; charset=utf-8"
        )
    name = f"{found.public_id}-{found.revision}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@access.page_requires("balances:read")
def verify() -> Response:
    return show_page("statements/verify.html", verdict=None, problem="")


@access.page_requires("balances:read")
def judge() -> Response:
    """The upload where there is one, else what was pasted. Nothing of it is kept."""
    upload = request.files.get("file")
    raw = upload.read() if upload is not None and upload.filename else b""
    raw = raw or request.form.get("text", "")[:PASTED_AT_MOST].encode("utf-8", "replace")
    if not raw.strip():
        return show_page(
            "statements/verify.html", status=422, verdict=None, problem="Choose a file, or paste its text."
        )
    return show_page("statements/verify.html", verdict=verify_statement(raw, access.reach()), problem="")


def _found(statement: str) -> StoredStatement:
    revision = request.args.get("revision", "")
    if revision and (not revision.isascii() or not revision.isdigit() or len(revision) > REVISION_AT_MOST):
        raise NotFound("no such revision")
    return statement_within(statement, access.reach(), revision=int(revision) if revision else None)


def _last_moment(ends_at: str | None) -> str | None:
    """Of a month: the balance as of it is the closing. A payout's statement has no such moment."""
    if ends_at is None:
        return None
    return to_the_microsecond(datetime.fromisoformat(ends_at) - timedelta(microseconds=1))


def _moved(lines: Sequence[dict[str, int]]) -> int:
    return sum(line["amount"] for line in lines)


def _to(statement: StoredStatement) -> BaseResponse:
    return redirect(url_for("seller_statements.show", statement=statement.public_id), 303)


def _unsound(refusal: StatementUnsound) -> Response:
    return show_page("statements/unsound.html", status=409, detail=refusal.detail)
