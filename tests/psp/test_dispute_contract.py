"""What every adapter must do with disputes, over the wire to the mock PSP: its journal says what truly happened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.core.clock import utcnow
from checkout.core.ids import new
from checkout.core.money import Money
from checkout.psp import (
    CreateRefund,
    DisputeNews,
    EvidenceFile,
    HostedLine,
    InvalidRequest,
    OutcomeUnknown,
    SubmitEvidence,
)

EUR_2490 = Money(2490, "EUR")
PDF = b"%PDF-1.7\r\n" + bytes(range(256)) + b"\r\n--not-a-boundary--\r\n%%EOF"


@pytest.fixture
def paid(mock, request_of):
    """Pays a payment at the mock and answers how it stands."""

    def pay(amount=EUR_2490):
        request = request_of(amount=amount, lines=(HostedLine("Mug", 1, amount),))
        registered = mock.adapter.register_payment(request)
        assert mock.pay(registered.session_id, card="4242424242424242") == "succeeded"
        return mock.adapter.fetch_payment(registered.session_id)

    return pay


@pytest.fixture
def disputed(mock, paid):
    """Opens a dispute of a fresh payment at its bank; the payment, and the dispute as the adapter reads it."""

    def dispute(amount=EUR_2490, action="open", **how):
        payment = paid(amount)
        says(mock, payment, action, **how)
        (found,) = mock.adapter.list_disputes(payment.intent_id)
        return payment, found

    return dispute


def says(mock, payment, action, **how):
    """What the payment's bank does."""
    return mock.control("POST", "disputes", {"payment_intent": payment.intent_id, "action": action, **how})


def evidence_of(dispute, **fields):
    reference = new("dp")
    made = SubmitEvidence(
        dispute_id=dispute.id,
        reference=reference,
        idempotency_key=f"{reference}:evidence:1",
        texts={"customer_name": "Jo", "uncategorized_text": "winning_evidence"},
        files={},
        submit=True,
    )
    return replace(made, **fields)


def file_of(**fields):
    reference = new("file")
    made = EvidenceFile(reference, "receipt.pdf", "application/pdf", PDF, f"{reference}:upload")
    return replace(made, **fields)


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        (Money(2490, "EUR"), Money(2000, "EUR")),
        (Money(2490, "JPY"), Money(1300, "JPY")),
        (Money(24_900, "KWD"), Money(6000, "KWD")),
        (Money(2490, "ISK"), Money(20, "ISK")),
    ],
)
def test_a_dispute_shows_what_it_took(disputed, mock, amount, fee):
    """The payment's amount and a fee, in the currency's own unit: 24.90 EUR, 2490 JPY, 24.900 KWD, 2490 ISK."""
    payment, dispute = disputed(amount, reason="product_not_received")

    assert (dispute.charge_id, dispute.intent_id) == (payment.charge.id, payment.intent_id)
    assert (dispute.status, dispute.reason, dispute.method) == (
        "needs_response",
        "product_not_received",
        "card",
    )
    assert dispute.amount == amount
    assert [(moved.amount, moved.fee) for moved in dispute.movements] == [(-amount, fee)]
    assert dispute.evidence_due_at is not None
    assert dispute.evidence_due_at > utcnow()
    assert (dispute.has_evidence, dispute.submission_count, dispute.past_due) == (False, 0, False)
    assert mock.adapter.fetch_dispute(dispute.id) == dispute


def test_an_inquiry_moves_nothing_and_becomes_a_dispute_with_the_same_id(disputed, mock):
    payment, warning = disputed(action="inquire")
    assert (warning.status, warning.movements) == ("warning_needs_response", ())
    assert warning.charge_is_refundable

    says(mock, payment, "escalate")

    dispute = mock.adapter.fetch_dispute(warning.id)
    assert dispute.status == "needs_response"
    assert [moved.amount for moved in dispute.movements] == [-EUR_2490]


def test_a_disputed_payment_is_not_refunded(disputed, mock):
    """The bank has the money already: it would leave twice."""
    payment, dispute = disputed()
    assert not dispute.charge_is_refundable

    reference = new("re")
    with pytest.raises(InvalidRequest) as refused:
        mock.adapter.create_refund(
            CreateRefund(
                reference,
                payment.reference,
                reference,
                payment.intent_id,
                payment.charge.id,
                Money(1050, "EUR"),
            )
        )

    assert refused.value.psp_code == "charge_disputed"


