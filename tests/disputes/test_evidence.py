"""What is said against a dispute: drafts, documents, what collects itself, handing it in once, giving up."""

from __future__ import annotations

import json

import pytest

from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.disputes import answer, draft, files
from checkout.disputes.errors import EvidenceChanged, InvalidDisputeState
from checkout.disputes.file_rules import ALL_BYTES_MOST, safe_name
from checkout.disputes.pack import collect, collect_for_seller
from checkout.disputes.send_answer import send_answer
from checkout.psp import InvalidRequest, OutcomeUnknown
from checkout.tasks import ClaimedTask, Park
from tests.concurrency import at_once
from tests.orders.conftest import in_days, ship
from tests.payouts.conftest import person
from tests.tables import everything_in

WHO = person()
PDF = b"%PDF-1.7 the slip of Jo's parcel"


def save(dispute_id, version, **texts):
    new = draft.prepare(dispute_id, version=version, texts=texts, cause=WHO)
    with atomic() as session:
        return draft.save_draft(session, new, cause=WHO)


def add(dispute_id, content=PDF, *, field="receipt", name="slip.pdf"):
    new = files.prepare(dispute_id, field=field, name=name, content=content, cause=WHO)
    with atomic() as session:
        return files.store_file(session, new, cause=WHO)


def submit(dispute_id):
    ready = answer.prepare_submission(dispute_id, cause=WHO)
    with atomic() as session:
        return answer.submit_evidence(session, ready, cause=WHO)


def accept(dispute_id):
    with atomic() as session:
        return answer.accept_dispute(session, dispute_id, cause=WHO)


def sent(answer_id):
    """The task runs once."""
    args = {"answer": str(answer_id)}
    send_answer(ClaimedTask(new_uuid(), "default", "disputes.send_answer", args, 1, 8, 1))


@pytest.fixture
def dispute(bank):
    """A dispute of 15.00, goods not received, of a shipped order."""
    payment = bank.paid(1500)
    ship(payment.orders[0].id)
    return bank.now(bank.told(payment, reason="product_not_received"))


def test_two_tabs_do_not_overwrite_each_other(dispute):
    """The second one learns which version stands; what the first one wrote stays."""
    save(dispute.id, 0, uncategorized_text="from the first tab")

    with pytest.raises(EvidenceChanged) as refused:
        save(dispute.id, 0, uncategorized_text="from the second tab")

    assert refused.value.extra == {"version": 1}
    assert draft.read_draft(dispute.id).texts == {"uncategorized_text": "from the first tab"}


def test_many_tabs_at_once_save_one(dispute):
    """Five at the same moment from the same version: one is saved."""
    outcomes = at_once(*(lambda n=n: save(dispute.id, 0, service_date=f"{n}") for n in range(5)))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EvidenceChanged"] * 4 + ["int"]


@pytest.mark.parametrize(
    ("texts", "pointer"),
    [
        ({"no_such_field": "x"}, "/texts/no_such_field"),
        ({"receipt": "x"}, "/texts/receipt"),
        ({"shipping_carrier": "x" * 5_001}, "/texts/shipping_carrier"),
        ({"uncategorized_text": "a\x00b"}, "/texts/uncategorized_text"),
        (
            {"uncategorized_text": "x" * 20_000, "product_description": "x" * 20_000, "service_date": "x"},
            "/texts",
        ),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(dispute, texts, pointer):
    """Unknown, a file's, too long, not plain text, too much together."""
    with pytest.raises(InvalidParameter) as refused:
        save(dispute.id, 0, **texts)

    assert [error.pointer for error in refused.value.pointers] == [pointer]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00 a program", "media_type"),
        (b"<html><script>", "media_type"),
        (b"PK\x03\x04 an archive", "media_type"),
        (b"%PDF-" + b"x" * (5 * 1024 * 1024), "too_large"),
    ],
)
def test_only_documents_that_a_bank_looks_at_are_taken(dispute, content, code):
    """By their first bytes, whatever the name says."""
    with pytest.raises(InvalidParameter) as refused:
        add(dispute.id, content, name="innocent.pdf")

    assert [error.code for error in refused.value.pointers] == [code]


