"""The list of payments and the page of one: filters, paging, the file, equations that add up, nothing personal in the raw."""

from __future__ import annotations

import csv
import io
import re
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.pages.csv_file import cell
from checkout.pages.payment_money import money_of
from checkout.pages.raw import redacted
from checkout.payments.timeline import TimelineItem
from tests.conftest import Database
from tests.pages import views
from tests.pages.people import signed_in, somebody
from tests.pages.seed import Line, Part, seed


@pytest.fixture
def operator(client: FlaskClient, db: Database) -> FlaskClient:
    return signed_in(client, somebody(db, "operator"))


def shown(page: str) -> list[str]:
    """The payments of the list, in its order."""
    return re.findall(r'<th scope="row"[^>]*><a href="/admin/payments/(pay_\w+)">', page)


def public(payment: object) -> str:
    return encode("pay", payment)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"paid", "dinar", "failed"}),
        ("status=succeeded", {"paid", "dinar"}),
        ("currency=kwd", {"dinar"}),
        ("reference=R-7", {"dinar"}),
        ("reference=pi_paid", {"paid"}),
        ("email=SAM%40example.org", {"failed"}),
        ("status=failed&currency=KWD", set()),
        ("from=2020-01-01&to=2020-01-02", set()),
    ],
)
def test_filters_narrow_the_list(operator: FlaskClient, db: Database, query: str, found: set[str]) -> None:
    payments = {
        "paid": seed(db, status="succeeded", columns={"psp_intent_id": "pi_paid"}),
        "dinar": seed(db, status="succeeded", currency="KWD", parts=(Part("Z", 5, "R-7"),)),
        "failed": seed(db, status="failed", email="sam@example.org"),
    }

    page = operator.get(f"/admin/payments?{query}").text

    assert set(shown(page)) == {public(payments[name]) for name in found}


def test_three_different_texts_for_an_empty_list(operator: FlaskClient, db: Database) -> None:
    assert "No payment yet" in operator.get("/admin/payments").text
    assert "Nothing matches" in operator.get("/admin/payments?status=failed").text
    wrong = operator.get(
        "/admin/payments?currency=euros&from=31.12.2026&status=lost&reference=4242424242424242"
    )

    assert wrong.status_code == 422
    for words in ("three letters", "2026-03-14", "no such choice", "looks like a card number"):
        assert words in wrong.text


def test_pages_follow_each_other_both_ways(operator: FlaskClient, db: Database) -> None:
    """Older and back again, while a new payment arrives in between."""
    made = [public(seed(db)) for _number in range(51)]

    first = operator.get("/admin/payments").text
    older = operator.get(re.findall(r'rel="next" href="([^"]+)"', first)[0].replace("&amp;", "&")).text
    seed(db)
    newer = operator.get(re.findall(r'rel="prev" href="([^"]+)"', older)[0].replace("&amp;", "&")).text

    assert "50 of 51 payments" in first
    assert shown(first) == made[:0:-1]
    assert shown(older) == made[:1]
    assert shown(newer) == shown(first)


@pytest.mark.parametrize("query", ["after=pay_x", "before=%00", "after=../../x"])
def test_a_cursor_that_was_made_up_is_not_found(operator: FlaskClient, query: str) -> None:
    assert operator.get(f"/admin/payments?{query}").status_code == 404


def test_the_file_holds_the_filters_rows_and_no_formula(operator: FlaskClient, db: Database) -> None:
    payment = seed(
        db, status="succeeded", shop='=HYPERLINK("http://evil.example")', parts=(Part("-2+3", 2490, "@x"),)
    )
    seed(db, status="failed")

    answer = operator.get("/admin/payments.csv?status=succeeded")

    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert answer.mimetype == "text/csv"
    assert row["id"] == public(payment)
    assert (row["amount_minor"], row["amount"], row["currency"]) == ("2490", "24.90", "EUR")
    assert row["storefront"] == '\'=HYPERLINK("http://evil.example")'
    assert (row["sellers"], row["references"]) == ("'-2+3", "'@x")
    assert row["filter"] == "Status: Paid"


@pytest.mark.parametrize(
    ("value", "written"),
    [("=1+1", "'=1+1"), ("+49 30", "'+49 30"), ("-5", "-5"), ("-5.50", "-5.50"), ("\t=1", "'\t=1"), ("a=b", "a=b"), (None, ""), (" @x", "' @x"), ("\n=1", "'\n=1"), ("＝1+1", "'＝1+1"), ("\u00a0=1", "'\u00a0=1")]
)  # fmt: skip
def test_a_cell_is_never_a_formula(value: str | None, written: str) -> None:
    """A plain number stays one, also below zero."""
    assert cell(value) == written


