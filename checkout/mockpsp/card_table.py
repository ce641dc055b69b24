"""The test cards and test bank accounts: one table that makes the hosted page, the documentation and the tests.

It holds exactly the rows whose behaviour works.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.mockpsp.behaviours import (
    DEBIT_REFUSED,
    EXPIRED,
    GENERIC,
    INCORRECT_CVC,
    INCORRECT_NUMBER,
    INSUFFICIENT,
    LOST,
    PROCESSING_ERROR,
    STOLEN,
    Behaviour,
    Family,
    Fate,
    Lie,
    Notify,
    RefundFate,
    Risk,
)


@dataclass(frozen=True, slots=True)
class Means:
    """One row: a card number or an IBAN, and what it does."""

    slug: str
    number: str
    family: Family
    says: str
    behaviour: Behaviour
    brand: str = "visa"
    country: str = "US"

    @property
    def is_iban(self) -> bool:
        return self.family is Family.BANK_DEBIT

    @property
    def spaced(self) -> str:
        """The number as people read it."""
        if self.brand == "amex":
            return f"{self.number[:4]} {self.number[4:10]} {self.number[10:]}"
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


TWO_DAYS: Final = 2 * 86_400
FIVE_DAYS: Final = 5 * 86_400
_SUCCEEDS: Final = Behaviour()


def _delivery(digits: str, slug: str, says: str, behaviour: Behaviour) -> Means:
    return Means(slug, f"400099000000{digits}", Family.DELIVERY, says, behaviour)


def _of_payout(digits: str, slug: str, says: str, behaviour: Behaviour) -> Means:
    return Means(slug, f"400099000000{digits}", Family.PAYOUT, says, behaviour)


def _of_file(digits: str, lie: Lie, says: str) -> Means:
    slug = f"settled-{lie.value.replace('_', '-')}"
    return Means(slug, f"400099000000{digits}", Family.SETTLEMENT, f"succeeds; {says}", Behaviour(lie=lie))


TABLE: Final[tuple[Means, ...]] = (
    Means("visa", "4242424242424242", Family.SUCCESS, "succeeds", _SUCCEEDS),
    Means("mastercard", "5555555555554444", Family.SUCCESS, "succeeds", _SUCCEEDS, "mastercard"),
    Means("amex", "378282246310005", Family.SUCCESS, "succeeds", _SUCCEEDS, "amex"),
    Means(
        "generic-decline", "4000000000000002", Family.DECLINE, "generic_decline", Behaviour(decline=GENERIC)
    ),
    Means(
        "insufficient-funds",
        "4000000000009995",
        Family.DECLINE,
        "insufficient_funds",
        Behaviour(decline=INSUFFICIENT),
    ),
    Means("lost-card", "4000000000009987", Family.DECLINE, "lost_card", Behaviour(decline=LOST)),
    Means("stolen-card", "4000000000009979", Family.DECLINE, "stolen_card", Behaviour(decline=STOLEN)),
    Means("expired-card", "4000000000000069", Family.DECLINE, "expired_card", Behaviour(decline=EXPIRED)),
    Means(
        "incorrect-cvc", "4000000000000127", Family.DECLINE, "incorrect_cvc", Behaviour(decline=INCORRECT_CVC)
    ),
    Means(
        "processing-error",
        "4000000000000119",
        Family.DECLINE,
        "processing_error",
        Behaviour(decline=PROCESSING_ERROR),
    ),
    Means(
        "incorrect-number",
        "4242424242424241",
        Family.DECLINE,
        "incorrect_number",
        Behaviour(decline=INCORRECT_NUMBER),
    ),
    Means(
        "3ds-always",
        "4000002760003184",
        Family.THREE_D_SECURE,
        "asks for 3-D Secure, always",
        Behaviour(challenge=True),
    ),
    Means(
        "3ds-then-declined",
        "4000008260003178",
        Family.THREE_D_SECURE,
        "asks for 3-D Secure, then declined (insufficient_funds)",
        Behaviour(challenge=True, decline=INSUFFICIENT),
    ),
    Means(
        "highest-risk",
        "4000000000004954",
        Family.RISK,
        "succeeds, risk level highest",
        Behaviour(risk=Risk("highest", 92)),
    ),
    Means(
        "elevated-risk",
        "4000000000009235",
        Family.RISK,
        "succeeds, risk level elevated",
        Behaviour(risk=Risk("elevated", 68)),
    ),
    Means(
        "refund-pending",
        "4000000000007726",
        Family.REFUND,
        "succeeds; a refund is pending at first and succeeds 10 s later",
        Behaviour(refund_fate=RefundFate.PENDING),
    ),
    Means(
        "refund-fails",
        "4000000000005126",
        Family.REFUND,
        "succeeds; a refund succeeds, and fails 30 s later (expired_or_canceled_card)",
        Behaviour(refund_fate=RefundFate.FAILS),
    ),
    Means(
        "disputed-fraudulent",
        "4000000000000259",
        Family.DISPUTE,
        "succeeds, and is disputed at once (fraudulent); evidence text winning_evidence or losing_evidence decides",
        Behaviour(disputed_as="fraudulent"),
    ),
    Means(
        "disputed-not-received",
        "4000000000002685",
        Family.DISPUTE,
        "succeeds, and is disputed at once (product_not_received); evidence decides likewise",
        Behaviour(disputed_as="product_not_received"),
    ),
    _delivery("0103", "after-30-seconds", "succeeds after 30 s", Behaviour(settles_after_seconds=30)),
    _delivery("0202", "after-15-minutes", "succeeds after 15 min", Behaviour(settles_after_seconds=900)),
    _delivery(
        "0301",
        "webhook-first",
        "succeeds; the webhook comes before the redirect",
        Behaviour(notify=Notify.BEFORE_REDIRECT),
    ),
    _delivery("0400", "webhook-lost", "succeeds; the webhook is lost", Behaviour(notify=Notify.LOST)),
    _delivery(
        "0509",
        "webhook-three-times",
        "succeeds; each webhook comes three times, out of order",
        Behaviour(notify=Notify.THREE_TIMES),
    ),
    _delivery(
        "0608",
        "timeout",
        "the PSP times out, and is later found to have succeeded (after 20 s)",
        Behaviour(settles_after_seconds=20, page_hangs=True, returns=False),
    ),
    _delivery("0806", "never-returns", "succeeds; the shopper never returns", Behaviour(returns=False)),
    _of_payout(
        "1903",
        "payout-fails",
        "succeeds; the next payout to its seller fails at the bank, once (account_closed)",
        Behaviour(payout_fate=Fate.FAILS),
    ),
    _of_payout(
        "2000",
        "payout-returned",
        "succeeds; the next payout to its seller comes back two days after it arrived, once (could_not_process)",
        Behaviour(payout_fate=Fate.RETURNS),
    ),
    _of_file("1002", Lie.LOWER_AMOUNT, "its row in the file is 1.00 lower"),
    _of_file("1101", Lie.HIGHER_FEE, "the fee in its row is 1.00 higher"),
    _of_file("1200", Lie.DAY_LATE, "its row comes a day late, in the next file"),
    _of_file("1309", Lie.NEVER, "its row never comes"),
    _of_file("1408", Lie.TWICE, "its row stands in the file twice"),
    _of_file("1507", Lie.OTHER_CURRENCY, "its row is in another currency"),
    _of_file("1606", Lie.FAILED, "its row says that it failed"),
    _of_file("1705", Lie.EXTRA_ROW, "the file has an extra row of -3.00 that nobody knows"),
    _of_file("1804", Lie.MALFORMED, "its row is malformed"),
    Means(
        "debit-succeeds",
        "DE89370400440532013000",
        Family.BANK_DEBIT,
        "processing for 2 days, then succeeds",
        Behaviour(settles_after_seconds=TWO_DAYS),
        "sepa_debit",
        "DE",
    ),
    Means(
        "debit-fails",
        "DE18370400440532990001",
        Family.BANK_DEBIT,
        "processing for 2 days, then fails",
        Behaviour(settles_after_seconds=TWO_DAYS, late_decline=DEBIT_REFUSED),
        "sepa_debit",
        "DE",
    ),
    Means(
        "debit-returned",
        "DE88370400440532990002",
        Family.BANK_DEBIT,
        "processing for 2 days, succeeds, and is returned 5 days later: a dispute that is lost at once",
        Behaviour(settles_after_seconds=TWO_DAYS, returned_after_seconds=FIVE_DAYS),
        "sepa_debit",
        "DE",
    ),
    Means(
        "debit-never-ends",
        "DE61370400440532990003",
        Family.BANK_DEBIT,
        "processing for ever",
        Behaviour(never_settles=True),
        "sepa_debit",
        "DE",
    ),
)