def test_all_documents_together_stay_below_the_banks_limit(dispute):
    """4.5 MB in all; a document that takes another one's place does not count that one."""
    half = b"%PDF-" + b"x" * (ALL_BYTES_MOST // 2)
    add(dispute.id, half, field="receipt")

    with pytest.raises(InvalidParameter, match="are left"):
        add(dispute.id, half, field="refund_policy")
    add(dispute.id, half, field="receipt")
    assert [file.field for file in files.files_of(dispute.id)] == ["receipt"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\secret\\slip.exe", "slip.pdf"),
        ("in\u202efdp.exe\r\nSet-Cookie: x", "in_fdp.pdf"),
        ("", "evidence.pdf"),
        ("Größe 2 (alt).PDF", "Größe 2 (alt).pdf"),
    ],
)
def test_a_documents_name_is_only_a_name(given, kept):
    """No path, no line end, no direction marks, and the ending of what it is."""
    assert safe_name(given, "application/pdf") == kept


def test_what_was_written_and_handed_in_lies_encrypted(bank, dispute):
    """Somebody who stole the database reads neither words, nor documents, nor their names."""
    save(dispute.id, 0, customer_name="Jo Encrypted")
    add(dispute.id, PDF, name="slip of Jo.pdf")
    submit(dispute.id)

    stolen = "".join(everything_in(bank.db).values())
    assert "Encrypted" not in stolen
    assert "Jo's parcel" not in stolen
    assert "slip of Jo" not in stolen
    assert files.content_of(dispute.id, files.files_of(dispute.id)[0].id) == PDF


def test_a_document_of_another_dispute_is_not_there(bank, dispute):
    """Its id alone opens nothing."""
    other = bank.now(bank.told(bank.paid(990)))
    file_id = add(dispute.id)
    add(other.id)

    with pytest.raises(NotFound):
        files.content_of(other.id, file_id)


def test_the_pack_collects_what_we_know(bank, dispute):
    """Goods, shopper, carrier, tracking, receipt, and earlier payments that nobody disputed."""
    earlier = bank.paid(990)
    bank.db.rows(
        "UPDATE payments SET succeeded_at = succeeded_at - interval '30 days' WHERE id = %(id)s",
        id=earlier.id,
    )
    texts = collect(dispute.payment_id)

    assert texts["product_description"] == "1 x Mug, 15.00 EUR, sold by Ada's Pottery"
    assert (texts["customer_name"], texts["customer_email_address"]) == ("Jo", "jo@example.org")
    assert (texts["shipping_carrier"], texts["shipping_tracking_number"]) == ("DHL", "JJD-1")
    assert "The same shopper paid here before" in texts["uncategorized_text"]
    assert "9.90 EUR" in texts["uncategorized_text"]
    assert "delivered" not in texts["uncategorized_text"]
    sellers = collect_for_seller(dispute.payment_id)
    assert sellers["shipping_carrier"] == "DHL"
    assert "Jo" not in str(sellers)
    assert "9.90 EUR" not in str(sellers)


def test_evidence_is_handed_in_once(bank, dispute):
    """With documents, our own words and the person's; a second time is refused, and so is saving more."""
    save(dispute.id, 0, uncategorized_text="Jo signed for it.", shipping_carrier="DHL Express")
    add(dispute.id)
    sent(submit(dispute.id))

    handed_in = bank.psp.evidence[dispute.psp_dispute_id]
    assert handed_in["shipping_carrier"] == "DHL Express"
    assert handed_in["uncategorized_text"].startswith("Jo signed for it.\n\nReceipt pay_")
    assert bank.psp.files[handed_in["receipt"]].content == PDF
    assert bank.now(bank.psp.disputes[dispute.psp_dispute_id]).status == "under_review"
    for again in (
        lambda: submit(dispute.id),
        lambda: save(dispute.id, 1, service_date="x"),
        lambda: accept(dispute.id),
    ):
        with pytest.raises(InvalidDisputeState):
            again()


def test_a_document_that_is_changed_while_it_is_handed_in_is_looked_at_again(dispute):
    """Another tab replaces the slip between the look and the sending: nothing is sent that nobody has seen."""
    save(dispute.id, 0, uncategorized_text="we sent it")
    add(dispute.id)
    ready = answer.prepare_submission(dispute.id, cause=WHO)
    add(dispute.id, PDF + b" another one")

    with pytest.raises(EvidenceChanged), atomic() as session:
        answer.submit_evidence(session, ready, cause=WHO)
    submit(dispute.id)


def test_two_submissions_at_once_are_one(bank, dispute):
    """Two clicks: one is handed in, the other is told."""
    save(dispute.id, 0, service_date="2026-11-02")
    ready = [answer.prepare_submission(dispute.id, cause=WHO) for _ in range(2)]

    def hand_in(one):
        with atomic() as session:
            return answer.submit_evidence(session, one, cause=WHO)

    outcomes = at_once(*(lambda one=one: hand_in(one) for one in ready))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvalidDisputeState", "UUID"]
    assert bank.db.value("SELECT count(*) FROM dispute_answers") == 1


