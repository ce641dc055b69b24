"""Ids in the form of Stripe's: a prefix and base-62 characters. They are unguessable, for a hosted page's address
is all that a shopper needs to pay."""

from __future__ import annotations

import secrets
from typing import Final

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# 256 is no multiple of 62, so some letters come a little more often; the ids are long enough to bear it.
_LETTERS: Final = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))


def _random(length: int) -> str:
    return secrets.token_bytes(length).translate(_LETTERS).decode()


def session_id() -> str:
    return f"cs_test_a1{_random(58)}"


def payment_intent_id() -> str:
    return f"pi_3{_random(23)}"


def charge_id() -> str:
    return f"ch_3{_random(23)}"


def balance_transaction_id() -> str:
    return f"txn_3{_random(23)}"


def customer_id() -> str:
    return f"cus_{_random(14)}"


def payment_method_id() -> str:
    return f"pm_1{_random(23)}"


def event_id() -> str:
    return f"evt_1{_random(23)}"


def request_id() -> str:
    return f"req_{_random(14)}"


def line_item_id() -> str:
    return f"li_1{_random(23)}"


def price_id() -> str:
    return f"price_1{_random(23)}"


def product_id() -> str:
    return f"prod_{_random(14)}"


def client_secret(intent_id: str) -> str:
    return f"{intent_id}_secret_{_random(25)}"


def network_transaction_id() -> str:
    return _random(15)


def account_id() -> str:
    return f"acct_1{_random(15)}"


def bank_account_id() -> str:
    return f"ba_1{_random(23)}"


def transfer_id() -> str:
    return f"tr_3{_random(23)}"


def transfer_reversal_id() -> str:
    return f"trr_1{_random(23)}"


def destination_payment_id() -> str:
    return f"py_1{_random(23)}"


def destination_refund_id() -> str:
    return f"pyr_1{_random(23)}"


def refund_id(*, of_card: bool) -> str:
    return f"{'re_3' if of_card else 'pyr_1'}{_random(23)}"


def dispute_id() -> str:
    return f"du_1{_random(23)}"


def file_id() -> str:
    return f"file_1{_random(23)}"


def report_run_id() -> str:
    return f"frr_1{_random(23)}"


def payout_id() -> str:
    return f"po_1{_random(23)}"


def topup_id() -> str:
    return f"tu_1{_random(23)}"


def conversion_id() -> str:
    return f"fx_1{_random(23)}"


def onboarding_token() -> str:
    return _random(40)
