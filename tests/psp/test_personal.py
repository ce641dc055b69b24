"""What an event says of a person is not kept; what is applied is."""

from __future__ import annotations

import json

from checkout.psp.stripe.news import payment_news
from checkout.psp.stripe.personal import without_personal_data

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