def test_the_equations_of_a_payment_add_up() -> None:
    """24.90 EUR: 20.40 and 0.60 to the sellers, 2.90 commission, 1.00 logistics; after a PSP fee of 1.02, 2.88 remain."""
    euros = lambda minor: Money(minor, "EUR")  # noqa: E731
    view = views.payment(
        orders=(
            views.order("A", 2390, commission=euros(250), logistics_fee=euros(100)),
            views.order("B", 100, commission=euros(40)),
        )
    )
    posting = {"account": "psp_fees", "owner": "stripe", "currency": "EUR", "amount": 102, "order": None}
    fee = TimelineItem(views.NOW, "ledger_entry", "psp_fee", "pay_1", None, {"postings": [posting]})

    panel = money_of(view, [fee])

    assert [term.amount for term in panel.split.terms] == [euros(2040), euros(60), euros(290), euros(100)]
    assert panel.split.result == euros(2490)
    assert panel.platform.result == euros(288)
    assert not panel.split.difference
    assert not panel.platform.difference


def test_an_equation_that_fails_says_by_how_much() -> None:
    panel = money_of(views.payment(orders=(views.order(amount_minor=2400),)), [])

    assert panel.split.difference == Money(90, "EUR")


def test_one_payment_with_all_around_it(client: FlaskClient, db: Database) -> None:
    """Title, orders, webhooks with the personal hidden, and the audit rows for those who may read them."""
    payment = seed(
        db,
        status="succeeded",
        columns={"psp_intent_id": "pi_1"},
        parts=(Part("<b>Bold</b>", 2490, "A&B", (Line("<i>Mug</i>", 2490),)),),
    )
    db.rows(
        "INSERT INTO inbox_events (id, psp, event_id, type, livemode, payload, object, created_at, received_at) VALUES"
        " (%(id)s, 'stripe', 'evt_9', 'payment_intent.succeeded', false,"
        ' \'{"receipt_email": "jo@example.org", "amount": 2490}\', \'pi_1\', now(), now())',
        id=uuid4(),
    )
    db.rows(
        "INSERT INTO audit_log (id, at, actor, action, object) VALUES (%(id)s, now(), 'person:usr_1', 'payment.seen',"
        " %(object)s)",
        id=uuid4(), object=public(payment),
    )  # fmt: skip
    address = f"/admin/payments/{public(payment)}"

    admin = signed_in(client, somebody(db, "admin")).get(address).text
    operator = signed_in(client, somebody(db, "operator")).get(address).text

    assert re.search(r"<h1><data[^>]*>24\.90\sEUR</data></h1>", admin)
    assert "&lt;b&gt;Bold&lt;/b&gt;" in admin
    assert "evt_9" in admin
    assert "jo@example.org" not in admin
    assert "j...@example.org" in admin
    assert "payment.seen" in admin
    assert "payment.seen" not in operator


def test_what_is_personal_is_hidden_wherever_it_stands() -> None:
    document = {
        "id": "ch_1", "billing_details": {"name": "Jo"}, "nested": [{"email": "a@b.example", "note": "call a@b.example"}],
        "card": "4242 4242 4242 4242", "amount": 5, "client_secret": "pi_1_secret_2", "url": "https://psp.example/pay",
    }  # fmt: skip

    assert redacted(document) == {
        "id": "ch_1", "billing_details": "[hidden]", "nested": [{"email": "[hidden]", "note": "call [email]"}],
        "card": "[card number]", "amount": 5, "client_secret": "[hidden]", "url": "[hidden]",
    }  # fmt: skip


def test_a_payment_outlives_its_shoppers_data(operator: FlaskClient, db: Database) -> None:
    """Once somebody's data is erased, the payment and its review are shown without them."""
    payment = seed(db, status="in_review", columns={"review_opened_at": views.NOW})
    db.rows("UPDATE shoppers SET erased_at = now(), key_sealed = NULL, details = NULL, email_index = NULL")

    for path in (f"/admin/payments/{public(payment)}", "/admin/reviews", "/admin/payments"):
        answer = operator.get(path)
        assert answer.status_code == 200, path
    assert "erased on request" in operator.get("/admin/reviews").text
