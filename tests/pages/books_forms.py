"""What finance sends about its books, each form once and successfully."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from checkout.core.ids import encode
from tests.accounting.conftest import at, book, rounding
from tests.conftest import Database
from tests.pages.people import send, signed_in, somebody

JOURNAL = "/finance/journal"


def take(client: FlaskClient, db: Database) -> TestResponse:
    book(rounding(100, "EUR", at(14)))
    signed_in(client, somebody(db, "auditor"))
    return send(client, JOURNAL, f"{JOURNAL}/file", period="2026-03")


def propose(client: FlaskClient, db: Database) -> TestResponse:
    signed_in(client, somebody(db, "finance"))
    return send(client, JOURNAL, f"{JOURNAL}/periods", way="lock", period="2026-03", reason="Reported")


def correct(client: FlaskClient, db: Database) -> TestResponse:
    book(rounding(100, "EUR", at(14)))
    signed_in(client, somebody(db, "finance"))
    page = f"/finance/ledger/entries/{encode('jrn', db.value('SELECT id FROM journal_entries'))}"
    fields = {"of": "rounding.EUR", "side": "debit", "amount": "1.00", "onto": "psp_fees", "reason": "A fee"}
    return send(client, page, f"{page}/correct", deed="reclassify", **fields)


FORMS = {
    f"{JOURNAL}/file": ("data.exported", take),
    f"{JOURNAL}/periods": ("approval.propose", propose),
    "/finance/ledger/entries/<entry>/correct": ("approval.propose", correct),
}
