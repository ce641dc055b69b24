"""Statements of a seller's money: for a month or a payout, with opening, lines and closing that add up, a check code over
the whole, and a new revision where something was booked late."""

from checkout.statements.errors import StatementUnsound
from checkout.statements.issue import issue_month, issue_payout
from checkout.statements.stored import StoredStatement, list_issued, statement_within
from checkout.statements.verify import Verdict, verify_statement

__all__ = [
    "StatementUnsound",
    "StoredStatement",
    "Verdict",
    "issue_month",
    "issue_payout",
    "list_issued",
    "statement_within",
    "verify_statement",
]
