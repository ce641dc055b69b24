"""Statements: of a month, of a payout, and those that were issued."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from checkout.api import statement_examples as examples
from checkout.api.answers import resource
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import api_context
from checkout.api.payouts import PAYOUT_ID
from checkout.api.representations import as_bytes
from checkout.api.schemas.statements import (
    MonthQuery,
    Statement,
    StatementList,
    StatementQuery,
    StatementSummary,
)
from checkout.api.sellers import SELLER_ID
from checkout.orders.within import seller_within
from checkout.payouts.queries import payout_within
from checkout.statements import StoredStatement, issue_month, issue_payout, list_issued, statement_within
from checkout.statements.csv_text import csv_text

statements = ApiBlueprint(
    "statements", __name__, description="What came in, went out and is left, with a check code."
)

MONTH: Final = {
    "in": "path",
    "name": "month",
    "schema": {"type": "string", "maxLength": 7},
    "description": "A month that is over, in the platform's time zone.",
    "example": "2026-11",
}
HEAD: Final = tuple(name for name in StatementSummary().fields if name != "check_code")


@statements.route("/v1/payouts/<payout_id>/statement", methods=["GET"], parameters=[PAYOUT_ID])
@statements.requires("payouts:read")
@statements.answers(200, Statement, description="The statement.", example=examples.STATEMENT)
@statements.answers(304, description="It is as the ETag in If-None-Match says.")
@statements.refuses("not_found", "statement_unsound")
@statements.takes(StatementQuery)
def of_payout(payout_id: str, query: dict[str, Any]) -> Response:
    """Read a payout's statement

    What it is made of, each deduction named. As JSON to keep and check, or as CSV.
    """
    return _answer(issue_payout(payout_within(payout_id, reach())), query)


@statements.route(
    "/v1/sellers/<seller_id>/statements/<month>", methods=["GET"], parameters=[SELLER_ID, MONTH]
)
@statements.requires("balances:read")
@statements.answers(200, Statement, description="The statement.", example=examples.STATEMENT)
@statements.answers(304, description="It is as the ETag in If-None-Match says.")
@statements.refuses("not_found", "statement_unsound")
@statements.takes(MonthQuery)
def of_month(seller_id: str, month: str, query: dict[str, Any]) -> Response:
    """Read a month's statement

    Of what is available in one currency: opening, lines and closing, which is the next month's opening. What was booked
    late makes a new revision, which says what it corrects.
    """
    id = seller_within(seller_id, reach())
    return _answer(issue_month(id, query["currency"], month, api_context().timezone), query)


@statements.route("/v1/sellers/<seller_id>/statements", methods=["GET"], parameters=[SELLER_ID])
@statements.requires("balances:read")
@statements.answers(
    200, StatementList, description="The statements issued so far.", example=examples.STATEMENT_LIST
)
@statements.answers(304, description="It is as the ETag in If-None-Match says.")
@statements.refuses("not_found")
def list_statements(seller_id: str) -> Response:
    """List a seller's statements

    Those that were issued, each in its newest revision.
    """
    found = list_issued(seller_within(seller_id, reach()))
    data = [{name: each.document[name] for name in HEAD} | {"check_code": each.check_code} for each in found]
    return resource(as_bytes({"object": "list", "data": data, "has_more": False, "next_cursor": None}))


def _answer(statement: StoredStatement, query: dict[str, Any]) -> Response:
    if "revision" in query:
        statement = statement_within(statement.public_id, reach(), revision=query["revision"])
    if query["format"] == "json":
        return resource(statement.file)
    response = resource(csv_text(statement.document, statement.check_code).encode())
    response.content_type = "text/csv; charset=utf-8"
    return response
