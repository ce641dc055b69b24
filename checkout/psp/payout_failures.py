"""Why a bank did not keep a payout: a closed list of our reasons, each in words that a seller can act on."""

from __future__ import annotations

from typing import Final

BANK_DECLINED: Final = "bank_declined"

PAYOUT_FAILURES: Final[dict[str, str]] = {
    "account_closed": "The bank account is closed. Enter another one.",
    "no_account": "The bank knows no account with this number. Check the number, or enter another account.",
    "account_restricted": "The bank has restricted the account. Ask the bank, or enter another account.",
    "details_wrong": "The bank could not read the account's details. Check the number and enter it again.",
    "holder_name_wrong": "The holder's name is not the one that the bank has. Enter it as the bank writes it.",
    "holder_changed": "The account belongs to somebody else now. Enter another one.",
    "currency_not_accepted": "The account does not take this currency. Enter an account that does.",
    "not_covered": "The payment provider could not cover the payout. It will be sent again; you need not do anything.",
    BANK_DECLINED: "The bank sent the money back without a reason. Ask the bank, or enter another account.",
}