def test_a_lost_answer_is_asked_for_again_under_the_same_key(bank, dispute):
    """Executed, and the answer never came: the same bytes again, and the bank has it once."""
    submitted = submit(dispute.id)
    bank.psp.lose_dispute_answer("after")

    with pytest.raises(Park):
        sent(submitted)
    sent(submitted)

    tries = [key for call, key in bank.psp.dispute_calls if call == "submit_evidence"]
    assert len(tries) == 2
    assert len(set(tries)) == 1
    assert bank.psp.disputes[dispute.psp_dispute_id].submission_count == 1
    assert bank.db.value("SELECT status FROM dispute_answers") == "done"


@pytest.mark.parametrize(("when", "status", "alerts"), [("after", "done", 0), ("before", "refused", 1)])
def test_once_the_key_is_forgotten_the_psp_is_asked_how_it_stands(bank, dispute, when, status, alerts):
    """Never a second key: what the dispute says decides; what was not handed in calls a person, who may try anew."""
    submitted = submit(dispute.id)
    bank.psp.lose_dispute_answer(when)
    with pytest.raises(Park):
        sent(submitted)
    in_days(1)
    sent(submitted)

    assert bank.db.value("SELECT status FROM dispute_answers") == status
    assert bank.db.value("SELECT count(*) FROM alerts WHERE code = 'dispute_answer_refused'") == alerts
    assert len([call for call, _ in bank.psp.dispute_calls if call == "submit_evidence"]) == 1


def test_a_refusal_is_no_loss(bank, dispute):
    """The PSP will not take it: a person is called, the draft is there, and it may be handed in again."""
    submitted = submit(dispute.id)
    bank.psp.lose_dispute_answer("before", InvalidRequest("not like this"))
    sent(submitted)

    assert bank.db.value("SELECT refusal FROM dispute_answers") == "not like this"
    sent(submit(dispute.id))
    assert bank.psp.disputes[dispute.psp_dispute_id].submission_count == 1


def test_an_accepted_dispute_is_lost_now(bank, dispute):
    """The order is closed; an answer that was lost is found out about, under one key."""
    accepted = accept(dispute.id)
    bank.psp.lose_dispute_answer("after", OutcomeUnknown("gone"))
    with pytest.raises(Park):
        sent(accepted)
    sent(accepted)

    assert bank.now(bank.psp.disputes[dispute.psp_dispute_id]).status == "lost"
    keys = {key for call, key in bank.psp.dispute_calls if call == "accept_dispute"}
    assert len(keys) == 1
    assert bank.db.value("SELECT count(*) FROM orders WHERE status = 'closed'") == 1


def test_nothing_is_said_after_the_deadline(bank, dispute):
    """Nor before a bank that does not listen: a returned debit."""
    in_days(8)
    with pytest.raises(InvalidDisputeState, match="time"):
        save(dispute.id, 0, service_date="x")
    returned = bank.now(bank.told(bank.paid(990), method="sepa_debit", status="needs_response"))
    with pytest.raises(InvalidDisputeState, match="cannot be contested"):
        accept(returned.id)


def test_an_inquiry_is_answered_apart_from_the_dispute_it_becomes(bank):
    """Each round is answered once."""
    inquiry = bank.now(bank.told(bank.paid(1500), status="warning_needs_response"))
    sent(submit(inquiry.id))
    bank.psp.decide(inquiry.psp_dispute_id, "needs_response")
    bank.tells(bank.psp.withdraw(inquiry.psp_dispute_id))
    sent(submit(inquiry.id))

    rounds = bank.db.rows("SELECT round, status FROM dispute_answers ORDER BY created_at")
    assert rounds == [{"round": "inquiry", "status": "done"}, {"round": "dispute", "status": "done"}]


def test_each_answer_leaves_a_trace_in_the_audit_log(bank, dispute):
    """Saved, added, handed in: who did it, and none of what was said."""
    save(dispute.id, 0, service_date="a secret word")
    add(dispute.id)
    submit(dispute.id)

    rows = bank.db.rows(
        "SELECT actor, action, after FROM audit_log WHERE action LIKE 'dispute.%%' ORDER BY at, id"
    )
    assert [row["action"] for row in rows] == ["dispute.evidence_save", "dispute.file_add", "dispute.submit"]
    assert {row["actor"] for row in rows} == {str(WHO)}
    assert "secret word" not in json.dumps([row["after"] for row in rows])
