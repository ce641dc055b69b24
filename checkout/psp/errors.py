"""What a PSP call may end with, besides an answer. An adapter raises nothing else.

PspError
├── Declined            the PSP refused the payment itself: a card, an account, a risk rule
├── InsufficientFunds   the balance does not cover it: nothing was executed, and its key keeps this answer
├── InvalidRequest      a bug or bad data: never retried
├── RateLimited         too many, or the same key is in flight: again later, with the same key
├── Unavailable         nothing was executed: the connection was refused
│   └── CircuitOpen     not even tried
└── OutcomeUnknown      it may have been executed: the same key again, or look it up
    ├── Contradicted    it was executed, but not as it was asked for
    └── RefundContradicted  so was a refund

WebhookRefused
├── WebhookSignatureInvalid
├── WebhookTimestampOutOfTolerance
└── WebhookPayloadInvalid
"""

from __future__ import annotations

from checkout.core.errors import DomainError


class PspError(DomainError):
    """`psp_code` is the PSP's own word, for logs and operators; it is never shown to a shopper."""

    code = "psp_unavailable"

    def __init__(
        self, detail: str = "", *, psp_code: str | None = None, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(detail, retry_after_seconds=retry_after_seconds)
        self.psp_code = psp_code


class Declined(PspError):
    """The payment was refused. `reason` is a word of declines.py."""

    code = "psp_rejected"

    def __init__(self, detail: str = "", *, reason: str, psp_code: str | None = None) -> None:
        super().__init__(detail, psp_code=psp_code)
        self.reason = reason


class InvalidRequest(PspError):
    """The PSP will refuse this request however often it is sent."""

    code = "psp_rejected"


class InsufficientFunds(PspError):
    """The available balance that was to be sent from does not cover the amount. The PSP keeps this answer under the
    key: later, with another key, the same request may succeed."""

    code = "psp_rejected"


class RateLimited(PspError):
    """Not now. `retry_after_seconds` is what the PSP asked for, at least 1."""

    retryable = True

    def __init__(
        self, detail: str = "", *, retry_after_seconds: int = 1, psp_code: str | None = None
    ) -> None:
        super().__init__(detail, psp_code=psp_code, retry_after_seconds=max(1, retry_after_seconds))


class Unavailable(PspError):
    """Nothing was executed."""

    retryable = True


class CircuitOpen(Unavailable):
    """The PSP has failed repeatedly, or an operator took it out of service; nothing was sent."""


class OutcomeUnknown(PspError):
    """The request may have been executed. Only the same key, a look-up or the PSP's own word ends this."""

    retryable = True


class Contradicted(OutcomeUnknown):
    """The PSP says that it opened a page for the payment, for another amount: `session_id` is to be read again."""

    def __init__(self, detail: str, *, session_id: str) -> None:
        super().__init__(detail)
        self.session_id = session_id


class RefundContradicted(OutcomeUnknown):
    """The PSP answered with another refund than was asked for, of another amount or payment: `refund_id`. A person
    must look."""

    def __init__(self, detail: str, *, refund_id: str) -> None:
        super().__init__(detail)
        self.refund_id = refund_id


class CallInsideTransaction(RuntimeError):
    """A PSP call was about to be made while a transaction is open: a bug, and it would hold locks for seconds."""


class UnreadableEvent(ValueError):
    """A genuine event whose object does not look as agreed: a person must look, a retry cannot help."""


class WebhookRefused(DomainError):
    """A delivery that is not stored."""


class WebhookSignatureInvalid(WebhookRefused):
    code = "webhook_signature_invalid"


class WebhookTimestampOutOfTolerance(WebhookRefused):
    code = "webhook_timestamp_out_of_tolerance"


class WebhookPayloadInvalid(WebhookRefused):
    code = "webhook_payload_invalid"
