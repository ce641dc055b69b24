"""Disputes on the pages: what is awaited until when, evidence that no tab overwrites, one answer, and a seller's side."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

import pytest

from checkout.core.ids import encode
from tests.pages.money_back import key, new_bank
from tests.pages.people import send, signed_in, somebody, token_in

PDF = b"%PDF-1.7 proof"


@pytest.fixture
def bank(db, app):
    return new_bank(db)


@pytest.fixture
def finance(client, db, bank):
    return signed_in(client, somebody(db, "finance"))


def opened(bank, *amounts, days=9, reason="product_not_received", **options) -> str:
    """A dispute that we have heard of; its id."""
    payment = bank.paid(*amounts)
    told = bank.told(payment, reason=reason, due_in_days=days, **options)
    return bank.now(told).public_id


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ").split())


def version_in(page: str) -> str:
    return page.partition('name="version" value="')[2].partition('"')[0]


def saves(client, page, **fields):
    return send(client, page, f"{page}/evidence", **{"version": "0", **fields})


def uploads(client, page, name="proof.pdf", content=PDF, field="shipping_documentation"):
    form = {"csrf_token": token_in(client.get(page).text), "field": field, "file": (BytesIO(content), name)}
    return client.post(f"{page}/files", data=form, headers={"Origin": "http://localhost"})


def answers(db) -> list[tuple[str, str]]:
    rows = db.rows("SELECT kind, status FROM dispute_answers ORDER BY created_at")
    return [(row["kind"], row["status"]) for row in rows]


def test_the_list_has_what_is_due_first_and_all_below(bank, finance):
    """One due in 30 hours is marked; one that is under review waits for nothing."""
    later, soon = opened(bank, 1500, days=9), opened(bank, 990, days=1.25)
    closed = opened(bank, 700, status="under_review")

    page = finance.get("/admin/disputes").text

    waiting, _, rest = page.partition('id="all"')
    assert waiting.index(soon) < waiting.index(later)
    assert closed not in waiting
    assert "Due in 29 hours" in words(waiting)
    assert "in 8 days" in words(waiting)
    assert all(id in rest for id in (soon, later, closed))
    assert "3 disputes" in words(rest)
    filtered = finance.get("/admin/disputes?status=under_review").text
    assert closed in filtered.partition('id="all"')[2]
    assert later not in filtered.partition('id="all"')[2]
    assert finance.get("/admin/disputes?from=soon").status_code == 422


def test_the_page_has_money_deadline_and_what_helps(bank, finance):
    id = opened(bank, 1500, 990)

    text = words(finance.get(f"/admin/disputes/{id}").text)

    assert "Dispute of 24.90 EUR" in text
    assert "The shopper says the goods did not arrive." in text
    assert "Evidence due in 8 days" in text
    assert "Missing Proof of dispatch or delivery" in text
    assert "We know it What was sold" in text
    assert "A dispute is answered once." in text


def test_the_payment_leads_to_its_dispute(bank, finance):
    payment = bank.paid(1500)
    id = bank.now(bank.told(payment)).public_id

    page = finance.get(f"/admin/payments/{payment.public_id}").text

    assert f'href="/admin/disputes/{id}"' in page
    assert "Disputed by the shopper's bank: 15.00 EUR , waits for evidence." in words(page)


def test_a_draft_is_saved_without_scripts(bank, finance):
    page = f"/admin/disputes/{opened(bank)}"

    answer = saves(finance, page, uncategorized_text="Signed for.\r\nBy hand.", shipping_address="")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}?done=saved")
    shown = finance.get(answer.headers["Location"]).text
    assert "Signed for.\nBy hand.</textarea>" in shown
    assert version_in(shown) == "1"
    assert "Nothing has been sent to the bank." in shown


def test_a_draft_saves_itself_and_names_its_version(bank, finance):
    """A fragment, not a page: the form goes on from the version in it."""
    page = f"/admin/disputes/{opened(bank)}"
    form = {"csrf_token": token_in(finance.get(page).text), "version": "0", "uncategorized_text": "x"}

    answer = finance.post(
        f"{page}/evidence", data=form, headers={"Origin": "http://localhost", "HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="saved">')
    assert version_in(answer.text) == "1"
    late = finance.post(
        f"{page}/evidence",
        data={**form, "uncategorized_text": "y"},
        headers={"Origin": "http://localhost", "HX-Request": "true"},
    )
    assert "Yours is not saved: press Save to see both." in late.text
    assert version_in(late.text) == "0"


def test_two_tabs_see_both_versions_and_overwrite_nothing(bank, finance):
    """The second one's words stand in the form, the first one's beside it; saved again, they take their place."""
    page = f"/admin/disputes/{opened(bank)}"
    saves(finance, page, uncategorized_text="From the first tab.")

    late = saves(finance, page, uncategorized_text="From the second tab.")

    assert late.status_code == 409
    beside = late.text.partition('class="theirs"')[2].partition("</div>")[0]
    assert "From the first tab." in beside
    assert "From the second tab.</textarea>" in late.text
    assert version_in(late.text) == "1"
    assert "From the first tab.</textarea>" in finance.get(page).text
    again = saves(finance, page, version="1", uncategorized_text="From the second tab.")
    assert again.status_code == 303
    same = saves(finance, page, version="0", uncategorized_text="From the second tab.")
    assert same.status_code == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"shipping_carrier": "x" * 5_001}, "Who carried them: has at most 5000 characters."),
        ({"uncategorized_text": "a\x07b"}, "must have no control characters"),
        ({"version": "one"}, "the form has lost its version"),
    ],
)
def test_words_that_cannot_be_kept_are_refused_by_field(bank, finance, fields, said):
    page = f"/admin/disputes/{opened(bank)}"

    answer = saves(finance, page, **fields)

    assert (answer.status_code, said in words(answer.text)) == (422, True)


def test_documents_are_what_their_bytes_say(bank, finance):
    page = f"/admin/disputes/{opened(bank)}"

    assert uploads(finance, page, "../../<b>proof.exe").status_code == 303
    false = uploads(finance, page, "page.pdf", b"<html>")
    wrong = uploads(finance, page, field="shipping_carrier")

    assert (false.status_code, "Is no PDF, JPEG or PNG." in false.text) == (422, True)
    assert wrong.status_code == 422
    shown = finance.get(page).text
    address = re.search(rf'href="({page}/files/file_\w+)">([^<]+)<', shown)
    assert address
    assert address[2].endswith("proof.pdf")
    got = finance.get(address[1])
    assert (got.data, got.headers["Content-Disposition"].split(";")[0]) == (PDF, "attachment")
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_evidence_is_seen_as_sent_and_submitted_once(bank, db, finance):
    """The same form twice is one answer; afterwards nothing can be saved."""
    page = f"/admin/disputes/{opened(bank)}"
    saves(finance, page, uncategorized_text="Signed for.")
    shown = finance.get(f"{page}/submit")
    assert "Signed for." in shown.text
    assert "Evidence is handed in once." in shown.text
    form = {"version": version_in(shown.text), "form_key": key()}

    first = send(finance, page, f"{page}/submit", **form)
    second = send(finance, page, f"{page}/submit", **form)

    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert answers(db) == [("submit", "requested")]
    late = saves(finance, page, version="1", uncategorized_text="more")
    assert late.status_code == 409
    assert "The evidence is on its way to the bank." in finance.get(page).text
    other = send(finance, "/account", f"{page}/submit", version="1", form_key=key())
    assert (other.status_code, answers(db)) == (409, [("submit", "requested")])


def test_what_was_saved_since_the_preview_is_not_sent(bank, db, finance):
    page = f"/admin/disputes/{opened(bank)}"
    saves(finance, page, uncategorized_text="One.")
    saves(finance, page, version="1", uncategorized_text="Two.")

    answer = send(finance, f"{page}/submit", f"{page}/submit", version="1", form_key=key())

    assert (answer.status_code, "This is what would be sent now." in answer.text) == (409, True)
    assert "Two." in answer.text
    assert answers(db) == []


def test_giving_up_needs_the_amount_typed_and_a_fresh_code(client, bank, db, finance):
    page = f"/admin/disputes/{opened(bank)}"

    wrong = send(finance, page, f"{page}/accept", typed="1.50", form_key=key())
    assert (wrong.status_code, "Type the disputed amount, 15.00" in wrong.text) == (422, True)
    right = send(finance, page, f"{page}/accept", typed="15", form_key=key())

    assert right.headers["Location"] == f"{page}?done=accepted"
    assert answers(db) == [("accept", "requested")]
    stale = signed_in(client, somebody(db, "finance", stepped_up=False))
    assert "/step-up" in stale.get(f"{page}/accept").headers["Location"]


def test_a_returned_debit_and_an_overdue_dispute_take_nothing(bank, finance):
    late = f"/admin/disputes/{opened(bank, days=-1)}"

    shown = finance.get(late).text

    assert "The time to answer has passed." in shown
    assert "<textarea" not in shown
    assert "It cannot be submitted" in finance.get(f"{late}/submit").text
    debit = f"/admin/disputes/{opened(bank, method='sepa_debit')}"
    assert "A returned bank debit cannot be contested." in finance.get(debit).text


def test_who_only_reads_sees_the_evidence_and_no_form(client, bank, db):
    page = f"/admin/disputes/{opened(bank)}"
    operator = signed_in(client, somebody(db, "operator"))

    shown = operator.get(page).text

    assert "Needs role" in shown
    assert "<textarea" not in shown
    assert operator.get(f"{page}/submit").status_code == 403


def test_a_seller_sees_its_side_without_the_platforms(client, bank, db):
    """The only seller of it writes; it does not see the shopper's address, nor what the dispute costs the platform."""
    id = opened(bank, 1500)
    owner = signed_in(client, somebody(db, "seller_owner", seller_id=bank.shop.ada))

    listed, shown = owner.get("/seller/disputes").text, owner.get(f"/seller/disputes/{id}").text

    assert id in listed
    assert "jo@example.org" not in shown
    assert "Fees of the dispute" not in shown
    assert "Movements at the payment provider" not in shown
    assert saves(owner, f"/seller/disputes/{id}", uncategorized_text="x").status_code == 303
    preview = owner.get(f"/seller/disputes/{id}/submit").text
    assert "jo@example.org" not in preview
    assert "which you do not see" in preview


def test_of_several_sellers_the_platform_answers(client, bank, db):
    """Each sees its own part of the amount; none reads or writes evidence."""
    id = opened(bank, 1500, 990)
    owner = signed_in(client, somebody(db, "seller_owner", seller_id=bank.shop.bao))
    page = f"/seller/disputes/{id}"

    shown = owner.get(page).text

    assert "the platform answers for them" in shown
    assert "Ada" not in shown
    assert saves(owner, "/account", uncategorized_text="x").status_code in (404, 405)
    assert send(owner, page, f"{page}/evidence", version="0").status_code == 403
    assert owner.get(f"{page}/submit").status_code == 403


def test_anothers_dispute_is_not_there(client, bank, db):
    id = opened(bank, 1500)
    owner = signed_in(client, somebody(db, "seller_owner", seller_id=bank.shop.bao))

    assert owner.get(f"/seller/disputes/{id}").status_code == 404
    assert owner.get(f"/admin/disputes/{id}").status_code == 404
    named = encode("sel", bank.shop.ada)
    assert owner.get(f"/seller/disputes/{id}?seller={named}").status_code == 404
    assert id not in owner.get("/seller/disputes").text
