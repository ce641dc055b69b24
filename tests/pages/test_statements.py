"""A seller's statements: listed by month, issued when opened, read, printed, taken along and checked."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from checkout.statements import issue_month
from tests.conftest import Database
from tests.pages.people import signed_in, somebody, token_in
from tests.payouts.conftest import fund, seller_of
from tests.statements.test_statements import BERLIN, day, earn

__all__ = ["seller_of"]


@pytest.fixture
def ada(seller_of):
    return seller_of()


@pytest.fixture
def owner(client: FlaskClient, db: Database, ada) -> FlaskClient:
    return signed_in(client, somebody(db, "seller_owner", seller_id=ada))


def opened(client: FlaskClient, ada, month: str = "2025-05") -> str:
    """The address of the month's statement."""
    answer = client.get(f"/seller/statements/month/{month}?currency=EUR")
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_a_month_is_issued_when_it_is_opened_and_sums_on_the_page(owner, ada):
    earn(ada, 1500, day(5), commission=150)

    listed = owner.get("/seller/statements").text
    page = owner.get(opened(owner, ada)).text

    assert "2025-05" in listed
    assert "not issued yet" in listed
    for words in ("Opening", "Sales", "15.00", '− <data value="150">', '= <data value="1350">', "Check code"):
        assert words in page
    assert (
        "not issued yet"
        not in owner.get("/seller/statements").text.partition("2025-05")[2].partition("</tr>")[0]
    )


def test_the_file_of_a_statement_is_found_genuine_and_a_changed_one_is_not(owner, ada, db):
    earn(ada, 1500, day(5))
    address = opened(owner, ada)
    file = owner.get(f"{address}.json")
    taken = db.value("SELECT after FROM audit_log WHERE action = 'data.exported'")
    assert (taken["kind"], taken["filter"]) == ("statement", "revision 1")

    def judged(raw: bytes) -> str:
        token = token_in(owner.get("/seller/statements/verify").text)
        return owner.post(
            "/seller/statements/verify",
            data={"csrf_token": token, "file": (io.BytesIO(raw), "s.json")},
            headers={"Origin": "http://localhost"},
        ).text

    assert "as it was issued" in judged(file.data)
    changed = judged(file.data.replace(b'"closing":1500', b'"closing":9500'))
    assert "not what was issued" in changed
    assert "<code>/closing</code>" in changed
    assert "not a statement" in judged(b"%PDF-1.7 \xff")
    assert owner.get(f"{address}.csv").text.splitlines()[1].split(",")[2] == "opening"


def test_a_correction_leads_to_what_it_corrects(owner, ada):
    earn(ada, 1500, day(5))
    address = opened(owner, ada)
    earn(ada, 100, day(5, 20))

    page = owner.get(opened(owner, ada)).text
    (earlier,) = set(re.findall(rf'href="({address}\?revision=1)"', page))

    assert "What this revision corrects" in page
    assert "A later revision corrects this one" in owner.get(earlier).text
    assert owner.get(f"{address}?revision=9").status_code == 404


def test_another_sellers_statement_is_not_there(owner, seller_of):
    other = seller_of()
    earn(other, 1500, datetime(2025, 5, 3, tzinfo=UTC))
    statement = issue_month(other, "EUR", "2025-05", BERLIN)

    for path in ("", ".json", ".csv"):
        assert owner.get(f"/seller/statements/{statement.public_id}{path}").status_code == 404
    assert owner.get("/seller/statements/month/2025-05?currency=XXY").status_code == 404
    assert owner.get("/seller/statements/month/never?currency=EUR").status_code == 404
    assert owner.get("/seller/statements/payout/po_x").status_code == 404


def test_nothing_to_list_says_when_there_will_be(owner, ada):
    assert "The first statement is there" in owner.get("/seller/statements").text
    fund(ada, 100)
    assert "The first statement is there" in owner.get("/seller/statements").text
