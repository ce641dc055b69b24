"""What the payments package refuses.

DomainError
├── OrderAmountsDoNotAddUp, AmountTooSmall, AmountStep, SellerNotPayable, ReturnUrlNotAllowed
├── OtherMode             a test key where money is real, or the reverse
├── PaymentIdInUse        another checkout bears the client's payment_id
├── InvalidPaymentState   not from here
├── PspRejected           the PSP refused for good
└── PspUnavailable        no answer, or none yet: the same key goes on
"""

from __future__ import annotations

from checkout.core.errors import DomainError


class OrderAmountsDoNotAddUp(DomainError):
    code = "order_amounts_do_not_add_up"


class AmountTooSmall(DomainError):
    code = "amount_too_small"


class AmountStep(DomainError):
    code = "amount_step"


class SellerNotPayable(DomainError):
    code = "seller_not_payable"


class ReturnUrlNotAllowed(DomainError):
    code = "return_url_not_allowed"


class OtherMode(DomainError):
    """The key's mode is not the PSP's: a test must never charge real money."""

    code = "forbidden"


class PaymentIdInUse(DomainError):
    code = "payment_id_in_use"


class InvalidPaymentState(DomainError):
    code = "invalid_payment_state"


class PspRejected(DomainError):
    """The PSP refused the request itself, not a card: the same request will be refused again."""

    code = "psp_rejected"


class PspUnavailable(DomainError):
    """Nothing is stored under the key: the same key goes on where this ended."""

    code = "psp_unavailable"
    retryable = True
