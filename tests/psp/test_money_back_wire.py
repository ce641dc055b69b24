"""Refunds, evidence and files on the wire: the parameters, and what is refused before it is sent."""

from __future__ import annotations

from dataclasses import replace
from email.parser import BytesParser

import pytest
from hypothesis import given, settings, strategies

from checkout.core.money import Money
from checkout.psp import CreateRefund, EvidenceFile, InvalidRequest, SubmitEvidence
from checkout.psp.stripe.currencies import CURRENCIES
from checkout.psp.stripe.evidence import (
    FILE_FIELDS,
    MAX_FILE_BYTES,
    TEXT_FIELDS,
    evidence_parameters,
    file_form,
)
from checkout.psp.stripe.refunds import refund_parameters
from tests.stripe_openapi.validate import request_errors, spec

REFUND = CreateRefund(
    reference="re_1",
    payment_reference="pay_1",
    idempotency_key="re_1:refund",
    intent_id="pi_1",
    charge_id="ch_1",
    amount=Money(1050, "EUR"),
)
EVIDENCE = SubmitEvidence(
    dispute_id="dp_1",
    reference="dp_01jd2k8wz5e8p9c4m6h7r3t1vx",
    idempotency_key="dp_1:evidence:1",
    texts={"customer_name": "Jo", "uncategorized_text": "winning_evidence"},
    files={"receipt": "file_1"},
    submit=True,
)
PDF = EvidenceFile("dp_1", "receipt.pdf", "application/pdf", b"%PDF-1.7 \r\n--x\r\n\x00\xff", "fil_1:upload")


def test_the_parameters_of_a_refund():
    """By the intent alone (Stripe takes one of intent and charge); the refund names ours and our payment."""
    wire = refund_parameters(replace(REFUND, reason="duplicate"))

    assert wire == {
        "payment_intent": "pi_1",
        "amount": "1050",
        "metadata[refund]": "re_1",
        "metadata[payment]": "pay_1",
        "reason": "duplicate",
    }
    assert request_errors("POST", "/v1/refunds", wire) == []
    assert "reason" not in refund_parameters(REFUND)


@pytest.mark.parametrize(
    ("amount", "on_the_wire"),
    [
        (Money(1050, "JPY"), "1050"),
        (Money(6490, "KWD"), "6490"),
        (Money(900, "ISK"), "90000"),
        (Money(900, "UGX"), "90000"),
        (Money(500, "MGA"), "5"),
        (Money(150, "HUF"), "150"),
    ],
)
def test_an_amount_is_sent_in_stripes_unit(amount, on_the_wire):
    """1050 JPY, 6.490 KWD, 900 ISK and UGX with two decimals, 5.00 MGA with none; HUF 1.50 goes to a card, if not to
    a bank."""
    assert refund_parameters(replace(REFUND, amount=amount))["amount"] == on_the_wire


@pytest.mark.parametrize(
    "amount",
    [
        Money(6495, "KWD"),
        Money(1, "BHD"),
        Money(550, "MGA"),
        Money(0, "EUR"),
        Money(-1, "EUR"),
        Money(100_000_000, "EUR"),
        Money(10, "KPW"),
    ],
)
def test_an_amount_that_cannot_be_sent_is_refused(amount):
    """Three decimals end in 0, MGA has no decimals at Stripe, nothing is no refund, nine digits are too many, and
    Stripe does not take KPW."""
    with pytest.raises(InvalidRequest):
        refund_parameters(replace(REFUND, amount=amount))


def test_a_refund_of_no_payment_is_refused():
    """Without an intent there is nothing to give back; Stripe would have to guess."""
    with pytest.raises(InvalidRequest):
        refund_parameters(replace(REFUND, intent_id=""))


