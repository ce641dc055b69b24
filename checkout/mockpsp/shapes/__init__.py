"""The objects of the API in Stripe's shape: every member that the description requires, nothing undefined.

Built once when an object is made; later changes set single members. No I/O here.
"""

from checkout.mockpsp.shapes.account import account, account_link
from checkout.mockpsp.shapes.charge import balance_transaction, charge, fail_charge
from checkout.mockpsp.shapes.checkout_session import line_item, session
from checkout.mockpsp.shapes.customer import customer
from checkout.mockpsp.shapes.dispute import dispute
from checkout.mockpsp.shapes.file import file, report_file
from checkout.mockpsp.shapes.intent import payment_error, payment_intent, payment_method
from checkout.mockpsp.shapes.money_out import add_reversal, movement, payout, reversal, transfer
from checkout.mockpsp.shapes.refund import refund
from checkout.mockpsp.shapes.report_run import report_run
from checkout.mockpsp.shapes.report_type import report_type

API_VERSION = "2026-10-28.endive"

__all__ = [
    "API_VERSION",
    "account",
    "account_link",
    "add_reversal",
    "balance_transaction",
    "charge",
    "customer",
    "dispute",
    "fail_charge",
    "file",
    "line_item",
    "movement",
    "payment_error",
    "payment_intent",
    "payment_method",
    "payout",
    "refund",
    "report_file",
    "report_run",
    "report_type",
    "reversal",
    "session",
    "transfer",
]