def test_evidence_is_a_draft_until_it_is_handed_in(disputed, mock):
    """A draft with a file and a text, then the rest: what was drafted goes along."""
    _, dispute = disputed()
    file_id = mock.adapter.upload_evidence(file_of())

    drafted = mock.adapter.submit_evidence(evidence_of(dispute, files={"receipt": file_id}, submit=False))
    handed_in = mock.adapter.submit_evidence(evidence_of(dispute, texts={"customer_name": "Jo"}))

    assert (drafted.status, drafted.has_evidence, drafted.submission_count) == ("needs_response", True, 0)
    assert (handed_in.status, handed_in.submission_count) == ("under_review", 1)


def test_a_dispute_that_is_won_brings_the_money_back(disputed, mock):
    """−24.90 and a fee, the fee for the answer, then +24.90 and that second fee."""
    payment, dispute = disputed()
    mock.adapter.submit_evidence(evidence_of(dispute))

    says(mock, payment, "win")

    won = mock.adapter.fetch_dispute(dispute.id)
    assert won.status == "won"
    assert [(moved.amount.amount_minor, moved.fee.amount_minor) for moved in won.movements] == [
        (-2490, 2000),
        (0, 2000),
        (2490, -2000),
    ]
    assert won.movements[:1] == dispute.movements


def test_a_file_is_uploaded_once_under_its_key(mock):
    """The same content has the same bytes on the wire; another file under the key leaves it unknown."""
    file = file_of()

    first = mock.adapter.upload_evidence(file)

    assert mock.adapter.upload_evidence(file) == first
    with pytest.raises(OutcomeUnknown):
        mock.adapter.upload_evidence(replace(file, content=PDF + b"more"))


def test_an_upload_whose_answer_is_lost_is_brought_by_its_key(mock):
    file = file_of()
    mock.control(
        "POST", "faults", {"path": "/v1/files", "method": "POST", "kind": "drop_response", "times": 2}
    )
    with pytest.raises(OutcomeUnknown):
        mock.adapter.upload_evidence(file)

    assert mock.adapter.upload_evidence(file).startswith("file_")


def test_evidence_whose_answer_is_lost_is_handed_in_once(disputed, mock):
    """A second fee for the answer would be the sign of a second submission."""
    _, dispute = disputed()
    request = evidence_of(dispute)
    path = f"/v1/disputes/{dispute.id}"
    mock.control("POST", "faults", {"path": path, "method": "POST", "kind": "drop_response", "times": 2})
    with pytest.raises(OutcomeUnknown):
        mock.adapter.submit_evidence(request)

    answered = mock.adapter.submit_evidence(request)

    assert (answered.status, answered.submission_count) == ("under_review", 1)
    assert len(mock.adapter.fetch_dispute(dispute.id).movements) == 2


def test_evidence_that_comes_too_late_is_refused(disputed, mock):
    """The dispute has ended: whatever is said now changes nothing."""
    payment, dispute = disputed()
    says(mock, payment, "lose")

    with pytest.raises(InvalidRequest):
        mock.adapter.submit_evidence(evidence_of(dispute))


def test_a_dispute_that_is_given_up_is_lost_and_no_more_is_taken(disputed, mock):
    """Given up twice, it says so again."""
    _, dispute = disputed()

    lost = mock.adapter.accept_dispute(dispute.id, f"{dispute.id}:accept")

    assert (lost.status, lost.movements) == ("lost", dispute.movements)
    assert mock.adapter.accept_dispute(dispute.id, f"{dispute.id}:accept:2").status == "lost"


def test_an_inquiry_is_not_given_up(disputed, mock):
    """It is answered, or its payment refunded; no money of it has moved."""
    _, warning = disputed(action="inquire")

    with pytest.raises(InvalidRequest):
        mock.adapter.accept_dispute(warning.id, f"{warning.id}:accept")


def test_its_events_say_what_became_of_it(disputed, mock):
    """Opened, withdrawn, answered, won, reinstated: each event with the dispute as it was then."""
    payment, dispute = disputed()
    mock.adapter.submit_evidence(evidence_of(dispute))
    says(mock, payment, "win")

    told = [
        (news.kind, news.dispute.status, len(news.dispute.movements))
        for payload in mock.events()
        if isinstance(news := mock.adapter.interpret_money_back(payload), DisputeNews)
        and news.dispute.id == dispute.id
    ]

    assert sorted(told) == [
        ("closed", "won", 3),
        ("created", "needs_response", 1),
        ("funds_reinstated", "won", 3),
        ("funds_withdrawn", "needs_response", 1),
        ("updated", "under_review", 2),
    ]


def test_a_payment_that_nobody_disputes_has_no_disputes(mock, paid):
    assert mock.adapter.list_disputes(paid().intent_id) == ()