@settings(max_examples=50)
@given(strategies.sampled_from(sorted(CURRENCIES)), strategies.integers(1, 99_999))
def test_every_multiple_of_the_step_can_be_given_back(currency, steps):
    """The step that the capabilities declare is the one that the wire asks for."""
    amount = Money(steps * CURRENCIES[currency].refund_step_minor, currency)

    if amount.amount_minor <= CURRENCIES[currency].maximum_minor:
        assert int(refund_parameters(replace(REFUND, amount=amount))["amount"]) > 0


@pytest.mark.parametrize("submit", [True, False])
def test_the_parameters_of_evidence(submit):
    """Texts and files under their fields; a draft is told from what the bank gets."""
    wire = evidence_parameters(replace(EVIDENCE, submit=submit))

    assert wire == {
        "evidence[customer_name]": "Jo",
        "evidence[uncategorized_text]": "winning_evidence",
        "evidence[receipt]": "file_1",
        "submit": "true" if submit else "false",
        "metadata[dispute]": "dp_01jd2k8wz5e8p9c4m6h7r3t1vx",
    }
    assert request_errors("POST", "/v1/disputes/dp_1", wire) == []


def test_an_empty_field_takes_back_what_a_draft_had():
    """A text or a file that was drafted and is not meant any more."""
    wire = evidence_parameters(
        replace(EVIDENCE, texts={"customer_name": ""}, files={"receipt": ""}, submit=False)
    )

    assert (wire["evidence[customer_name]"], wire["evidence[receipt]"]) == ("", "")


def test_the_fields_of_evidence_are_stripes():
    """Each one of the description is a text or a file here, but for its nested ones, which nobody asks for."""
    described = spec()["paths"]["/v1/disputes/{dispute}"]["post"]["requestBody"]["content"]
    fields = described["application/x-www-form-urlencoded"]["schema"]["properties"]["evidence"]["properties"]

    assert set(TEXT_FIELDS) | FILE_FIELDS == {
        name for name, what in fields.items() if what.get("type") == "string"
    }
    assert set(TEXT_FIELDS) & FILE_FIELDS == set()


@pytest.mark.parametrize(
    "change",
    [
        {"texts": {"colour": "blue"}},
        {"texts": {"receipt": "file_1"}},
        {"texts": {"uncategorized_text": "x" * 20_001}},
        {"texts": {"customer_name": "x" * 5_001}},
        {"texts": {name: "x" * 20_000 for name, most in TEXT_FIELDS.items() if most == 20_000}},
        {"files": {"uncategorized_text": "file_1"}},
        {"files": {"receipt": "../charges"}},
    ],
    ids=["unknown", "file-as-text", "long", "long-short", "all-too-long", "text-as-file", "no-file-id"],
)
def test_evidence_that_stripe_does_not_take_is_refused(change):
    with pytest.raises(InvalidRequest):
        evidence_parameters(replace(EVIDENCE, **change))


def test_nothing_of_the_evidence_is_shown():
    """A request that lands in a log tells nothing of the shopper."""
    assert "Jo" not in repr(EVIDENCE)
    assert "PDF-1.7" not in repr(PDF)


def test_a_file_is_sent_whole_and_the_same_twice():
    """Read by another program's eyes: two parts, the content byte for byte, whatever it contains."""
    content_type, body = file_form(PDF)

    assert file_form(PDF) == (content_type, body)
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    purpose, file = message.get_payload()
    assert purpose.get_payload() == "dispute_evidence"
    assert file.get_filename() == "receipt.pdf"
    assert file.get_content_type() == "application/pdf"
    assert body.count(PDF.content) == 1


def test_a_name_cannot_leave_its_header():
    """Quotes, line ends and paths become underscores."""
    _, body = file_form(replace(PDF, name='a"; x="\r\n../é.pdf'))

    assert 'filename="a_; x=___.._é.pdf"'.encode() in body


@pytest.mark.parametrize(
    "change", [{"media_type": "text/html"}, {"content": b""}, {"content": b"x" * (MAX_FILE_BYTES + 1)}]
)
def test_a_file_that_a_bank_does_not_take_is_refused(change):
    with pytest.raises(InvalidRequest):
        file_form(replace(PDF, **change))
