"""What an event says of a person is not kept; what is applied is."""

from __future__ import annotations

import json

import pytest

from checkout.core.money import Money
from checkout.psp.stripe.money_back_news import money_back_news
from checkout.psp.stripe.news import payment_news
from checkout.psp.stripe.personal import without_personal_data
from tests.psp.deliveries import event
from tests.psp.fake_money_back import FakeMoneyBack
from tests.psp.money_back_objects import dispute_object, refund_object
from tests.stripe_openapi.validate import object_errors

PLANTED = ("jo@example.org", "Jo Ünal", "Hauptstr. 1", "+491701234567", "4242", "fp_Xt5E")
ADDRESS = {"line1": "Hauptstr. 1", "city": "Berlin", "country": "DE"}
CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "created": 1_795_262_400,
    "amount": 2490,
    "amount_captured": 2490,
    "currency": "eur",
    "status": "succeeded",
    "captured": True,
    "paid": True,
    "livemode": False,
    "payment_intent": "pi_1",
    "balance_transaction": "txn_1",
    "metadata": {"payment": "pay_01jd2k8wz5e8p9c4m6h7r3t1vx"},
    "receipt_email": "jo@example.org",
    "receipt_url": "https://pay.stripe.com/receipts/jo@example.org",
    "billing_details": {
        "email": "jo@example.org",
        "name": "Jo Ünal",
        "phone": "+491701234567",
        "address": ADDRESS,
    },
    "shipping": {"name": "Jo Ünal", "address": ADDRESS},
    "payment_method_details": {
        "type": "card",
        "card": {"brand": "visa", "last4": "4242", "fingerprint": "fp_Xt5E"},
    },
}
EVENT = {"id": "evt_1", "object": "event", "type": "charge.succeeded", "data": {"object": CHARGE}}


def test_persons_are_left_out_and_the_event_says_the_same_of_the_payment():
    """At any depth; the amounts, ids and the method's name stay."""
    assert all(word in json.dumps(EVENT, ensure_ascii=False) for word in PLANTED)  # the control

    kept = without_personal_data(EVENT)

    text = json.dumps(kept, ensure_ascii=False)
    assert [word for word in PLANTED if word in text] == []
    assert payment_news(kept) == payment_news(EVENT)
    assert payment_news(kept).kind == "captured"


def test_a_sellers_bank_account_keeps_what_a_payout_needs():
    """Its last four digits say where the money goes; only a shopper's means of payment is described to nobody."""
    account = {
        "external_accounts": {"data": [{"last4": "3000", "country": "DE", "account_holder_name": "Ada"}]}
    }

    assert without_personal_data(account) == {
        "external_accounts": {"data": [{"last4": "3000", "country": "DE", "account_holder_name": None}]}
    }


def test_a_disputes_evidence_is_not_kept_and_the_dispute_is_read_the_same():
    """Neither what we told the bank of the shopper, nor what it was before; the amounts, times and reasons stay."""
    evidence = {
        "customer_name": "Jo Ünal",
        "customer_email_address": "jo@example.org",
        "customer_purchase_ip": "203.0.113.7",
        "billing_address": "Hauptstr. 1",
        "uncategorized_text": "Jo Ünal signed for it at Hauptstr. 1",
    }
    shown = dispute_object(FakeMoneyBack().open_dispute("pi_1", Money(1050, "EUR"))) | {"evidence": evidence}
    told = event("charge.dispute.updated", shown)
    told["data"]["previous_attributes"] = {"evidence": {**evidence, "customer_name": None}}
    assert object_errors(shown) == []

    kept = without_personal_data(told)

    assert _found((*PLANTED, "203.0.113.7"), told) == [
        "jo@example.org",
        "Jo Ünal",
        "Hauptstr. 1",
        "203.0.113.7",
    ]
    assert _found((*PLANTED, "203.0.113.7"), kept) == []
    assert money_back_news(kept) == money_back_news(told)
    assert money_back_news(kept).dispute.network_reason_code == "10.4"


def test_where_a_refund_asks_the_shopper_is_not_kept():
    """A refund that waits for the shopper's bank details names an address twice."""
    made = FakeMoneyBack().refund_elsewhere("pi_1", Money(1050, "EUR"))
    shown = refund_object(made) | {
        "instructions_email": "jo@example.org",
        "next_action": {
            "type": "display_details",
            "display_details": {
                "expires_at": 1_795_262_400,
                "email_sent": {"email_sent_at": 1_795_262_400, "email_sent_to": "jo@example.org"},
            },
        },
    }
    told = event("refund.created", shown)
    assert object_errors(shown) == []

    kept = without_personal_data(told)

    assert _found(PLANTED, told) == ["jo@example.org"]
    assert _found(PLANTED, kept) == []
    assert money_back_news(kept) == money_back_news(told)


@pytest.mark.parametrize(
    "means",
    [
        {
            "type": "paypal",
            "paypal": {"payer_email": "jo@example.org", "payer_name": "Jo Ünal", "payer_id": "P7Q"},
        },
        {"type": "cashapp", "cashapp": {"buyer_id": "P7Q", "cashtag": "$jo@example.org"}},
        {"type": "boleto", "boleto": {"tax_id": "P7Q"}},
        {"type": "klarna", "klarna": {"payer_details": {"address": {"country": "P7Q"}}}},
    ],
)
def test_who_paid_by_another_means_is_left_out_too(means):
    """Wallets and accounts name their holder in words of their own; which means it was stays."""
    kept = without_personal_data({"data": {"object": {**CHARGE, "payment_method_details": means}}})

    assert _found((*PLANTED, "P7Q"), means)
    assert _found((*PLANTED, "P7Q"), kept) == []
    assert kept["data"]["object"]["payment_method_details"]["type"] == means["type"]


def _found(words, document):
    text = json.dumps(document, ensure_ascii=False)
    return [word for word in words if word in text]
