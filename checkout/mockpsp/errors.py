"""Errors as Stripe answers them: an HTTP status and one error object. Raised anywhere below `api.py`, which alone
turns them into a response.

StripeError
├── InvalidRequest        400, or 404 with resource_missing
├── NotCovered            400, balance_insufficient: kept under the request's key
├── Unauthenticated       401
├── IdempotencyMismatch   400, the key was used with other parameters
└── KeyInFlight           409, the first request of this key has not ended
"""

from __future__ import annotations

from typing import Any

TYPE_INVALID = "invalid_request_error"


class StripeError(Exception):
    """One error object with its status; `headers` are added to the answer."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = TYPE_INVALID,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


class InvalidRequest(StripeError):
    def __init__(
        self, message: str, *, code: str | None = None, param: str | None = None, status: int = 400
    ) -> None:
        super().__init__(status, message, code=code, param=param)


class NotCovered(InvalidRequest):
    """Execution had begun when it was found out, so the key keeps this answer. Raised before anything is written."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="balance_insufficient")


class NoSuchObject(InvalidRequest):
    def __init__(self, noun: str, object_id: str, param: str) -> None:
        super().__init__(f"No such {noun}: '{object_id}'", code="resource_missing", param=param, status=404)


class Unauthenticated(StripeError):
    def __init__(self, message: str) -> None:
        super().__init__(401, message, headers={"WWW-Authenticate": 'Basic realm="Mock PSP"'})


class IdempotencyMismatch(StripeError):
    def __init__(self, key: str) -> None:
        super().__init__(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )


class KeyInFlight(StripeError):
    def __init__(self, key: str) -> None:
        super().__init__(
            409,
            "There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {key}. Please try again later.",
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )
