"""What a test card or test account can do, and the refusals in Stripe's codes and words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Family(StrEnum):
    SUCCESS = "Succeeds"
    DECLINE = "Declined"
    THREE_D_SECURE = "3-D Secure"
    RISK = "Risk"
    REFUND = "What becomes of a refund"
    DISPUTE = "Disputed"
    DELIVERY = "Late, lost and repeated news"
    PAYOUT = "What becomes of the seller's payout"
    SETTLEMENT = "What the settlement file says of it"
    BANK_DEBIT = "Bank debit"


class Fate(StrEnum):
    """What becomes of a payout once it has left."""

    ARRIVES = "arrives"
    FAILS = "fails"
    RETURNS = "returns"


class RefundFate(StrEnum):
    """What becomes of a refund to this card."""

    SUCCEEDS = "succeeds"
    PENDING = "pending"  # at first; then it succeeds
    FAILS = "fails"  # after it had succeeded


class Lie(StrEnum):
    """What the settlement file says otherwise of a charge. The balance is as it is: only the file differs."""

    LOWER_AMOUNT = "lower_amount"
    HIGHER_FEE = "higher_fee"
    DAY_LATE = "day_late"
    NEVER = "never"
    TWICE = "twice"
    OTHER_CURRENCY = "other_currency"
    FAILED = "failed"
    EXTRA_ROW = "extra_row"
    MALFORMED = "malformed"


class Notify(StrEnum):
    """How the webhooks of a paid session travel."""

    NORMAL = "normal"
    BEFORE_REDIRECT = "before_redirect"
    LOST = "lost"
    THREE_TIMES = "three_times"


@dataclass(frozen=True, slots=True)
class Decline:
    code: str
    decline_code: str | None
    message: str
    reaches_issuer: bool = True  # a charge is made, and it fails


@dataclass(frozen=True, slots=True)
class Risk:
    level: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What happens when this card or account pays. `settles_after_seconds` None: at once; `never_settles`: stays."""

    decline: Decline | None = None
    challenge: bool = False
    risk: Risk = Risk("normal", 21)
    settles_after_seconds: int | None = None
    never_settles: bool = False
    late_decline: Decline | None = None
    notify: Notify = Notify.NORMAL
    page_hangs: bool = False
    returns: bool = True
    payout_fate: Fate = Fate.ARRIVES
    refund_fate: RefundFate = RefundFate.SUCCEEDS
    disputed_as: str | None = None  # the reason of the dispute that follows at once
    returned_after_seconds: int | None = None  # a bank debit comes back so long after it arrived
    lie: Lie | None = None  # of the settlement file


GENERIC: Final = Decline("card_declined", "generic_decline", "Your card was declined.")
INSUFFICIENT: Final = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST: Final = Decline("card_declined", "lost_card", "Your card was declined.")
STOLEN: Final = Decline("card_declined", "stolen_card", "Your card was declined.")
EXPIRED: Final = Decline("expired_card", "expired_card", "Your card has expired.")
INCORRECT_CVC: Final = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING_ERROR: Final = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
INCORRECT_NUMBER: Final = Decline(
    "incorrect_number", "incorrect_number", "Your card number is incorrect.", reaches_issuer=False
)
NOT_A_TEST_CARD: Final = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
    reaches_issuer=False,
)
NOT_AUTHENTICATED: Final = Decline(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
    reaches_issuer=False,
)
DEBIT_REFUSED: Final = Decline(
    "payment_intent_payment_attempt_failed",
    "insufficient_funds",
    "The customer's account has insufficient funds.",
)
