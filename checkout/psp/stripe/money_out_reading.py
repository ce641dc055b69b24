"""Transfers, reversals and payouts as Stripe shows them, read into ours."""

from __future__ import annotations

from typing import Any, Final, cast, get_args

from checkout.core.money import Money
from checkout.psp.payout_failures import BANK_DECLINED
from checkout.psp.port import (
    BankPayout,
    BankPayoutStatus,
    PayoutFailure,
    Transfer,
    TransferReversal,
)
from checkout.psp.stripe.reading import (
    Object,
    Unreadable,
    boolean,
    moment,
    money,
    nested,
    optional_text,
    reference_id,
    text,
)

PAYOUT_KEY: Final = "payout"  # in the metadata of transfers, reversals and payouts
MESSAGE_LENGTH: Final = 300

# Stripe's failure codes of payouts → our reasons (payout_failures.py).
REASONS: Final[dict[str, str]] = {
    "account_closed": "account_closed",
    "account_frozen": "account_restricted",
    "bank_account_restricted": "account_restricted",
    "bank_account_unusable": "account_restricted",
    "bank_ownership_changed": "holder_changed",
    "could_not_process": BANK_DECLINED,
    "debit_not_authorized": "account_restricted",
    "declined": BANK_DECLINED,
    "incorrect_account_address": "details_wrong",
    "incorrect_account_holder_address": "details_wrong",
    "incorrect_account_holder_name": "holder_name_wrong",
    "incorrect_account_holder_tax_id": "details_wrong",
    "incorrect_account_type": "details_wrong",
    "insufficient_funds": "not_covered",
    "invalid_account_number": "details_wrong",
    "invalid_account_number_length": "details_wrong",
    "invalid_currency": "currency_not_accepted",
    "no_account": "no_account",
    "unsupported_card": "details_wrong",
}


def transfer_of(made: Object) -> Transfer:
    """`reference` only where group and metadata agree: both are written by us, together."""
    group = optional_text(made, "transfer_group")
    ours = group is not None and nested(made, "metadata").get(PAYOUT_KEY) == group
    return Transfer(
        id=text(made, "id"),
        reference=group if ours else None,
        amount=money(made, "amount"),
        amount_reversed=money(made, "amount_reversed"),
        destination=_required_id(made, "destination"),
        balance_transaction=reference_id(made, "balance_transaction"),
        created_at=moment(made, "created"),
    )


def reversal_of(made: Object) -> TransferReversal:
    return TransferReversal(
        id=text(made, "id"),
        transfer_id=_required_id(made, "transfer"),
        reference=optional_text(nested(made, "metadata"), PAYOUT_KEY),
        amount=money(made, "amount"),
        balance_transaction=reference_id(made, "balance_transaction"),
        created_at=moment(made, "created"),
    )


def payout_of(made: Object, account: str) -> BankPayout:
    status = text(made, "status")
    if status not in get_args(BankPayoutStatus):
        raise Unreadable("an unknown status of a payout")
    return BankPayout(
        id=text(made, "id"),
        account=account,
        reference=optional_text(nested(made, "metadata"), PAYOUT_KEY),
        amount=_positive(money(made, "amount")),
        status=cast("BankPayoutStatus", status),
        method=text(made, "method"),
        arrives_on=moment(made, "arrival_date"),
        failure=_failure(made),
        balance_transaction=reference_id(made, "balance_transaction"),
        failure_balance_transaction=reference_id(made, "failure_balance_transaction"),
        bank_account=reference_id(made, "destination"),
        automatic=boolean(made, "automatic"),
        created_at=moment(made, "created"),
    )


def _failure(made: Object) -> PayoutFailure | None:
    code = optional_text(made, "failure_code")
    if code is None:
        return None
    words = (optional_text(made, "failure_message") or "")[:MESSAGE_LENGTH]
    return PayoutFailure(REASONS.get(code, BANK_DECLINED), code, words)


def _positive(amount: Money) -> Money:
    """A negative one is a debit of a negative balance: none of ours, for every account is paid out by hand."""
    if amount.amount_minor <= 0:
        raise Unreadable("a payout of nothing")
    return amount


def _required_id(source: Any, name: str) -> str:
    found = reference_id(source, name)
    if found is None:
        raise Unreadable(f"{name} is missing")
    return found
